package dev.collapsar.study;

import dev.collapsar.inference.Interval;
import dev.collapsar.inference.SeedValues;
import dev.collapsar.inference.SeedValues.Scale;
import dev.collapsar.run.MetricHistory;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * One metric of an arm held against a control in the same seeds: ratios on the logarithmic scale,
 * else differences.
 *
 * @param against the control in words
 * @param pairs one a seed that both have
 * @param margin what counts as the same; empty where none is stated, as for differences
 * @param adjusted p of the test that they do not differ, by Holm over its family; empty where there
 *     is no test
 * @param adjustedEquivalence likewise of the test that they are beyond the margin
 */
public record Contrast(
    Arm arm,
    String against,
    MetricHistory.Key key,
    SeedMeans pairs,
    OptionalDouble margin,
    OptionalDouble adjusted,
    OptionalDouble adjustedEquivalence) {
  private static final double LEVEL = 1 - Interval.USUAL_LEVEL;

  public Contrast {
    Objects.requireNonNull(arm, "arm");
    Objects.requireNonNull(pairs, "pairs");
  }

  /** Before its family is known. */
  static Contrast alone(
      Arm arm, String against, MetricHistory.Key key, SeedMeans pairs, OptionalDouble margin) {
    OptionalDouble none = OptionalDouble.empty();
    return new Contrast(arm, against, key, pairs, margin, none, none);
  }

  Contrast within(OptionalDouble otherMargin) {
    return new Contrast(arm, against, key, pairs, otherMargin, adjusted, adjustedEquivalence);
  }

  Contrast adjusted(OptionalDouble difference, OptionalDouble equivalence) {
    return new Contrast(arm, against, key, pairs, margin, difference, equivalence);
  }

  /** Two-sided p of a t test over seeds; empty for fewer than three. */
  public OptionalDouble p() {
    return pairs.values().map(SeedValues::p).orElse(OptionalDouble.empty());
  }

  /** The larger p of both one-sided t tests; empty for fewer than three seeds, or no margin. */
  public OptionalDouble equivalenceP() {
    return margin.isEmpty()
        ? OptionalDouble.empty()
        : pairs
            .values()
            .map(values -> values.equivalenceP(margin.getAsDouble()))
            .orElse(OptionalDouble.empty());
  }

  /** What may be said at .05 over the whole family. */
  public SeedValues.Conclusion conclusion() {
    if (pairs.count() < SeedValues.LEAST_FOR_VERDICT) {
      return SeedValues.Conclusion.TOO_FEW;
    }
    if (adjustedEquivalence.isPresent() && adjustedEquivalence.getAsDouble() <= LEVEL) {
      return SeedValues.Conclusion.EQUIVALENT;
    }
    return adjusted.isPresent() && adjusted.getAsDouble() <= LEVEL
        ? SeedValues.Conclusion.DIFFERENT
        : SeedValues.Conclusion.UNDECIDED;
  }

  /** How many seeds would find equal arms of this spread equivalent, with probability .8. */
  public OptionalInt seedsForEquivalence() {
    return margin.isEmpty()
        ? OptionalInt.empty()
        : pairs
            .values()
            .map(values -> values.seedsToDecide(margin.getAsDouble()))
            .orElse(OptionalInt.empty());
  }

  /** How many would find a difference as large as this one, with probability .8. */
  public OptionalInt seedsForDifference() {
    return pairs.values().map(SeedValues::seedsToDiffer).orElse(OptionalInt.empty());
  }

  public boolean isRatio() {
    return pairs.scale() == Scale.LOGARITHMIC;
  }
}
