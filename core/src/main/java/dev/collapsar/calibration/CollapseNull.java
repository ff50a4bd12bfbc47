package dev.collapsar.calibration;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.random.Seed;
import dev.collapsar.stats.ClassMoments;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The null of every NC1 to NC3 number: the same features under labels permuted among them, class
 * sizes kept. It rejects "labels say nothing of the features" and nothing more: it measures no
 * collapse.
 *
 * <p>A draw's class sums are added up row by row, N D additions; all else follows from the class
 * means in the eigenvectors of the total covariance T, which no labelling changes, by products of K
 * x K (see docs/definitions.md). So m draws cost m N D additions, one D x D eigenproblem, and m K D
 * (D + K) multiplications.
 *
 * <p>Numbers are those of the default options: the centre is the mean of the class means, the
 * exponent of {@code nc1_cdnv} 1, eigenvalues of S_B at most max(K,D) 2^-52 times the largest are
 * zero.
 */
public final class CollapseNull {
  /** The class sums of the draws that are made at once take at most so many bytes. */
  static final long BLOCK_BYTES = 1L << 27;

  private static final String NAME = "permuted labels";

  private final FeatureTable features;
  private final ClassMoments moments;
  private final int[] classes;
  private final Matrix weights;

  private CollapseNull(FeatureTable features, ClassMoments moments, int[] classes, Matrix weights) {
    this.features = features;
    this.moments = moments;
    this.classes = classes;
    this.weights = weights;
  }

  /**
   * The labels of these features, of all classes that have samples.
   *
   * @param moments of the same features; their scatter, if they have it, saves N D^2 operations
   */
  public static CollapseNull of(FeatureTable features, ClassMoments moments) {
    int[] seen = IntStream.range(0, moments.classes()).filter(k -> moments.count(k) > 0).toArray();
    return new CollapseNull(features, moments, seen, null);
  }

  /** Among the rows of these classes alone. */
  public CollapseNull ofClasses(int... chosen) {
    return new CollapseNull(features, moments, chosen.clone(), weights);
  }

  /** With the classifier's weights W (K,D), a row for each class of the moments: NC3 as well. */
  public CollapseNull withWeights(Matrix weights) {
    return new CollapseNull(features, moments, classes, weights);
  }

  /** What was replaced, in words. */
  public String name() {
    return NAME;
  }

  /** Why there is no such null; empty if there is one. */
  public Optional<String> obstacle() {
    if (classes.length < 2) {
      return Optional.of("needs two classes");
    }
    for (int k : classes) {
      if (moments.count(k) == 0) {
        return Optional.of("class %s has no samples".formatted(k));
      }
    }
    if (Labellings.count(counts(), 4) < 3) {
      return Optional.of("the labels have fewer than two other orders");
    }
    return Optional.empty();
  }

  private long[] counts() {
    return Arrays.stream(classes).mapToLong(moments::count).toArray();
  }

  /**
   * Draws so many labellings from the seed's stream "permuted labels", the same for all features
   * with the same labels; or every other labelling once, if there are no more than that.
   *
   * @param draws m, at least 2
   */
  public NullDraws draw(int draws, Seed seed, Blas blas, Workers workers) {
    if (draws < 2) {
      throw new IllegalArgumentException("a null needs 2 draws or more, got " + draws);
    }
    obstacle()
        .ifPresent(
            reason -> {
              throw new IllegalStateException(name() + ": " + reason);
            });
    LabelledRows rows = LabelledRows.read(features, moments.classes(), classes);
    if (Labellings.count(counts(), draws + 2L) <= draws + 1L) {
      List<int[]> all = Labellings.others(rows.labels());
      return collect(rows, all.size(), all::get, true, blas, workers);
    }
    int[] labels = rows.labels();
    return collect(rows, draws, i -> permuted(labels, i, seed), false, blas, workers);
  }

  /** The labels of one draw of this seed, where there are too many orders to have all. */
  public static int[] permuted(int[] labels, int draw, Seed seed) {
    return Labellings.drawn(labels, draw, seed.under(NAME));
  }

  /** The numbers under these labellings, one each; class sizes must be those of the labels. */
  NullDraws under(int[][] labellings, Blas blas, Workers workers) {
    LabelledRows rows = LabelledRows.read(features, moments.classes(), classes);
    return collect(rows, labellings.length, i -> labellings[i], false, blas, workers);
  }

  private NullDraws collect(
      LabelledRows rows,
      int draws,
      IntFunction<int[]> labelling,
      boolean all,
      Blas blas,
      Workers workers) {
    double[] centre = centre();
    ClassSums sums = new ClassSums(features, rows, centre, classes.length, workers);
    Matrix scatter = total(rows, centre, blas, workers);
    TotalSpread total = new TotalSpread(counts(), scatter, picked(), blas);
    OptionalDouble even = OptionalDouble.empty();
    int block =
        (int) Math.max(1, BLOCK_BYTES / ((long) classes.length * centre.length * Double.BYTES));
    NullDraws.Builder found = new NullDraws.Builder(name(), all);
    for (int from = 0; from < draws; from += block) {
      int first = from;
      List<int[]> some =
          workers.map(Math.min(block, draws - from), i -> labelling.apply(first + i));
      ClassSums.Sums summed = sums.of(some);
      new LabelledBlock(total, summed, blas).numbers(workers).forEach(found::add);
      even = from == 0 ? EvenDimensions.of(scatter, summed.fourth(), total.samples()) : even;
    }
    return found.build(total, even);
  }

  private Matrix picked() {
    return weights == null ? null : weights.rows(classes);
  }

  /** The mean of all rows. */
  private double[] centre() {
    double[] centre = new double[features.width()];
    double samples = Arrays.stream(counts()).sum();
    for (int k : classes) {
      double share = moments.count(k) / samples;
      for (int j = 0; j < centre.length; j++) {
        centre[j] += share * moments.means().get(k, j);
      }
    }
    return centre;
  }

  /** T: from the within-class scatter, where the moments of just these classes have it. */
  private Matrix total(LabelledRows rows, double[] centre, Blas blas, Workers workers) {
    if (moments.scatter().isEmpty() || rows.count() != moments.samples()) {
      return ScatterOfAll.of(features, rows, centre, blas, workers);
    }
    int width = features.width();
    double[] apart = new double[classes.length * width];
    for (int i = 0; i < apart.length; i++) {
      int k = classes[i / width];
      apart[i] =
          Math.sqrt(moments.count(k)) * (moments.means().get(k, i % width) - centre[i % width]);
    }
    double[] total = blas.columnGram(Matrix.of(classes.length, width, apart)).toArray();
    Matrix within = moments.scatter().get();
    double samples = moments.samples();
    for (int i = 0; i < total.length; i++) {
      total[i] = (total[i] + within.at(i)) / samples;
    }
    return Matrix.of(width, width, total);
  }
}
