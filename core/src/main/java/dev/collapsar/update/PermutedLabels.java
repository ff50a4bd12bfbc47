package dev.collapsar.update;

import dev.collapsar.calibration.Null;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Alignment;
import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import dev.collapsar.stats.ClassDirections;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Centred class means of classes that are drawn: those of the same features under labels shuffled
 * among the samples. All are drawn together, in one pass over the features, and kept: they depend
 * on the features alone, so that one sample serves every update that is held against them. A draw
 * in which a class mean is the mean of all has no directions and is left out.
 */
public final class PermutedLabels implements Null<Alignment> {
  private final List<ClassDirections> kept;

  private PermutedLabels(List<ClassDirections> kept) {
    this.kept = List.copyOf(kept);
  }

  /** The labels of these features shuffled so often. */
  public static PermutedLabels draw(
      FeatureTable features, int classes, int draws, SplittableRandom random) {
    int[][] labels = labels(features, draws, random);
    long[] counts = new long[classes];
    for (int label : labels[0]) {
      counts[label]++;
    }
    double[][] sums = sums(features, classes, labels); // (draws K,D)
    int width = features.width();
    List<ClassDirections> drawn = new ArrayList<>();
    for (int s = 0; s < draws; s++) {
      double[] means = new double[classes * width];
      for (int k = 0; k < classes; k++) {
        for (int d = 0; d < width; d++) {
          means[k * width + d] = sums[s * classes + k][d] / counts[k];
        }
      }
      ClassDirections.centred(Matrix.of(classes, width, means)).ifPresent(drawn::add);
    }
    return new PermutedLabels(drawn);
  }

  /** For each draw the labels of the samples in another order (draws,N). */
  private static int[][] labels(FeatureTable features, int draws, SplittableRandom random) {
    int rows = Math.toIntExact(features.rows());
    int[][] labels = new int[draws][rows];
    readLabels(features, labels[0]);
    for (int s = draws - 1; s >= 0; s--) {
      System.arraycopy(labels[0], 0, labels[s], 0, rows);
      Permutation.shuffle(labels[s], random);
    }
    return labels;
  }

  /** The sums over the samples of each class of each draw. */
  private static double[][] sums(FeatureTable features, int classes, int[][] labels) {
    double[][] sums = new double[labels.length * classes][features.width()];
    double[] row = new double[features.width()];
    try (BatchSource source = features.read(1024)) {
      int n = 0;
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        for (int i = 0; i < batch.rows(); i++, n++) {
          copy(batch, i, row);
          for (int s = 0; s < labels.length; s++) {
            add(row, sums[s * classes + labels[s][n]]);
          }
        }
      }
    }
    return sums;
  }

  private static void readLabels(FeatureTable features, int[] into) {
    try (BatchSource source = features.read(1024)) {
      int n = 0;
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        System.arraycopy(batch.labels(), batch.start(), into, n, batch.rows());
        n += batch.rows();
      }
    }
  }

  private static void copy(LabeledBatch batch, int i, double[] row) {
    int at = (batch.start() + i) * batch.width();
    for (int d = 0; d < row.length; d++) {
      row[d] = batch.isDouble() ? batch.doubles()[at + d] : batch.floats()[at + d];
    }
  }

  private static void add(double[] row, double[] sum) {
    for (int d = 0; d < row.length; d++) {
      sum[d] += row[d];
    }
  }

  /** The class means of each draw. */
  public List<ClassDirections> kept() {
    return kept;
  }

  @Override
  public String name() {
    return "shuffled labels";
  }

  @Override
  public Optional<String> obstacle(Alignment observed) {
    return kept.size() < 2
        ? Optional.of("a class mean is the mean of all: it has no direction")
        : Optional.empty();
  }

  /** The draws that were kept, at most so many, whatever the seed. */
  @Override
  public void draw(Alignment observed, int draws, Seed seed, Consumer<Alignment> each) {
    kept.stream().limit(draws).map(observed::against).flatMap(Optional::stream).forEach(each);
  }
}
