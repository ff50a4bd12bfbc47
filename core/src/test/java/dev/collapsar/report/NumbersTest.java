package dev.collapsar.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class NumbersTest {
  @Test
  void threeDigitsAreEnoughToRead() {
    assertEquals("0.382", Numbers.brief(.38249));
    assertEquals("12.3", Numbers.brief(12.34));
    assertEquals("12300", Numbers.brief(12_349.6));
    assertEquals("−1.00e−04", Numbers.brief(-.0001));
    assertEquals("0", Numbers.brief(0));
  }

  @Test
  void aChangeAlwaysHasASign() {
    assertEquals("+3.7", Numbers.points(.0371));
    assertEquals("−0.3", Numbers.points(-.003));
    assertEquals("±0.0", Numbers.points(-.0004));
  }
}
