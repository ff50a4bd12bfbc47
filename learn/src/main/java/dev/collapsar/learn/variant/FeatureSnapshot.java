package dev.collapsar.learn.variant;

import dev.collapsar.data.FeatureArray;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.stats.ClassDirections;
import java.util.List;
import java.util.Optional;

/**
 * A representation of some images with all that depends on it alone.
 *
 * @param key what tells it from others, if it will come again: frozen layers make it
 * @param features the representation, (N,D)
 * @param measurements the metrics that need no classifier
 */
public record FeatureSnapshot(
    Optional<String> key,
    FeatureArray features,
    ScatterSpectra spectra,
    List<Measurement> measurements) {

  /** M (K,D). */
  public Matrix means() {
    return spectra.moments().means();
  }

  /** Empty where a class mean is the mean of all. */
  public Optional<ClassDirections> directions() {
    return ClassDirections.centred(means());
  }

  public int classes() {
    return spectra.moments().classes();
  }
}
