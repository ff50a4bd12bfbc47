package dev.collapsar.learn.recipe.loraranks;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;

/**
 * The learning rate at which a training moves a weight as far as another training does, found by
 * trainings on trial: secant steps in the logarithms of rate and length.
 *
 * @param rate the best one tried
 * @param norm the length that it gives
 * @param target the length that was asked for
 * @param trials how many trainings it took
 */
record StepMatch(double rate, double norm, double target, int trials) {
  /** Lengths within a twentieth are called the same. */
  private static final double TOLERANCE = 0.05;

  private static final int MOST_TRIALS = 8;
  private static final double MOST_STEP = Math.log(16);

  /**
   * @param first the rate that is tried first
   * @param length of the update after training at a rate; empty if that diverges
   */
  static StepMatch find(double first, double target, DoubleFunction<OptionalDouble> length) {
    double rate = first;
    StepMatch best = null;
    double lastRate = Double.NaN;
    double lastNorm = Double.NaN;
    for (int trial = 1; trial <= MOST_TRIALS; trial++) {
      OptionalDouble found = length.apply(rate);
      if (found.isEmpty() || !(found.getAsDouble() > 0)) {
        rate *= found.isEmpty() ? 0.25 : 4;
        continue;
      }
      double norm = found.getAsDouble();
      if (best == null || distance(norm, target) < distance(best.norm, target)) {
        best = new StepMatch(rate, norm, target, trial);
      }
      if (best.isMatched()) {
        return new StepMatch(best.rate, best.norm, target, trial);
      }
      double slope = Math.log(norm / lastNorm) / Math.log(rate / lastRate);
      double usable = Double.isFinite(slope) && slope > 0.2 ? slope : 1;
      double step = Math.log(target / norm) / usable;
      lastRate = rate;
      lastNorm = norm;
      rate *= Math.exp(Math.max(-MOST_STEP, Math.min(MOST_STEP, step)));
    }
    return best == null ? new StepMatch(first, 0, target, MOST_TRIALS) : best;
  }

  private static double distance(double norm, double target) {
    return Math.abs(Math.log(norm / target));
  }

  boolean isMatched() {
    return norm > 0 && distance(norm, target) <= TOLERANCE;
  }

  /** For the report, of a variant. */
  String sentence(String variant) {
    return String.format(
        Locale.ROOT,
        isMatched()
            ? "%s: learning rate %.3g, found by %s trainings on trial, so that its update of the"
                + " head is as long as that of the head trained alone: %.3g beside %.3g."
            : "%s: no learning rate was found that makes its update as long as that of the head"
                + " trained alone; the nearest, %.3g after %s trials, gives %.3g beside %.3g.",
        variant,
        rate,
        trials,
        norm,
        target);
  }
}
