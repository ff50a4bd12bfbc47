package dev.collapsar.stats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClassMomentsTest {
  @Test
  void countsMeansAndSpreadAreAsWrittenOutByHand() {
    ClassMoments moments =
        moments(3, 2, new int[] {0, 2, 0, 2, 2}, 1, 2, 10, 0, 3, 6, 20, 0, 30, 3);
    assertEquals(2, moments.count(0));
    assertEquals(0, moments.count(1));
    assertEquals(3, moments.count(2));
    assertEquals(5, moments.samples());
    assertArrayEquals(new double[] {2, 4}, moments.means().row(0));
    assertArrayEquals(new double[] {Double.NaN, Double.NaN}, moments.means().row(1));
    assertArrayEquals(new double[] {20, 1}, moments.means().row(2));
    assertEquals(10, moments.squaredDeviations(0));
    assertEquals(0, moments.squaredDeviations(1));
    assertEquals(206, moments.squaredDeviations(2));
    assertArrayEquals(
        new double[] {202, 34, 34, 14}, moments.scatter().orElseThrow().toArray(), 1e-12);
  }

  @Test
  void someClassesTravelAloneAndMeetAgain() {
    ClassMoments whole = moments(3, 2, new int[] {0, 2, 0, 2, 2}, 1, 2, 10, 0, 3, 6, 20, 0, 30, 3);
    try (var all = new ClassMomentsAccumulator(3, 2);
        var merged = new ClassMomentsAccumulator(3, 2)) {
      all.merge(new int[] {0, 1, 2}, whole);
      assertArrayEquals(new int[] {0, 2}, all.seen(0, 3));
      assertArrayEquals(new int[] {2}, all.seen(1, 3));
      merged.merge(new int[] {2, 0}, all.snapshot(2, 0));
      byte[] once =
          ClassMoments.concatenated(
                  List.of(merged.snapshot().classRange(0, 2), merged.snapshot().classRange(2, 3)))
              .toBytes();
      assertArrayEquals(merged.snapshot().toBytes(), once);
      assertArrayEquals(all.snapshot().toBytes(), once);
      assertThrows(
          IllegalArgumentException.class, () -> merged.merge(new int[] {0}, all.snapshot(2, 0)));
    }
  }

  @Test
  void aClassSeenOnceHasNoSpread() {
    ClassMoments moments = moments(1, 2, new int[] {0}, 3, 4);
    assertArrayEquals(new double[] {3, 4}, moments.means().row(0));
    assertEquals(0, moments.squaredDeviations(0));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 100})
  void batchesOfAnySizeGiveTheSameMoments(int batchRows) {
    Random random = new Random(9);
    int rows = 101;
    int[] labels = random.ints(rows, 0, 3).toArray();
    double[] values = random.doubles(rows * 7).toArray();
    try (var whole = new ClassMomentsAccumulator(3, 7);
        var pieces = new ClassMomentsAccumulator(3, 7)) {
      whole.add(LabeledBatch.of(values, labels, 0, rows, 7));
      for (int from = 0; from < rows; from += batchRows) {
        int count = Math.min(batchRows, rows - from);
        pieces.add(LabeledBatch.of(values, labels, from, from, count, 7));
      }
      ClassMoments expected = whole.snapshot();
      ClassMoments found = pieces.snapshot();
      double bound = rows * Math.ulp(1.0);
      assertArrayEquals(expected.means().toArray(), found.means().toArray(), bound);
      for (int k = 0; k < 3; k++) {
        assertEquals(expected.squaredDeviations(k), found.squaredDeviations(k), rows * 7 * bound);
      }
    }
  }

  /**
   * Spread 1e-3 around offset 30: the squares of the raw features would leave four digits of the
   * spread. Exact decimal arithmetic says what is right.
   */
  @Test
  void aCollapsedClassFarFromTheOriginKeepsTwelveDigits() {
    Random random = new Random(3);
    int rows = 1000;
    float[] values = new float[rows];
    for (int i = 0; i < rows; i++) {
      values[i] = (float) (30 + 1e-3 * random.nextGaussian());
    }
    BigDecimal sum = BigDecimal.ZERO;
    for (float value : values) {
      sum = sum.add(new BigDecimal(value));
    }
    BigDecimal mean = sum.divide(BigDecimal.valueOf(rows), MathContext.DECIMAL128);
    BigDecimal square = BigDecimal.ZERO;
    for (float value : values) {
      square = square.add(new BigDecimal(value).subtract(mean).pow(2));
    }
    try (var accumulator = new ClassMomentsAccumulator(1, 1);
        var half = new ClassMomentsAccumulator(1, 1)) {
      accumulator.add(LabeledBatch.of(values, new int[rows], 0L, 300, 1));
      half.add(LabeledBatch.of(values, new int[rows], 300, 300, rows - 300, 1));
      accumulator.merge(half.snapshot());
      ClassMoments moments = accumulator.snapshot();
      double expected = square.doubleValue();
      assertEquals(mean.doubleValue(), moments.means().get(0, 0), 2 * Math.ulp(30.0));
      assertEquals(expected, moments.squaredDeviations(0), 1e-12 * expected);
    }
  }

  @Test
  void aFirstSampleFarFromItsClassCostsNoMoreThanTheCountsDigits() {
    int rows = 10_001;
    double[] values = new double[rows];
    Random random = new Random(4);
    values[0] = 1e6;
    for (int i = 1; i < rows; i++) {
      values[i] = random.nextGaussian();
    }
    double mean = Arrays.stream(values).average().orElseThrow();
    double expected = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
    ClassMoments moments = moments(1, 1, new int[rows], values);
    double condition = rows + 1;
    double summation = (rows / 4 + 4) * Math.ulp(1.0);
    assertEquals(expected, moments.squaredDeviations(0), condition * summation * expected);
  }

  @Test
  void aLabelOutsideTheClassesIsNamedWithItsRow() {
    assertMessage(
        "row 41 has label 3, which is not in 0..2",
        LabeledBatch.of(new float[4], new int[] {0, 3}, 40L, 2, 2));
    assertMessage(
        "row 40 has label -1, which is not in 0..2",
        LabeledBatch.of(new float[4], new int[] {-1, 0}, 40L, 2, 2));
  }

  @Test
  void aFeatureThatIsNotFiniteIsNamedWithItsRow() {
    assertMessage(
        "row 41 has NaN at feature 1, where a finite number is needed",
        LabeledBatch.of(new float[] {1, 2, 3, Float.NaN}, new int[] {2, 0}, 40L, 2, 2));
    assertMessage(
        "row 40 has -Infinity at feature 0, where a finite number is needed",
        LabeledBatch.of(
            new double[] {Double.NEGATIVE_INFINITY, 2, 3, 4}, new int[] {2, 0}, 40L, 2, 2));
  }

  @Test
  void featuresWhoseSquaresOverflowAreRefused() {
    assertMessage(
        "rows 0 to 1 hold features so large that their squares overflow a double",
        LabeledBatch.of(new double[] {1e200, 0, -1e200, 0}, new int[] {1, 1}, 0L, 2, 2));
  }

  private static void assertMessage(String expected, LabeledBatch batch) {
    try (var accumulator = new ClassMomentsAccumulator(3, 2)) {
      var error = assertThrows(InvalidInputException.class, () -> accumulator.add(batch));
      assertEquals(expected, error.getMessage());
    }
  }

  @Test
  void momentsOfAnotherShapeAreRefused() {
    try (var accumulator = new ClassMomentsAccumulator(3, 2)) {
      ClassMoments other = moments(3, 1, new int[] {0}, 1);
      assertThrows(IllegalArgumentException.class, () -> accumulator.merge(other));
      LabeledBatch wide = LabeledBatch.of(new float[3], new int[1], 0L, 1, 3);
      assertThrows(IllegalArgumentException.class, () -> accumulator.add(wide));
    }
  }

  @Test
  void theBytesReadBackToTheSameBits() {
    ClassMoments moments =
        moments(3, 2, new int[] {0, 2, 0, 2, 2}, 1, 2, 10, 0, 3, 6, 20, 0, 30, 3);
    ClassMoments read = ClassMoments.fromBytes(moments.toBytes());
    assertArrayEquals(moments.toBytes(), read.toBytes());
    assertEquals(moments.means(), read.means());
    assertEquals(moments.scatter(), read.scatter());
    assertEquals(moments.fingerprint(), read.fingerprint());
  }

  /** Laid out by hand as version 1 says; such bytes must be read for ever. */
  @Test
  void theBytesOfVersionOneAreStillRead() {
    byte[] stored =
        HexFormat.of()
            .parseHex(
                "434f4c4c41505352010001000100000002000000010000000000000000000000"
                    + "0400000000000000000000000000000000000000000028400000000000000000"
                    + "00000000000000400000000000002840cea89c0e6406d25949b9313fded5f6d5"
                    + "eca861707c05c3223665b87c768e00d5");
    ClassMoments moments = moments(2, 1, new int[] {1, 1, 1, 1}, 1, 1, 1, 5);
    assertArrayEquals(stored, moments.toBytes());
    assertEquals(2, ClassMoments.fromBytes(stored).means().get(1, 0));
  }

  @Test
  void damagedBytesAreRefusedWhereverTheDamageIs() {
    byte[] good = moments(2, 2, new int[] {0, 1, 1}, 1, 2, 3, 4, 5, 7).toBytes();
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 0x40;
      var flipped =
          assertThrows(InvalidInputException.class, () -> ClassMoments.fromBytes(bad), "byte " + i);
      assertTrue(flipped.getMessage().startsWith("the bytes are not class moments: "));
      byte[] cut = Arrays.copyOf(good, i);
      assertThrows(InvalidInputException.class, () -> ClassMoments.fromBytes(cut), "length " + i);
    }
    byte[] longer = Arrays.copyOf(good, good.length + 1);
    assertThrows(InvalidInputException.class, () -> ClassMoments.fromBytes(longer));
  }

  @Test
  void momentsWithoutAPartAreThoseOfTheOtherSamples() {
    Random random = new Random(5);
    double[] values = random.doubles(18 * 2, 99, 100).toArray();
    int[] labels = {0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 1, 2, 0, 1, 2, 3, 1, 0};
    int[] first = {0, 4, 5, 7, 10, 15}; // all of class 3
    ClassMoments whole = moments(4, 2, labels, values);
    ClassMoments part = moments(4, 2, picked(labels, first), rows(values, first));
    int[] others =
        IntStream.range(0, 18).filter(i -> Arrays.stream(first).noneMatch(f -> f == i)).toArray();
    ClassMoments expected = moments(4, 2, picked(labels, others), rows(values, others));
    ClassMoments left = whole.without(part, Blas.reference());
    assertArrayEquals(expected.means().toArray(), left.means().toArray(), 1e-12);
    assertArrayEquals(
        expected.scatter().orElseThrow().toArray(), left.scatter().orElseThrow().toArray(), 1e-11);
    for (int k = 0; k < 4; k++) {
      assertEquals(expected.count(k), left.count(k));
      assertEquals(expected.squaredDeviations(k), left.squaredDeviations(k), 1e-11);
    }
    assertThrows(InvalidInputException.class, () -> part.without(whole, Blas.reference()));
  }

  private static int[] picked(int[] labels, int[] rows) {
    return Arrays.stream(rows).map(i -> labels[i]).toArray();
  }

  private static double[] rows(double[] values, int[] rows) {
    return Arrays.stream(rows)
        .mapToObj(i -> new double[] {values[2 * i], values[2 * i + 1]})
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  @Test
  void momentsComputedElsewhereAreTakenOver() {
    ClassMoments whole = moments(3, 2, new int[] {0, 2, 0, 2, 2}, 1, 2, 10, 0, 3, 6, 20, 0, 30, 3);
    Matrix means = Matrix.of(3, 2, 2.0, 4.0, 7.0, 7.0, 20.0, 1.0);
    Matrix first = Matrix.of(2, 2, 1.0, 2.0, 2.0, 4.0);
    Matrix last = Matrix.of(2, 2, 200 / 3.0, 10.0, 10.0, 2.0);
    ClassMoments given =
        ClassMoments.ofCovariances(
            new long[] {2, 0, 3}, means, List.of(first, Matrix.zeros(0, 0), last));
    assertArrayEquals(whole.means().toArray(), given.means().toArray(), 1e-12);
    assertArrayEquals(
        whole.scatter().orElseThrow().toArray(), given.scatter().orElseThrow().toArray(), 1e-12);
    assertEquals(10, given.squaredDeviations(0), 1e-12);
    assertEquals(206, given.squaredDeviations(2), 1e-12);
    ClassMoments counts =
        ClassMoments.of(new long[] {2, 0, 3}, means, new double[] {10, 0, 206}, Optional.empty());
    assertEquals(whole.squaredDeviations(2), counts.squaredDeviations(2));
  }

  @Test
  void momentsThatCannotBeAreRefused() {
    Matrix means = Matrix.of(1, 2, 1.0, 2.0);
    Optional<Matrix> none = Optional.empty();
    long[] two = {2};
    for (double bad : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(
          InvalidInputException.class, () -> ClassMoments.of(two, means, new double[] {bad}, none));
    }
    assertThrows(
        InvalidInputException.class,
        () -> ClassMoments.of(new long[] {-1}, means, new double[1], none));
    assertThrows(
        InvalidInputException.class,
        () -> ClassMoments.of(two, Matrix.of(1, 1, Double.NaN), new double[1], none));
    assertThrows(
        InvalidInputException.class, () -> ClassMoments.of(two, means, new double[2], none));
    assertThrows(
        InvalidInputException.class,
        () -> ClassMoments.ofCovariances(two, means, List.of(Matrix.zeros(3, 3))));
  }

  private static ClassMoments moments(int classes, int width, int[] labels, double... values) {
    try (var accumulator = new ClassMomentsAccumulator(classes, width, Blas.reference())) {
      accumulator.add(LabeledBatch.of(values, labels, 0L, labels.length, width));
      return accumulator.snapshot();
    }
  }
}
