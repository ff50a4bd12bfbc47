package dev.collapsar.learn.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NormalizedTest {
  /** Two images of one row of two pixels: channels red, green, blue after one another. */
  private static final ImageSet COLOURED =
      new ImageSet(
          "coloured",
          new byte[] {0, (byte) 255, 51, 51, 0, 102, (byte) 255, 0, 51, 51, 0, 102},
          new int[] {0, 1},
          3,
          1,
          2,
          List.of("a", "b"),
          Map.of());

  @Test
  void eachChannelHasItsOwnMeanAndDeviation() {
    Normalized transform = new Normalized(List.of(.5, .2, 0.), List.of(.5, 1., .1));
    float[] values =
        TensorScope.within(
            () ->
                TensorBridge.toFloats(
                    transform.batch(COLOURED, new int[] {1, 0}, 1, 1, new Seed(1)))); // (1,3,1,2)
    float ulps = 4 * Math.ulp(4f); // four roundings of values up to 4
    assertArrayEquals(new float[] {-1, 1, 0, 0, 0, 4}, values, ulps);
  }

  @Test
  void itIsMeasuredOverAllPixelsOfAChannel() {
    Normalized measured = Normalized.by(COLOURED);
    assertEquals(List.of(.5, .2, .2), measured.mean());
    assertEquals(.5, measured.deviation().get(0));
    assertEquals(1, measured.deviation().get(1), "a channel that is constant becomes 0");
    assertEquals(.2, measured.deviation().get(2));
  }

  @Test
  void otherChannelsThanItIsForAreRefused() {
    Normalized grey = new Normalized(List.of(.1307), List.of(.3081));
    assertThrows(
        IllegalArgumentException.class,
        () -> grey.batch(COLOURED, new int[] {0}, 0, 1, new Seed(1)));
    assertThrows(
        IllegalArgumentException.class, () -> new Normalized(List.of(.1, .2), List.of(.3)));
    assertThrows(IllegalArgumentException.class, () -> new Normalized(List.of(.1), List.of(0.)));
  }
}
