package dev.collapsar.learn.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.data.ElementType;
import dev.collapsar.data.Rounding;
import dev.collapsar.learn.adapter.part.Product;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SixteenBitRowsTest {
  private static final int ROWS = 70; // more than are added up in single precision

  private final SplittableRandom random = new SplittableRandom(3);

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void bytesAreThoseOfDoublePrecisionRoundedOnce(ElementType type) {
    for (int width : new int[] {2, 6, 510, 512, 514, 1100}) {
      for (int rank : new int[] {1, 2, 4, 7, 16, 33}) {
        for (double size : new double[] {1e-6, 1e-3, 0.1, 3}) {
          double[] base = normal(ROWS * width, 0.05);
          Product.Scaled update =
              product(normal(ROWS * rank, size), normal(rank * width, 0.1), rank);
          assertSameBytes(type, base, update);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void sumsInTheMiddleOfTwoNumbersOrBesideItAreRoundedRight(ElementType type) {
    int width = 600;
    double[] base = normal(ROWS * width, 1);
    double[] half = new double[width];
    for (int j = 0; j < width; j++) { // of the distance of neighbours from 1/2 to 2, about
      double beside = j % 3 == 0 ? 0 : Math.scalb(j % 2 == 0 ? 1 : -1, -20 - random.nextInt(30));
      half[j] = type.roundoff() * (1 + beside);
    }
    double[] left = new double[ROWS];
    for (int i = 0; i < ROWS; i++) {
      left[i] = Math.scalb(i % 2 == 0 ? 1 : -1, -i % 5);
    }
    assertSameBytes(type, base, product(left, half, 1));
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void smallNumbersAndZerosAreRoundedRight(ElementType type) {
    int width = 300;
    double[] base = new double[ROWS * width];
    for (int i = 0; i < base.length; i++) { // far below the smallest that has all its bits
      int least = type == ElementType.F16 ? -30 : -140;
      double value = Math.scalb(random.nextGaussian(), least + random.nextInt(25));
      base[i] = i % 7 == 0 ? 0.0 : i % 7 == 1 ? -0.0 : value;
    }
    base[5] = 0.01; // so that there is something to measure
    double[] right = normal(width, 1);
    for (int j = 0; j < width; j++) {
      right[j] = Math.scalb(right[j], -random.nextInt(type == ElementType.F16 ? 30 : 125));
      right[j] = j % 5 == 0 ? 0 : right[j];
    }
    double[] left = normal(ROWS, 1);
    left[3] = 0;
    assertSameBytes(type, base, product(left, right, 1));
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void whatSinglePrecisionCannotHoldIsLeftToDouble(ElementType type) {
    double[] ordinary = normal(2 * 4, 1);
    double[] unbounded = ordinary.clone();
    unbounded[3] = Double.POSITIVE_INFINITY;
    double[] unknown = ordinary.clone();
    unknown[3] = Double.NaN;
    double[] large = ordinary.clone();
    large[3] = 0.9 * type.largest();
    Product.Scaled update = product(new double[] {1, 2}, normal(4, 1), 1);
    for (double[] base : new double[][] {unbounded, unknown, large, new double[8]}) {
      assertFalse(merged(type, base, update, new double[5]).isPresent());
    }
    assertFalse(
        merged(type, ordinary, product(new double[2], normal(4, 1), 1), new double[5]).isPresent());
    assertFalse(SixteenBitRows.suits(type, product(new double[] {1, 0x1p28}, normal(4, 1), 1)));
    assertFalse(SixteenBitRows.suits(type, product(new double[] {1, Double.NaN}, normal(4, 1), 1)));
    assertFalse(SixteenBitRows.suits(type, product(new double[] {1, 2}, normal(3, 1), 1)));
    assertFalse(SixteenBitRows.suits(ElementType.F32, update));
  }

  private double[] normal(int count, double deviation) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = deviation * random.nextGaussian();
    }
    return values;
  }

  private static Product.Scaled product(double[] left, double[] right, int rank) {
    return (Product.Scaled) Product.of(left, right, rank).times(0.5);
  }

  private static ByteBuffer rounded(ElementType type, double[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    Rounding.put(type, values, 0, values.length, bytes);
    return bytes.flip();
  }

  private static Optional<byte[]> merged(
      ElementType type, double[] base, Product.Scaled update, double[] sums) {
    ByteBuffer bytes = rounded(type, base);
    boolean done =
        SixteenBitRows.of(type, update).merge(0, base.length / update.width(), bytes, sums);
    return done ? Optional.of(bytes.array()) : Optional.empty();
  }

  private static void assertSameBytes(ElementType type, double[] values, Product.Scaled update) {
    double[] base = Rounding.read(type, rounded(type, values), values.length);
    double[] exact = new double[base.length];
    for (int i = 0; i < base.length; i++) {
      exact[i] = update.plus(base[i], i / update.width(), i % update.width());
    }
    ByteBuffer expected = rounded(type, exact);
    double[] sums = new double[5];
    assertArrayEquals(expected.array(), merged(type, values, update, sums).orElseThrow());
    double[] stored = Rounding.read(type, expected, exact.length);
    double[] wanted = new double[4];
    for (int i = 0; i < base.length; i++) {
      double lost = stored[i] - exact[i];
      wanted[0] += base[i] * base[i];
      wanted[1] += (exact[i] - base[i]) * (exact[i] - base[i]);
      wanted[2] += lost * lost;
      wanted[3] = Math.max(wanted[3], Math.abs(lost));
    }
    double single = (update.rank() + 5) * 0x1p-24; // of an element, about
    double ofRounding = 2 * single / (type.roundoff() / 4);
    double[] tolerances = {2 * single, 2 * single, ofRounding, ofRounding};
    for (int k = 0; k < 4; k++) {
      assertEquals(wanted[k], sums[k], tolerances[k] * wanted[k]);
    }
    assertTrue(sums[3] > 0);
  }
}
