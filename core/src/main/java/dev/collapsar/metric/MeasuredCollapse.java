package dev.collapsar.metric;

import dev.collapsar.data.FeatureTable;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.Decisions;
import java.util.Optional;

/**
 * A measurement with what it was taken from, for whoever sets its numbers against chance.
 *
 * @param moments of the training features, all classes
 * @param measured the classes that took part
 * @param train the training features, if this process can read them row by row
 * @param test the test features, likewise; empty without any
 * @param outside the out-of-distribution features, likewise
 * @param weights W (K,D), of all classes
 * @param report as of the features and weights that were given; all else is of them divided by the
 *     powers of two that {@link #restored} multiplies by again
 * @param decisions how samples were decided, if a metric needed it
 * @param featureExponent features were divided by 2 to this power: 0 but for extreme ones
 * @param weightExponent likewise the weights
 */
public record MeasuredCollapse(
    CollapseReport report,
    ClassMoments moments,
    int[] measured,
    Optional<FeatureTable> train,
    Optional<FeatureTable> test,
    Optional<FeatureTable> outside,
    Optional<Matrix> weights,
    Optional<Decisions> decisions,
    CollapseOptions options,
    int featureExponent,
    int weightExponent) {
  /** A number found from these moments, features and weights, as that of the given ones. */
  public Measurement restored(Measurement number) {
    return new Scaling(featureExponent, weightExponent).restored(number, options);
  }

  /** A number of the report as that of these moments, features and weights. */
  public Measurement divided(Measurement number) {
    return new Scaling(-featureExponent, -weightExponent).restored(number, options);
  }

  /** A length among features, or the power of one, as that of the given ones. */
  public double restored(double length, int power) {
    return Math.scalb(length, power * featureExponent);
  }
}
