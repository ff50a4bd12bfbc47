package dev.collapsar.update;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.Workers;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.inference.Detection;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SymmetricEigen;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import dev.collapsar.stats.TablePass;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Scores that tell samples of other distributions apart, from the moments of the training features
 * that {@code nc5_ood_dev} reads; larger is more outlying.
 *
 * <ul>
 *   <li>Mahalanobis: min over k of (x - mu_k)^T S_W^+ (x - mu_k) (Lee et al. 2018).
 *   <li>NECO: 1 - ||P (x - m)|| / ||x - m||, P the first d principal directions of all training
 *       rows about their mean m (Ammar et al. 2024, without the factor of the largest logit and
 *       without standardised features); d is the least number that holds 90% of their variance.
 * </ul>
 */
public final class Outliers {
  /** {@code nc5_mahalanobis_auroc}. */
  public static final MetricInfo MAHALANOBIS_AUROC = auroc("mahalanobis", "Mahalanobis");

  /** {@code nc5_mahalanobis_fpr95}. */
  public static final MetricInfo MAHALANOBIS_FPR95 = fpr("mahalanobis", "Mahalanobis");

  /** {@code nc5_neco_auroc}. */
  public static final MetricInfo NECO_AUROC = auroc("neco", "NECO");

  /** {@code nc5_neco_fpr95}. */
  public static final MetricInfo NECO_FPR95 = fpr("neco", "NECO");

  private static final double HELD = 0.9;

  /** Above it a decomposition takes minutes. */
  private static final int MOST_DIMENSIONS = 4096;

  private static final int BATCH = 256;

  private final double[] centre; // m
  private final Matrix whitening; // B (r,D), B^T B = S_W^+
  private final Matrix means; // M B^T (K,r), of the classes with samples
  private final Matrix principal; // P (d,D)

  private static MetricInfo auroc(String id, String title) {
    return MetricInfo.of(
            "nc5_%s_auroc".formatted(id),
            title + ": AUROC",
            Group.OUTSIDE,
            "How often a sample from outside has the larger score; .5 says nothing.")
        .on(Axis.SHARE)
        .rising("1")
        .defined("P(outside > inside) + P(equal)/2 of the %s score".formatted(title), "[0, 1]");
  }

  private static MetricInfo fpr(String id, String title) {
    return MetricInfo.of(
            "nc5_%s_fpr95".formatted(id),
            title + ": FPR95",
            Group.OUTSIDE,
            "Samples from outside accepted by the threshold that accepts 95% of those inside; .95"
                + " says nothing.")
        .on(Axis.SHARE)
        .falling("0")
        .defined("share of outside scores at most the .95 quantile of inside ones", "[0, 1]");
  }

  /**
   * From the moments of the training features, with their scatter.
   *
   * @throws InvalidInputException without scatter, or if all features are alike
   */
  public Outliers(ClassMoments moments, Blas blas) {
    int width = moments.width();
    Matrix scatter =
        moments
            .scatter()
            .orElseThrow(() -> new InvalidInputException("outlier scores need the scatter"));
    int[] seen = IntStream.range(0, moments.classes()).filter(k -> moments.count(k) > 0).toArray();
    double samples = moments.samples();
    centre = new double[width];
    for (int k : seen) {
      for (int j = 0; j < width; j++) {
        centre[j] += moments.count(k) / samples * moments.means().get(k, j);
      }
    }
    double[] within = scatter.toArray();
    double[] apart = new double[seen.length * width];
    for (int i = 0; i < apart.length; i++) {
      int k = seen[i / width];
      apart[i] =
          Math.sqrt(moments.count(k)) * (moments.means().get(k, i % width) - centre[i % width]);
    }
    double[] total = blas.columnGram(Matrix.of(seen.length, width, apart)).toArray();
    for (int i = 0; i < within.length; i++) {
      total[i] = (total[i] + within[i]) / samples;
      within[i] /= samples;
    }
    whitening = whitening(Matrix.of(width, width, within), moments.samples(), blas);
    means = blas.timesTransposed(moments.means().rows(seen), whitening);
    principal = principal(Matrix.of(width, width, total), blas);
  }

  /**
   * Of the out-of-distribution features of a measurement against its test features, or against its
   * training features if it has none, which are told apart more easily; none without the former. Of
   * all classes that have samples.
   */
  public static List<Measurement> of(MeasuredCollapse measured) {
    if (measured.outside().isEmpty() || measured.train().isEmpty()) {
      return List.of();
    }
    ClassMoments all = measured.moments();
    int width = all.width();
    int[] seen = IntStream.range(0, all.classes()).filter(k -> all.count(k) > 0).toArray();
    if (!Arrays.equals(seen, measured.measured())) {
      return undefined("needs all classes that have samples to be chosen");
    }
    if (width > MOST_DIMENSIONS) {
      return undefined(
          "takes eigenvectors of D x D, which is left out above D = %s", MOST_DIMENSIONS);
    }
    FeatureTable train = measured.train().get();
    double work = (double) train.rows() * width * width + 20.0 * width * width * width;
    try (Blas blas = Blas.forWork(work, measured.options().threads());
        Workers workers = new Workers(measured.options().threads())) {
      ClassMoments moments =
          all.scatter().isPresent() ? all : withScatter(train, all.classes(), blas, workers);
      return new Outliers(moments, blas)
          .measurements(
              measured.test().orElse(train),
              measured.outside().get(),
              (measured.test().isPresent() ? "" : "; inside are the training samples themselves")
                  + (seen.length == all.classes()
                      ? ""
                      : "; of the %s of %s classes that have samples (--min-samples 1)"
                          .formatted(seen.length, all.classes())),
              blas);
    } catch (InvalidInputException alike) {
      return undefined("%s", alike.getMessage());
    }
  }

  private static ClassMoments withScatter(
      FeatureTable train, int classes, Blas blas, Workers workers) {
    long state = 3L * Double.BYTES * train.width() * train.width();
    return TablePass.over(
        train,
        BATCH,
        state,
        workers,
        () -> new ClassMomentsAccumulator(classes, train.width(), blas));
  }

  /** All four numbers, for one reason. */
  public static List<Measurement> undefined(String reason, Object... values) {
    return Stream.of(MAHALANOBIS_AUROC, MAHALANOBIS_FPR95, NECO_AUROC, NECO_FPR95)
        .map(info -> Measurement.undefined(info, reason.formatted(values)))
        .toList();
  }

  /** Eigenvectors over roots of eigenvalues, those above max(N,D) 2^-52 of the largest. */
  private static Matrix whitening(Matrix within, long samples, Blas blas) {
    SymmetricEigen eigen = blas.eigen(within);
    int width = within.rows();
    double least = Math.max(samples, width) * Math.ulp(1.0) * eigen.values()[width - 1];
    int[] kept =
        IntStream.range(0, width).filter(i -> eigen.values()[i] > Math.max(0, least)).toArray();
    double[] rows = eigen.vectors().rows(kept).toArray();
    for (int i = 0; i < rows.length; i++) {
      rows[i] /= Math.sqrt(eigen.values()[kept[i / width]]);
    }
    return Matrix.of(kept.length, width, rows);
  }

  private static Matrix principal(Matrix total, Blas blas) {
    SymmetricEigen eigen = blas.eigen(total);
    int width = total.rows();
    double all = Arrays.stream(eigen.values()).sum();
    if (!(all > 0)) {
      throw new InvalidInputException("outlier scores need features that differ");
    }
    int[] kept = new int[width];
    int count = 0;
    for (double sum = 0; count < width && sum < HELD * all; count++) {
      kept[count] = width - 1 - count;
      sum += eigen.values()[kept[count]];
    }
    return eigen.vectors().rows(Arrays.copyOf(kept, count));
  }

  /**
   * AUROC and FPR95 of both scores. Mahalanobis is undefined where no class has spread.
   *
   * @param inside samples of the training distribution, held out as a rule
   */
  public List<Measurement> measurements(FeatureTable inside, FeatureTable outside, Blas blas) {
    return measurements(inside, outside, "", blas);
  }

  /**
   * @param about said beside each number
   */
  private List<Measurement> measurements(
      FeatureTable inside, FeatureTable outside, String about, Blas blas) {
    double[][] in = scores(inside, blas);
    double[][] out = scores(outside, blas);
    Detection neco = Detection.of(in[1], out[1]);
    String directions = "of %s principal directions".formatted(principal.rows()) + about;
    String note = about.isEmpty() ? null : about.substring(2);
    Measurement[] mahalanobis = new Measurement[2];
    if (whitening.rows() == 0) {
      mahalanobis[0] = Measurement.undefined(MAHALANOBIS_AUROC, "no class has any spread");
      mahalanobis[1] = Measurement.undefined(MAHALANOBIS_FPR95, "no class has any spread");
    } else {
      Detection found = Detection.of(in[0], out[0]);
      mahalanobis[0] = Measurement.of(MAHALANOBIS_AUROC, found.auroc(), note);
      mahalanobis[1] = Measurement.of(MAHALANOBIS_FPR95, found.fpr95(), note);
    }
    return List.of(
        mahalanobis[0],
        mahalanobis[1],
        Measurement.of(NECO_AUROC, neco.auroc(), directions),
        Measurement.of(NECO_FPR95, neco.fpr95(), directions));
  }

  /** Mahalanobis and NECO scores of all rows, (2,n). */
  public double[][] scores(FeatureTable table, Blas blas) {
    int count = Math.toIntExact(table.rows());
    double[][] scores = new double[2][count];
    int[] at = {0};
    TableRows.each(
        table,
        (rows, labels) -> {
          Matrix white = blas.timesTransposed(rows, whitening); // (n,r)
          Matrix centred = centred(rows);
          Matrix inside = blas.timesTransposed(centred, principal); // (n,d)
          for (int i = 0; i < labels.length; i++, at[0]++) {
            scores[0][at[0]] = nearest(white, i);
            double length = Math.sqrt(square(centred, i));
            scores[1][at[0]] = length == 0 ? 0 : 1 - Math.sqrt(square(inside, i)) / length;
          }
        });
    return scores;
  }

  private Matrix centred(Matrix rows) {
    double[] values = rows.toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] -= centre[i % centre.length];
    }
    return Matrix.of(rows.rows(), rows.columns(), values);
  }

  private double nearest(Matrix white, int row) {
    double nearest = Double.POSITIVE_INFINITY;
    for (int k = 0; k < means.rows(); k++) {
      double square = 0;
      for (int j = 0; j < means.columns(); j++) {
        double d = white.get(row, j) - means.get(k, j);
        square += d * d;
      }
      nearest = Math.min(nearest, square);
    }
    return nearest;
  }

  private static double square(Matrix rows, int row) {
    double square = 0;
    for (int j = 0; j < rows.columns(); j++) {
      square += rows.get(row, j) * rows.get(row, j);
    }
    return square;
  }
}
