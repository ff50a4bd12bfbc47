package dev.collapsar.learn.evidence;

import dev.collapsar.calibration.ChanceLevel;
import dev.collapsar.calibration.NullColumns;
import dev.collapsar.calibration.NullSample;
import dev.collapsar.learn.evidence.WeightUpdates.Moved;
import dev.collapsar.linalg.Blas;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Seed;
import dev.collapsar.update.Intruders;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Intruder dimensions of all weights that have moved, together, beside updates of the same singular
 * values in random directions. Weights whose draws would take too long are left out of both, and
 * named.
 */
final class IntruderEvidence {
  /** What the draws of one variant may take, in floating point operations: a few seconds. */
  private static final double MOST_OPERATIONS = 3e10;

  private final List<String> counted = new ArrayList<>();
  private final List<String> left = new ArrayList<>();
  private final double[] drawn;
  private int intruders;

  private IntruderEvidence(int draws) {
    drawn = new double[draws];
  }

  /**
   * {@code intruders} and, with draws, the columns of its null.
   *
   * @param draws 0 for none
   */
  static List<Measurement> of(List<Moved> moved, int draws, Seed seed, int threads) {
    IntruderEvidence found = new IntruderEvidence(draws);
    try (Blas blas = Blas.open(threads)) {
      double spent = 0;
      for (Moved weight : moved) {
        if (weight.before().stream().allMatch(value -> value == 0)) {
          continue; // it has no directions to be unlike of
        }
        Intruders of = Intruders.of(weight.before(), weight.update(), blas);
        double cost = draws * of.operationsOfDraw();
        if (spent + cost > MOST_OPERATIONS) {
          found.left.add(weight.name());
        } else {
          spent += cost;
          found.add(weight.name(), of, seed);
        }
      }
    }
    return found.measurements();
  }

  private void add(String name, Intruders of, Seed seed) {
    intruders += of.count();
    counted.add(
        String.format(
            Locale.ROOT,
            "%s %d of %d at ||D||/||W|| = %.2g",
            name,
            of.count(),
            of.looked(),
            of.size()));
    if (drawn.length > 0) {
      double[] draws = of.rotatedInTurn(drawn.length, seed.under(name));
      for (int i = 0; i < draws.length; i++) {
        drawn[i] += draws[i];
      }
    }
  }

  private List<Measurement> measurements() {
    NullColumns columns = NullColumns.of(Intruders.INFO);
    List<Measurement> found = new ArrayList<>();
    if (counted.isEmpty()) {
      String reason =
          left.isEmpty()
              ? "no weight has moved from values that are not all zero"
              : "%s: their draws would take too long".formatted(String.join(", ", left));
      found.add(Measurement.undefined(Intruders.INFO, reason));
      found.addAll(drawn.length == 0 ? List.of() : columns.unknown(reason));
      return found;
    }
    found.add(
        Measurement.of(
            Intruders.INFO,
            intruders,
            "%s%s; %s"
                .formatted(
                    String.join(", ", counted),
                    left.isEmpty()
                        ? ""
                        : "; left out, their draws would take too long: " + String.join(", ", left),
                    Intruders.MEANING)));
    if (drawn.length > 0) {
      ChanceLevel level =
          new ChanceLevel(
              intruders, new NullSample("rotated updates", drawn), ChanceLevel.Spread.RAW);
      found.addAll(columns.of(level, "%s rotated updates".formatted(drawn.length)));
    }
    return found;
  }
}
