package dev.collapsar.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class IntervalTest {
  /** Newcombe 1998, example (a) of method 10: 56 of 70 and 48 of 80. */
  @Test
  void theDifferenceOfTwoWilsonIntervalsIsThatOfNewcombe() {
    Accuracy one = new Accuracy(80, 48);
    Accuracy other = new Accuracy(70, 56);

    Interval apart = one.interval().difference(one.share(), other.share(), other.interval());

    assertEquals(0.0524, apart.low(), 5e-5);
    assertEquals(0.3339, apart.high(), 5e-5);
  }

  @Test
  void whatIsKnownExactlyAddsNothing() {
    Interval sure = new Interval(2, 2, .95);
    Interval apart = sure.difference(2, 5, new Interval(4, 7, .95));
    assertEquals(new Interval(2, 5, .95), apart);
  }
}
