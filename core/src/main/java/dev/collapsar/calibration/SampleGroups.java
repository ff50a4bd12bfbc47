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
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * The moments of the samples in groups that each have their share of every class: all that
 * corrected numbers and their intervals are taken from. The groups together are the whole, so
 * nothing else need be kept.
 *
 * @param classes the classes' own numbers, for messages and to pick their weights (K)
 * @param groups moments of each group, all of these classes in this order; one group if there are
 *     too few samples to form more
 * @param largestSquare the largest squared distance of a sample from its class's mean; empty where
 *     samples were not looked at one by one
 */
public record SampleGroups(int[] classes, List<ClassMoments> groups, OptionalDouble largestSquare) {
  private static final int MANY = 10;
  private static final int FEW = 5;
  private static final int BATCH = 4096;

  public SampleGroups {
    groups = List.copyOf(groups);
    if (groups.isEmpty()) {
      throw new IllegalArgumentException("samples form one group or more");
    }
  }

  /** How many groups the smallest class allows: 10, 5 for 5 to 9 samples, 1 below. */
  public static int groupsFor(long smallestClass) {
    return smallestClass >= MANY ? MANY : smallestClass >= FEW ? FEW : 1;
  }

  /**
   * Reads the features once more. A sample's group is its rank within its class, in the order of
   * the table, modulo the number of groups.
   *
   * @param moments of the same features
   * @param classes which take part, all with samples
   * @param scatter whether the groups' scatter is formed, N D^2 operations: for the corrected
   *     {@code nc1_pinv}, {@code nc1_svd}, {@code nc1_trace} and {@code nc1_vci}
   */
  public static SampleGroups read(
      FeatureTable features,
      ClassMoments moments,
      int[] classes,
      boolean scatter,
      Blas blas,
      Workers workers) {
    long smallest = Arrays.stream(classes).mapToLong(moments::count).min().orElse(0);
    return read(features, moments, classes, groupsFor(smallest), scatter, blas, workers);
  }

  static SampleGroups read(
      FeatureTable features,
      ClassMoments moments,
      int[] classes,
      int groups,
      boolean scatter,
      Blas blas,
      Workers workers) {
    LabelledRows rows = LabelledRows.read(features, moments.classes(), classes);
    List<ClassMomentsAccumulator> sums = new ArrayList<>();
    try {
      for (int g = 0; g < groups; g++) {
        sums.add(
            new ClassMomentsAccumulator(classes.length, features.width(), scatter ? blas : null));
      }
      double largest = new Reading(features, moments, rows, sums).read(workers);
      return new SampleGroups(
          classes.clone(),
          sums.stream().map(ClassMomentsAccumulator::snapshot).toList(),
          OptionalDouble.of(largest));
    } finally {
      sums.forEach(ClassMomentsAccumulator::close);
    }
  }

  /** One pass over the features. */
  private static final class Reading {
    private final FeatureTable features;
    private final ClassMoments moments;
    private final LabelledRows rows;
    private final List<ClassMomentsAccumulator> sums;
    private final int[] group;
    private int first;

    Reading(
        FeatureTable features,
        ClassMoments moments,
        LabelledRows rows,
        List<ClassMomentsAccumulator> sums) {
      this.features = features;
      this.moments = moments;
      this.rows = rows;
      this.sums = sums;
      group = rows.groups(sums.size());
    }

    /** The largest squared distance. */
    double read(Workers workers) {
      double largest = 0;
      try (BatchSource source = features.read(BATCH)) {
        for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
          LabeledBatch current = batch;
          int[] taken = rows.of(batch);
          for (double found : workers.map(sums.size(), g -> add(current, taken, g))) {
            largest = Math.max(largest, found);
          }
          first += taken.length;
        }
      }
      return largest;
    }

    private double add(LabeledBatch batch, int[] taken, int g) {
      int width = batch.width();
      int count =
          (int) IntStream.range(first, first + taken.length).filter(i -> group[i] == g).count();
      double[] values = new double[count * width];
      int[] labels = new int[count];
      double[] row = new double[width];
      double largest = 0;
      int at = 0;
      double[] origin = new double[width];
      for (int i = 0; i < taken.length; i++) {
        if (group[first + i] == g) {
          ClassSums.centred(batch, taken[i], 0, origin, row);
          System.arraycopy(row, 0, values, at * width, width);
          labels[at++] = rows.labels()[first + i];
          int label = batch.labels()[batch.start() + taken[i]];
          largest = Math.max(largest, squaredDistance(row, moments.means(), label));
        }
      }
      if (count > 0) {
        sums.get(g).add(LabeledBatch.of(values, labels, batch.firstRow(), count, width));
      }
      return largest;
    }

    private static double squaredDistance(double[] row, Matrix means, int label) {
      double sum = 0;
      int start = label * row.length;
      for (int j = 0; j < row.length; j++) {
        double d = row[j] - means.at(start + j);
        sum += d * d;
      }
      return sum;
    }
  }

  /**
   * The groups of both parts of the samples, group by group; the largest square is known where both
   * know theirs.
   *
   * @throws IllegalArgumentException if the other's classes or number of groups differ
   */
  public SampleGroups merged(SampleGroups other, Blas blas) {
    if (!Arrays.equals(classes, other.classes) || groups.size() != other.groups.size()) {
      throw new IllegalArgumentException(
          "%s groups of classes %s merged into %s of %s"
              .formatted(
                  other.groups.size(),
                  Arrays.toString(other.classes),
                  groups.size(),
                  Arrays.toString(classes)));
    }
    List<ClassMoments> both = new ArrayList<>();
    for (int g = 0; g < groups.size(); g++) {
      both.add(merged(List.of(groups.get(g), other.groups.get(g)), blas));
    }
    boolean known = largestSquare.isPresent() && other.largestSquare.isPresent();
    return new SampleGroups(
        classes,
        both,
        known
            ? OptionalDouble.of(
                Math.max(largestSquare.getAsDouble(), other.largestSquare.getAsDouble()))
            : OptionalDouble.empty());
  }

  /** The moments of all samples. */
  public ClassMoments whole(Blas blas) {
    return merged(groups, blas);
  }

  private static ClassMoments merged(List<ClassMoments> parts, Blas blas) {
    ClassMoments one = parts.get(0);
    try (ClassMomentsAccumulator sum =
        new ClassMomentsAccumulator(
            one.classes(), one.width(), one.scatter().isPresent() ? blas : null)) {
      parts.forEach(sum::merge);
      return sum.snapshot();
    }
  }
}
