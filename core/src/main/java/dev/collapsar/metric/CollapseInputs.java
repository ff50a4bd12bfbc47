package dev.collapsar.metric;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.FeatureReadings;
import java.util.Optional;
import java.util.function.LongConsumer;

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
 * @param watcher hears of how many pairs of class means more have been evaluated, from any thread
 */
record CollapseInputs(
    FeatureReadings train,
    ClassMoments moments,
    int classes,
    Matrix weights,
    double[] bias,
    FeatureReadings test,
    Ood ood,
    CollapseOptions options,
    LongConsumer watcher) {
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
    return new CollapseInputs(train, moments, classes, other, bias, test, ood, options, watcher);
  }

  CollapseInputs withBias(double[] other) {
    return new CollapseInputs(train, moments, classes, weights, other, test, ood, options, watcher);
  }

  CollapseInputs withTest(FeatureReadings other) {
    return new CollapseInputs(train, moments, classes, weights, bias, other, ood, options, watcher);
  }

  CollapseInputs withOod(Ood other) {
    return new CollapseInputs(
        train, moments, classes, weights, bias, test, other, options, watcher);
  }

  CollapseInputs withOptions(CollapseOptions other) {
    return new CollapseInputs(train, moments, classes, weights, bias, test, ood, other, watcher);
  }

  CollapseInputs watchedBy(LongConsumer other) {
    return new CollapseInputs(train, moments, classes, weights, bias, test, ood, options, other);
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
