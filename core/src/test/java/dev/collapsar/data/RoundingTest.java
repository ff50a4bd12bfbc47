package dev.collapsar.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RoundingTest {
  private static double rounded(ElementType type, double value) {
    ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    Rounding.put(type, new double[] {value}, 0, 1, bytes);
    return Rounding.read(type, bytes.flip(), 1)[0];
  }

  @Test
  void aSecondRoundingDoesNotMoveAValueBesideATie() {
    // Just above the middle of 1 and the next bfloat16: by way of float32 it would be the middle.
    assertEquals(1 + 0x1p-7, rounded(ElementType.BF16, 1 + 0x1p-8 + 0x1p-40));
    assertEquals(1, rounded(ElementType.BF16, 1 + 0x1p-8));
    assertEquals(1 + 0x1p-10, rounded(ElementType.F16, 1 + 0x1p-11 + 0x1p-40));
    assertEquals(1, rounded(ElementType.F16, 1 + 0x1p-11));
  }

  @Test
  void theEndsOfFloat16AreItsOwn() {
    assertEquals(65504, rounded(ElementType.F16, Math.nextDown(65520.0)));
    assertEquals(Double.POSITIVE_INFINITY, rounded(ElementType.F16, 65520));
    assertEquals(0x1p-24, rounded(ElementType.F16, 0x1.8p-25));
    assertEquals(0, rounded(ElementType.F16, 0x1p-25));
    assertEquals(-0x1p-14, rounded(ElementType.F16, -0x1p-14 + 0x1p-30));
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void noNumberOfTheTypeIsNearer(ElementType type) {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 200_000; i++) {
      double value = (random.nextDouble() - 0.5) * Math.pow(2, random.nextInt(-20, 14));
      double found = rounded(type, value);
      assertEquals(found, rounded(type, found));
      double step = Math.ulp((float) found) * (type == ElementType.F16 ? 0x1p13 : 0x1p16);
      double least = type == ElementType.F16 ? 0x1p-24 : 0;
      assertTrue(Math.abs(found - value) <= Math.max(step, least) / 2, () -> value + " " + found);
    }
  }
}
