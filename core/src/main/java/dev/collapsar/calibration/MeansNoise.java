package dev.collapsar.calibration;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The sum over classes of S'_k/n_k (D,D), S'_k a class's scatter over n_k - 1: (1-1/K)/K of it is
 * what sampling noise adds to S_B. For classes of one size it is the pooled scatter; of others it
 * is read here.
 *
 * @param whole of all samples; of a finite population each class with its 1 - n_k/n_pop
 * @param without the same with each group left out, with the counts of what is left
 */
record MeansNoise(Matrix whole, List<Matrix> without) {
  private static final int BATCH = 4096;

  /**
   * Reads the features once more, N D^2 operations for the whole and for each group.
   *
   * @param moments of the same features
   * @param classes which take part
   * @param sampling of these classes
   * @return empty where nobody asks for it: K-1 < D, classes of one size, or one of fewer than two
   *     samples
   */
  static Optional<MeansNoise> read(
      FeatureTable features,
      ClassMoments moments,
      int[] classes,
      Sampling sampling,
      Blas blas,
      Workers workers) {
    long[] counts = Arrays.stream(classes).mapToLong(moments::count).toArray();
    if (!isNeeded(counts, features.width())) {
      return Optional.empty();
    }
    int groups = SampleGroups.groupsFor(Arrays.stream(counts).min().orElseThrow());
    List<ClassMomentsAccumulator> sums = new ArrayList<>();
    try {
      for (int g = 0; g < (groups > 1 ? groups + 1 : 1); g++) {
        sums.add(new ClassMomentsAccumulator(classes.length, features.width(), blas));
      }
      new Reading(features, moments, classes, groups, roots(counts, groups, sampling), sums)
          .read(workers);
      List<Matrix> found =
          sums.stream().map(sum -> sum.snapshot().scatter().orElseThrow()).toList();
      return Optional.of(new MeansNoise(found.get(0), found.subList(1, found.size())));
    } finally {
      sums.forEach(ClassMomentsAccumulator::close);
    }
  }

  /** Whether corrected numbers of so many samples a class need it. */
  static boolean isNeeded(long[] counts, int width) {
    return counts.length > width
        && Arrays.stream(counts).distinct().count() > 1
        && Arrays.stream(counts).min().orElseThrow() > 1;
  }

  /**
   * By what rows are multiplied so that their scatter is this sum: row 0 for all samples, row 1 + g
   * for those without group g.
   */
  private static double[][] roots(long[] counts, int groups, Sampling sampling) {
    double[][] roots = new double[groups + 1][counts.length];
    for (int g = -1; g < groups; g++) {
      for (int k = 0; k < counts.length; k++) {
        long gone = g < 0 ? 0 : counts[k] / groups + (g < counts[k] % groups ? 1 : 0);
        double left = counts[k] - gone;
        roots[g + 1][k] = Math.sqrt(sampling.remaining(k, counts[k] - gone) / left / (left - 1));
      }
    }
    return roots;
  }

  /** One pass over the features. */
  private static final class Reading {
    private final FeatureTable features;
    private final ClassMoments moments;
    private final LabelledRows rows;
    private final int[] group;
    private final double[][] roots;
    private final List<ClassMomentsAccumulator> sums;
    private int first;

    Reading(
        FeatureTable features,
        ClassMoments moments,
        int[] classes,
        int groups,
        double[][] roots,
        List<ClassMomentsAccumulator> sums) {
      this.features = features;
      this.moments = moments;
      rows = LabelledRows.read(features, moments.classes(), classes);
      group = rows.groups(groups);
      this.roots = roots;
      this.sums = sums;
    }

    void read(Workers workers) {
      try (BatchSource source = features.read(BATCH)) {
        for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
          LabeledBatch current = batch;
          int[] taken = rows.of(batch);
          workers.map(sums.size(), s -> add(current, taken, s));
          first += taken.length;
        }
      }
    }

    private boolean add(LabeledBatch batch, int[] taken, int s) {
      int width = batch.width();
      int[] left =
          IntStream.range(0, taken.length).filter(i -> group[first + i] != s - 1).toArray();
      double[] values = new double[left.length * width];
      int[] labels = new int[left.length];
      double[] row = new double[width];
      for (int at = 0; at < left.length; at++) {
        labels[at] = rows.labels()[first + left[at]];
        int label = batch.labels()[batch.start() + taken[left[at]]];
        double root = roots[s][labels[at]];
        ClassSums.centred(batch, taken[left[at]], 0, moments.means().row(label), row);
        for (int j = 0; j < width; j++) {
          values[at * width + j] = root * row[j];
        }
      }
      if (left.length > 0) {
        sums.get(s).add(LabeledBatch.of(values, labels, batch.firstRow(), left.length, width));
      }
      return true;
    }
  }
}
