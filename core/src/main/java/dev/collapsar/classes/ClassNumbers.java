package dev.collapsar.classes;

import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.ClassGeometry;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.Decisions;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * The numbers of one class in a measurement.
 *
 * @param label k
 * @param samples n_k, of the training features
 * @param spread v_k, the mean of ||x - mu_k||^2 over the class; empty where a double cannot hold it
 * @param norm ||mc_k||
 * @param cosine cos(w_k, mc_k); empty without weights, or where a length is zero
 * @param decided how many samples of the class were decided, of the test set if there is one; empty
 *     where none were
 * @param nearestMeanHits to how many of these the mean of the class is the nearest
 * @param classifierHits how many of these the classifier gives the class
 */
public record ClassNumbers(
    int label,
    long samples,
    OptionalDouble spread,
    double norm,
    OptionalDouble cosine,
    OptionalLong decided,
    OptionalLong nearestMeanHits,
    OptionalLong classifierHits) {

  /** Those of each measured class, ascending. */
  public static List<ClassNumbers> of(MeasuredCollapse measured) {
    int[] classes = measured.measured();
    if (classes.length == 0) {
      return List.of();
    }
    ClassMoments moments = measured.moments();
    ClassGeometry geometry = new ClassGeometry(moments, classes, measured.options().globalMean());
    List<ClassNumbers> found = new ArrayList<>();
    for (int i = 0; i < classes.length; i++) {
      int k = classes[i];
      Decisions decisions = measured.decisions().orElse(null);
      found.add(
          new ClassNumbers(
              k,
              moments.count(k),
              spread(measured, moments.squaredDeviations(k) / moments.count(k)),
              measured.restored(geometry.norms()[i], 1),
              cosine(measured, geometry, i),
              decisions == null ? OptionalLong.empty() : OptionalLong.of(decisions.samples(k)),
              decisions == null
                  ? OptionalLong.empty()
                  : OptionalLong.of(decisions.nearestMeanHits(k)),
              decisions == null ? OptionalLong.empty() : OptionalLong.of(decisions.linearHits(k))));
    }
    return List.copyOf(found);
  }

  /** Of features at 1e-170 a square is none of a double's numbers. */
  private static OptionalDouble spread(MeasuredCollapse measured, double divided) {
    double spread = measured.restored(divided, 2);
    boolean lost = divided != 0 && Math.abs(spread) < Double.MIN_NORMAL;
    return lost || !Double.isFinite(spread) ? OptionalDouble.empty() : OptionalDouble.of(spread);
  }

  private static OptionalDouble cosine(MeasuredCollapse measured, ClassGeometry geometry, int i) {
    if (measured.weights().isEmpty()) {
      return OptionalDouble.empty();
    }
    Matrix weights = measured.weights().get();
    int width = weights.columns();
    double dot = 0;
    double square = 0;
    for (int j = 0; j < width; j++) {
      double w = weights.get(geometry.label(i), j);
      dot += w * geometry.centred().at(i * width + j);
      square += w * w;
    }
    double lengths = Math.sqrt(square) * geometry.norms()[i];
    return lengths > 0 ? OptionalDouble.of(dot / lengths) : OptionalDouble.empty();
  }

  /** A table with a line of names; what is unknown is empty, numbers read back to the same. */
  public static String csv(List<ClassNumbers> classes) {
    StringBuilder csv =
        new StringBuilder(
            "class,samples,spread,mean_norm,cos_weights,decided,nearest_mean_hits,"
                + "classifier_hits\n");
    for (ClassNumbers of : classes) {
      csv.append(of.label).append(',').append(of.samples).append(',');
      csv.append(cell(of.spread)).append(',').append(of.norm).append(',').append(cell(of.cosine));
      for (OptionalLong count : List.of(of.decided, of.nearestMeanHits, of.classifierHits)) {
        csv.append(',').append(count.isPresent() ? count.getAsLong() : "");
      }
      csv.append('\n');
    }
    return csv.toString();
  }

  private static String cell(OptionalDouble value) {
    return value.isPresent() ? Double.toString(value.getAsDouble()) : "";
  }
}
