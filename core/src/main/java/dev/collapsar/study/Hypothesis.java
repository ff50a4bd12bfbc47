package dev.collapsar.study;

import dev.collapsar.InvalidInputException;
import dev.collapsar.inference.SeedValues.Scale;
import dev.collapsar.metric.MetricInfo;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * A claim of a study, stated before its runs.
 *
 * @param title a sentence
 * @param metric the id of a number
 * @param layer a tap's name; empty for the network as a whole or, failing that, its last layer
 * @param of the variant
 * @param where which choice of the axes, by key; all choices that agree with it
 * @param against a variant, a value of an axis as {@code key=value}, {@link #START} or {@link
 *     #CHANCE}
 * @param margin what counts as the same: on logarithms a ratio above 1, else a difference above 0;
 *     empty for the study's
 */
public record Hypothesis(
    String title,
    Claim claim,
    String metric,
    String layer,
    String of,
    Map<String, String> where,
    String against,
    OptionalDouble margin) {
  /** What it says of a number and what that is held against. */
  public enum Claim {
    /** That they differ: a two-sided t test over seeds. */
    DIFFERENT,
    /** That they are the same within a margin: two one-sided t tests. */
    UNCHANGED
  }

  /** The variant itself before its first step. */
  public static final String START = "start";

  /** What the number's first null gives, by its draws or by formula. */
  public static final String CHANCE = "chance";

  public Hypothesis {
    Objects.requireNonNull(claim, "claim");
    Objects.requireNonNull(layer, "layer");
    where = Collections.unmodifiableMap(new LinkedHashMap<>(where));
    if (title.isBlank() || metric.isBlank() || of.isBlank() || against.isBlank()) {
      throw new InvalidInputException(
          "a hypothesis needs a title, a metric, a variant it is of, and what it is held against");
    }
    if (margin.isPresent() && !(margin.getAsDouble() > 0)) {
      throw new InvalidInputException(
          "the margin of '%s' must be above 0, got %s".formatted(title, margin.getAsDouble()));
    }
  }

  /**
   * Refuses that differences are to be unchanged within a margin which nobody stated: the study's
   * own is a ratio.
   *
   * @param info what the number is
   */
  public void requireMargin(MetricInfo info) {
    if (Scales.of(info) == Scale.RAW) {
      requireMargin();
    }
  }

  /** Likewise, of a number that is compared by differences. */
  void requireMargin() {
    if (claim == Claim.UNCHANGED && margin.isEmpty()) {
      throw new InvalidInputException(
          ("hypothesis '%s': %s is compared by differences, so that 'unchanged' needs a"
                  + " margin of its own")
              .formatted(title, metric));
    }
  }
}
