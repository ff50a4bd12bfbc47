package dev.collapsar.study;

import dev.collapsar.inference.Holm;
import dev.collapsar.study.Hypothesis.Claim;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;

/** Tests that are read together: their p values are adjusted by Holm's procedure. */
final class Family {
  private static final double LEVEL = 0.05;

  private Family() {}

  /** The contrasts, each with what its p values become beside the others. */
  static List<Contrast> adjusted(List<Contrast> contrasts) {
    List<OptionalDouble> different = adjusted(contrasts, Contrast::p);
    List<OptionalDouble> equivalent = adjusted(contrasts, Contrast::equivalenceP);
    List<Contrast> read = new ArrayList<>();
    for (int i = 0; i < contrasts.size(); i++) {
      read.add(contrasts.get(i).adjusted(different.get(i), equivalent.get(i)));
    }
    return read;
  }

  /**
   * One family of stated claims: each is read by the test of its own claim. That a number which was
   * said to be unchanged differs is adjusted over those alone.
   */
  static List<Contrast> adjusted(List<Claim> claims, List<Contrast> contrasts) {
    List<Contrast> claimed = new ArrayList<>();
    for (int i = 0; i < claims.size(); i++) {
      boolean unchanged = claims.get(i) == Claim.UNCHANGED;
      Contrast one = contrasts.get(i);
      // What its claim does not test must not be read as tested.
      claimed.add(unchanged ? one : one.within(OptionalDouble.empty()));
    }
    List<OptionalDouble> own =
        adjusted(claimed, one -> one.margin().isPresent() ? one.equivalenceP() : one.p());
    List<OptionalDouble> changed =
        adjusted(claimed, one -> one.margin().isPresent() ? one.p() : OptionalDouble.empty());
    List<Contrast> read = new ArrayList<>();
    for (int i = 0; i < claimed.size(); i++) {
      boolean unchanged = claimed.get(i).margin().isPresent();
      read.add(
          unchanged
              ? claimed.get(i).adjusted(changed.get(i), own.get(i))
              : claimed.get(i).adjusted(own.get(i), OptionalDouble.empty()));
    }
    return read;
  }

  private static List<OptionalDouble> adjusted(
      List<Contrast> contrasts, Function<Contrast, OptionalDouble> p) {
    List<OptionalDouble> all = contrasts.stream().map(p).toList();
    double[] tests = all.stream().flatMapToDouble(OptionalDouble::stream).toArray();
    double[] adjusted = Holm.adjusted(tests);
    List<OptionalDouble> read = new ArrayList<>();
    int next = 0;
    for (OptionalDouble one : all) {
      read.add(one.isEmpty() ? one : OptionalDouble.of(adjusted[next++]));
    }
    return read;
  }

  /**
   * Why p values of drawn nulls cannot decide so many tests together, if they cannot: the smallest
   * two-sided p of m draws is 2/(m+1), and Holm takes h times that.
   */
  static Optional<String> undecidable(int tests, long draws) {
    if (2.0 * tests / (draws + 1) <= LEVEL) {
      return Optional.empty();
    }
    return Optional.of(
        ("p values of %s draws are at least 2/%s, so that no family of %s tests can be"
                + " decided by them; it takes %s draws")
            .formatted(draws, draws + 1, tests, leastDraws(tests)));
  }

  /** The least m with 2h/(m+1) at most .05. */
  static long leastDraws(int tests) {
    return Math.round(2 * tests / LEVEL) - 1;
  }
}
