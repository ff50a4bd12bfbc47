package dev.collapsar.learn.prediction;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import dev.collapsar.update.Outliers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * The representations that a network was trained on, by their moments: which class's mean a sample
 * is nearest to, and how far it lies outside.
 *
 * @param outliers empty if the moments have no scatter, or all features are alike
 */
public record FeatureReference(ClassMoments moments, Optional<Outliers> outliers) {
  /** Wider representations are kept without their scatter, which takes 8 D^2 bytes. */
  private static final int WIDEST = 2048;

  /** What a sample's representation says. */
  record Place(int nearestMean, Optional<double[]> outlying) {}

  /** By moments. */
  public static FeatureReference of(ClassMoments moments, Blas blas) {
    if (moments.scatter().isEmpty()) {
      return new FeatureReference(moments, Optional.empty());
    }
    try {
      return new FeatureReference(moments, Optional.of(new Outliers(moments, blas)));
    } catch (InvalidInputException alike) {
      return new FeatureReference(moments, Optional.empty());
    }
  }

  /**
   * Moments that {@link ClassMoments#toBytes} wrote.
   *
   * @throws InvalidInputException if the file cannot be read or is damaged
   */
  public static FeatureReference read(Path file, Blas blas) {
    try {
      return of(ClassMoments.fromBytes(Files.readAllBytes(file)), blas);
    } catch (IOException e) {
      throw InvalidInputException.because(file + ": cannot be read", e);
    }
  }

  /**
   * The moments of a network's representation of labelled samples.
   *
   * @param evaluated hears how many samples more are done; may throw to stop
   * @throws InvalidInputException if the network has no head, or a feature is not finite
   */
  public static ClassMoments moments(Network network, Batches samples, IntConsumer evaluated) {
    int width = network.head().width();
    try (Blas blas = Blas.open(1);
        ClassMomentsAccumulator sum =
            width > WIDEST
                ? new ClassMomentsAccumulator(network.head().classes(), width)
                : new ClassMomentsAccumulator(network.head().classes(), width, blas)) {
      Evaluation.listen(
          network,
          samples,
          List.of(network.representation()),
          (tap, values, labels, first) ->
              sum.add(
                  LabeledBatch.of(
                      TensorBridge.toFloats(values), labels, first, labels.length, width)),
          evaluated);
      return sum.snapshot();
    }
  }

  /** D. */
  int width() {
    return moments.width();
  }

  /**
   * Where samples lie.
   *
   * @param features (n,D)
   */
  Place[] places(float[] features, Blas blas) {
    int n = features.length / width();
    double[][] scores =
        outliers
            .map(known -> known.scores(FeatureArray.of(features, new int[n], width()), blas))
            .orElse(null);
    Place[] places = new Place[n];
    for (int i = 0; i < n; i++) {
      places[i] =
          new Place(
              nearest(features, i * width()),
              scores == null
                  ? Optional.empty()
                  : Optional.of(new double[] {scores[0][i], scores[1][i]}));
    }
    return places;
  }

  /** By Euclid's distance, as {@code nc4_agree} has it; of classes that had samples. */
  private int nearest(float[] features, int from) {
    Matrix means = moments.means();
    int nearest = -1;
    double least = Double.POSITIVE_INFINITY;
    for (int k = 0; k < means.rows(); k++) {
      double square = 0;
      for (int j = 0; j < means.columns() && moments.count(k) > 0; j++) {
        double d = features[from + j] - means.get(k, j);
        square += d * d;
      }
      if (moments.count(k) > 0 && square < least) {
        least = square;
        nearest = k;
      }
    }
    return nearest;
  }
}
