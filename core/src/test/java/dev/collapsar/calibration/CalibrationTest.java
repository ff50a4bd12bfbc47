package dev.collapsar.calibration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.OptionalDouble;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CalibrationTest {
  private static final NullSample FOUR = new NullSample("by hand", new double[] {3, 1, 2, 4});

  @Test
  void meanAndDeviationAreThoseComputedByHand() {
    assertEquals(2.5, FOUR.mean());
    assertEquals(Math.sqrt(5.0 / 3), FOUR.sampleStd(), 1e-15);
    assertEquals((3 - 2.5) / Math.sqrt(5.0 / 3), new Calibration(3, FOUR).z(), 1e-15);
  }

  @Test
  void drawsOfAnySizeHaveTheSpreadOfTheirKind() {
    for (int exponent : new int[] {-1000, 500, 900, 1018}) {
      double unit = Math.scalb(1.0, exponent);
      NullSample scaled =
          new NullSample("scaled", new double[] {unit, 2 * unit, 3 * unit, 4 * unit});
      assertEquals(Math.scalb(FOUR.mean(), exponent), scaled.mean());
      assertEquals(Math.scalb(FOUR.sampleStd(), exponent), scaled.sampleStd());
    }
    NullSample huge = new NullSample("huge", new double[] {1e307, 1.5e308, 1.6e308});
    assertEquals(3.2 / 3 * 1e308, huge.mean(), 1e293);
    ChanceLevel level =
        ChanceLevel.of(
            "nc2g_riesz", 1e300, new NullSample("small", new double[] {1e-50, 2e-50}), 1);
    assertEquals(OptionalDouble.empty(), level.ratioToMedian());
  }

  @Test
  void theObservedValueCountsAsADrawOfItsOwn() {
    assertEquals(2 / 5.0, new Calibration(9, FOUR).p());
    assertEquals(2 / 5.0, new Calibration(-9, FOUR).p());
    assertEquals(2 / 5.0, new Calibration(9, FOUR).leastP());
  }

  @Test
  void drawsEqualToTheObservedValueAreAsExtreme() {
    assertEquals(1, new Calibration(3, FOUR).p()); // 3 and 4 above, 1, 2 and 3 below
    assertEquals(4 / 5.0, new Calibration(4, FOUR).p());
    assertEquals(1, new Calibration(2.5, FOUR).p());
  }

  @Test
  void lowIsWhatMoreDrawsAreAbove() {
    assertTrue(new Calibration(1.5, FOUR).isLow());
    assertFalse(new Calibration(3.5, FOUR).isLow());
  }

  @Test
  void equalDrawsHaveNoZ() {
    Calibration flat = new Calibration(1, new NullSample("flat", new double[] {2, 2}));
    assertFalse(flat.hasSpread());
    assertThrows(IllegalStateException.class, flat::z);
  }

  @Test
  void oneDrawOrOneThatIsNotFiniteIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new NullSample("one", new double[] {1}));
    assertThrows(
        IllegalArgumentException.class, () -> new NullSample("nan", new double[] {1, Double.NaN}));
    assertThrows(IllegalArgumentException.class, () -> new Calibration(Double.NaN, FOUR));
  }

  @Test
  void drawsCannotBeChangedFromOutside() {
    double[] given = {2, 1};
    NullSample sample = new NullSample("kept", given);
    given[0] = 9;
    sample.draws()[0] = 9;
    assertArrayEquals(new double[] {1, 2}, sample.draws());
  }

  @Property
  void aDrawReplacedByTheObservedValueIsUniformlyRanked(
      @ForAll @Size(min = 3, max = 30) double @DoubleRange(min = -1e6, max = 1e6) [] values) {
    // If observed and draws are exchangeable, the p over all choices of the observed one are a
    // permutation of 1/m..1 where no two are equal: at most a share q of them is at most q.
    int m = values.length;
    for (int q = 1; q <= m; q++) {
      double level = (double) q / m;
      int rejected = 0;
      for (int i = 0; i < m; i++) {
        double[] others = new double[m - 1];
        System.arraycopy(values, 0, others, 0, i);
        System.arraycopy(values, i + 1, others, i, m - 1 - i);
        rejected += new Calibration(values[i], new NullSample("law", others)).p() <= level ? 1 : 0;
      }
      assertTrue(rejected <= q, () -> "at level " + level + " of " + Arrays.toString(values));
    }
  }
}
