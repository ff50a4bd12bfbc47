package dev.collapsar.inference;

import dev.collapsar.InvalidInputException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * One number under several seeds, or how it differs from a control under each of them.
 *
 * <p>Of one seed nothing follows but its value; of two neither an interval; of three and four an
 * interval, but no verdict.
 *
 * @param scale what the spread is taken of
 * @param values one a seed, at least 1, all finite; on the logarithmic scale positive
 */
public record SeedValues(Scale scale, double[] values) {
  /** Fewer values have no interval. */
  public static final int LEAST_FOR_INTERVAL = 3;

  /** Fewer values have no verdict. */
  public static final int LEAST_FOR_VERDICT = 5;

  private static final double POWER = 0.8;
  private static final int MOST_SEEDS = 10_000;

  /** What is averaged. */
  public enum Scale {
    /** The logarithm, for positive numbers: the mean is geometric, a difference a ratio. */
    LOGARITHMIC,
    /** The value itself, for signed numbers and shares. */
    RAW
  }

  public SeedValues {
    values = values.clone();
    if (values.length == 0) {
      throw new InvalidInputException("values of at least one seed are needed, got none");
    }
    for (double value : values) {
      if (!Double.isFinite(value) || scale == Scale.LOGARITHMIC && value <= 0) {
        throw new InvalidInputException(
            "values of seeds must be finite%s, got %s"
                .formatted(scale == Scale.LOGARITHMIC ? " and positive" : "", value));
      }
    }
  }

  /**
   * The differences value - control seed by seed, or the ratios value / control on the logarithmic
   * scale. Pairs share all that a seed decides, which then takes no part in the spread.
   *
   * @throws InvalidInputException if they are not as many, or as the constructor says
   */
  public static SeedValues paired(Scale scale, double[] values, double[] control) {
    if (values.length != control.length) {
      throw new InvalidInputException(
          "values and control must have the same seeds, got %s and %s"
              .formatted(values.length, control.length));
    }
    new SeedValues(scale, control);
    double[] apart = new SeedValues(scale, values).values();
    for (int i = 0; i < apart.length; i++) {
      apart[i] = scale == Scale.RAW ? apart[i] - control[i] : apart[i] / control[i];
    }
    return new SeedValues(scale, apart);
  }

  /** A copy. */
  @Override
  public double[] values() {
    return values.clone();
  }

  public int count() {
    return values.length;
  }

  /** The mean; on the logarithmic scale the geometric one. */
  public double mean() {
    return back(scaledMean());
  }

  /** The standard deviation on the scale, divisor n-1; of one value there is none. */
  public OptionalDouble deviation() {
    if (values.length < 2) {
      return OptionalDouble.empty();
    }
    double mean = scaledMean();
    double squares = Arrays.stream(scaled()).map(v -> (v - mean) * (v - mean)).sum();
    return OptionalDouble.of(Math.sqrt(squares / (values.length - 1)));
  }

  /**
   * Student's 95% interval of the mean on the scale, mean -+ t s / sqrt(n), taken back; none of
   * fewer than 3 values.
   */
  public Optional<Interval> interval() {
    return interval(Interval.USUAL_LEVEL);
  }

  /** The same at another level in (0, 1). */
  public Optional<Interval> interval(double level) {
    if (values.length < LEAST_FOR_INTERVAL) {
      return Optional.empty();
    }
    double half = student().inverseSurvivalProbability((1 - level) / 2) * standardError();
    return Optional.of(new Interval(back(scaledMean() - half), back(scaledMean() + half), level));
  }

  /**
   * Student's two-sided p that the mean on the scale is 0: of pairs, that they do not differ; none
   * of fewer than 3 values.
   */
  public OptionalDouble p() {
    if (values.length < LEAST_FOR_INTERVAL) {
      return OptionalDouble.empty();
    }
    double mean = Math.abs(scaledMean());
    return OptionalDouble.of(
        mean == 0 ? 1 : 2 * student().survivalProbability(mean / standardError()));
  }

  /**
   * Two one-sided t tests (Schuirmann 1987) that the mean is beyond -margin or margin: the larger
   * of both p. At most .05 exactly if the 90% interval lies within.
   *
   * @param margin on the logarithmic scale a ratio above 1, such as 1.1 for 1/1.1 to 1.1; on the
   *     raw scale a positive difference
   * @throws InvalidInputException if the margin is neither
   * @return empty for fewer than 3 values
   */
  public OptionalDouble equivalenceP(double margin) {
    double apart = scaledMargin(margin);
    if (values.length < LEAST_FOR_INTERVAL) {
      return OptionalDouble.empty();
    }
    double room = apart - Math.abs(scaledMean());
    return OptionalDouble.of(
        room == 0 ? 0.5 : student().survivalProbability(room / standardError()));
  }

  /** What may be said of pairs at the level .05. */
  public enum Conclusion {
    /** Their mean is not 0, and not shown to be within the margin. */
    DIFFERENT,
    /** Their mean is within the margin, whether or not it is 0. */
    EQUIVALENT,
    /** Neither. */
    UNDECIDED,
    /** Fewer than 5 seeds. */
    TOO_FEW
  }

  /** The verdict with this margin, as {@link #equivalenceP} takes it. */
  public Conclusion conclusion(double margin) {
    OptionalDouble equivalent = equivalenceP(margin);
    if (values.length < LEAST_FOR_VERDICT) {
      return Conclusion.TOO_FEW;
    }
    double least = 1 - Interval.USUAL_LEVEL;
    if (equivalent.getAsDouble() <= least) {
      return Conclusion.EQUIVALENT;
    }
    return p().getAsDouble() <= least ? Conclusion.DIFFERENT : Conclusion.UNDECIDED;
  }

  /**
   * How many seeds would find pairs of this deviation equivalent with probability .8 if they are
   * equal: the least n with margin >= (t(.95) + t(.9)) s / sqrt(n); none of one value, or if 10,000
   * are too few.
   */
  public OptionalInt seedsToDecide(double margin) {
    return seeds(scaledMargin(margin), 1 - Interval.USUAL_LEVEL, (1 - POWER) / 2);
  }

  /**
   * How many seeds would find a mean as far from 0 as this one with probability .8, at this
   * deviation: the least n with |mean| >= (t(.975) + t(.8)) s / sqrt(n); none of one value, or if
   * 10,000 are too few.
   */
  public OptionalInt seedsToDiffer() {
    return seeds(Math.abs(scaledMean()), (1 - Interval.USUAL_LEVEL) / 2, 1 - POWER);
  }

  /** The least n with room >= (t(1 - one) + t(1 - other)) s / sqrt(n). */
  private OptionalInt seeds(double room, double one, double other) {
    OptionalDouble deviation = deviation();
    for (int n = LEAST_FOR_INTERVAL; deviation.isPresent() && n <= MOST_SEEDS; n++) {
      TDistribution t = TDistribution.of(n - 1.0);
      double quantiles = t.inverseSurvivalProbability(one) + t.inverseSurvivalProbability(other);
      if (room >= quantiles * deviation.getAsDouble() / Math.sqrt(n)) {
        return OptionalInt.of(n);
      }
    }
    return OptionalInt.empty();
  }

  private double scaledMargin(double margin) {
    double least = scale == Scale.RAW ? 0 : 1;
    if (!(margin > least) || !Double.isFinite(margin)) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT, "the margin must be finite and above %.0f, got %s", least, margin));
    }
    return scale == Scale.RAW ? margin : Math.log(margin);
  }

  private double[] scaled() {
    return scale == Scale.RAW ? values : Arrays.stream(values).map(Math::log).toArray();
  }

  private double scaledMean() {
    return Arrays.stream(scaled()).average().orElseThrow();
  }

  private double back(double scaled) {
    return scale == Scale.RAW ? scaled : Math.exp(scaled);
  }

  private double standardError() {
    return deviation().orElseThrow() / Math.sqrt(values.length);
  }

  private TDistribution student() {
    return TDistribution.of(values.length - 1.0);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SeedValues that
        && scale == that.scale
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return 31 * scale.hashCode() + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "SeedValues " + Arrays.toString(values);
  }
}
