package dev.collapsar.metric;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.FeatureReadings;
import java.util.Optional;

/**
 * The data that collapse is measured of.
 *
 * @param train the training features, or null if there are moments instead
 * @param moments the training features' moments, or null if there are features instead
 * @param classes K
 * @param weights W (K,D), or null
 * @param bias b (K), or null
 * @param test test features, or null
 * @param ood out-of-distribution samples, or null
 */
record CollapseInputs(
    FeatureReadings train,
    ClassMoments moments,
    int classes,
    Matrix weights,
    double[] bias,
    FeatureReadings test,
    Ood ood,
    CollapseOptions options) {
  /** Out-of-distribution samples: their features, or the moments of these. */
  record Ood(FeatureReadings readings, ClassMoments known, int classes) {
    long samples() {
      return readings == null ? known.samples() : readings.rows();
    }

    Optional<FeatureTable> rowByRow() {
      return Optional.ofNullable(readings).flatMap(FeatureReadings::rowByRow);
    }

    ClassMoments moments(Workers workers) {
      return readings == null ? known : readings.moments(classes, workers);
    }
  }

  CollapseInputs withWeights(Matrix other) {
    return new CollapseInputs(train, moments, classes, other, bias, test, ood, options);
  }

  CollapseInputs withBias(double[] other) {
    return new CollapseInputs(train, moments, classes, weights, other, test, ood, options);
  }

  CollapseInputs withTest(FeatureReadings other) {
    return new CollapseInputs(train, moments, classes, weights, bias, other, ood, options);
  }

  CollapseInputs withOod(Ood other) {
    return new CollapseInputs(train, moments, classes, weights, bias, test, other, options);
  }

  CollapseInputs withOptions(CollapseOptions other) {
    return new CollapseInputs(train, moments, classes, weights, bias, test, ood, other);
  }

  /** D. */
  int width() {
    return train == null ? moments.width() : train.width();
  }

  /** The features whose samples are decided, or null. */
  FeatureReadings decided() {
    return test == null ? train : test;
  }
}
