package dev.collapsar.metric;

import dev.collapsar.InvalidInputException;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * How the collapse metrics are taken; {@link #defaults()} is what the papers' code does.
 *
 * @param averaging how {@code nc4_*} averages over classes
 * @param globalMean what m_G is
 * @param classes the classes measured; empty means all of them. Decisions are still taken among all
 *     classes, of the samples of these
 * @param minimumSamples classes with fewer training samples are left out. At 0 those without any
 *     are left out too, which each metric's note says, except of what is of the weights alone
 * @param maximumSamples classes with more training samples are left out
 * @param distExponent e of {@code nc1_cdnv}, positive
 * @param tileSize rows of class means per tile of the pairwise sums: bounds memory, never changes a
 *     value beyond rounding
 * @param rankTolerance eigenvalues of S_B (or S_T) at most this times the largest count as zero;
 *     unless given max(K,D) * 2^-52
 * @param threads how many threads work at once
 */
public record CollapseOptions(
    Averaging averaging,
    GlobalMean globalMean,
    Set<Integer> classes,
    long minimumSamples,
    long maximumSamples,
    double distExponent,
    int tileSize,
    OptionalDouble rankTolerance,
    int threads) {
  /** The weight of a class in an average over classes. */
  public enum Averaging {
    /** Every sample counts the same. */
    SAMPLES,
    /** Every class counts the same. */
    CLASSES
  }

  /** The centre that class means are measured from. */
  public enum GlobalMean {
    /** The mean of the class means. */
    CLASSES,
    /** The mean of the samples. */
    SAMPLES
  }

  public CollapseOptions {
    classes = java.util.Collections.unmodifiableSet(new TreeSet<>(classes));
    require(minimumSamples >= 0, "minimum samples must be 0 or more, got " + minimumSamples);
    require(
        maximumSamples >= minimumSamples,
        "maximum samples must be at least the minimum %s, got %s"
            .formatted(minimumSamples, maximumSamples));
    require(
        distExponent > 0 && Double.isFinite(distExponent),
        "distance exponent must be positive and finite, got " + distExponent);
    require(tileSize >= 1, "tile size must be 1 or more, got " + tileSize);
    require(
        rankTolerance.isEmpty()
            || rankTolerance.getAsDouble() >= 0 && rankTolerance.getAsDouble() < 1,
        "rank tolerance must be in [0, 1), got " + rankTolerance.orElse(0));
    require(threads >= 1, "threads must be 1 or more, got " + threads);
  }

  /** Weighted averages, the mean of the class means, all classes, exponent 1, all processors. */
  public static CollapseOptions defaults() {
    return new CollapseOptions(
        Averaging.SAMPLES,
        GlobalMean.CLASSES,
        Set.of(),
        0,
        Long.MAX_VALUE,
        1,
        256,
        OptionalDouble.empty(),
        Runtime.getRuntime().availableProcessors());
  }

  public CollapseOptions withAveraging(Averaging averaging) {
    return with(draft -> draft.averaging = averaging);
  }

  public CollapseOptions withGlobalMean(GlobalMean globalMean) {
    return with(draft -> draft.globalMean = globalMean);
  }

  public CollapseOptions withClasses(Set<Integer> classes) {
    return with(draft -> draft.classes = classes);
  }

  public CollapseOptions withMinimumSamples(long minimumSamples) {
    return with(draft -> draft.minimumSamples = minimumSamples);
  }

  public CollapseOptions withMaximumSamples(long maximumSamples) {
    return with(draft -> draft.maximumSamples = maximumSamples);
  }

  public CollapseOptions withDistExponent(double distExponent) {
    return with(draft -> draft.distExponent = distExponent);
  }

  public CollapseOptions withTileSize(int tileSize) {
    return with(draft -> draft.tileSize = tileSize);
  }

  public CollapseOptions withRankTolerance(double rankTolerance) {
    return with(draft -> draft.rankTolerance = OptionalDouble.of(rankTolerance));
  }

  public CollapseOptions withThreads(int threads) {
    return with(draft -> draft.threads = threads);
  }

  private CollapseOptions with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.finished();
  }

  /** All of it, open to a change. */
  private static final class Draft {
    private Averaging averaging;
    private GlobalMean globalMean;
    private Set<Integer> classes;
    private long minimumSamples;
    private long maximumSamples;
    private double distExponent;
    private int tileSize;
    private OptionalDouble rankTolerance;
    private int threads;

    Draft(CollapseOptions options) {
      averaging = options.averaging;
      globalMean = options.globalMean;
      classes = options.classes;
      minimumSamples = options.minimumSamples;
      maximumSamples = options.maximumSamples;
      distExponent = options.distExponent;
      tileSize = options.tileSize;
      rankTolerance = options.rankTolerance;
      threads = options.threads;
    }

    CollapseOptions finished() {
      return new CollapseOptions(
          averaging,
          globalMean,
          classes,
          minimumSamples,
          maximumSamples,
          distExponent,
          tileSize,
          rankTolerance,
          threads);
    }
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new InvalidInputException(message);
    }
  }
}
