package dev.collapsar.learn.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShiftTest {
  private static final Seed CHANCE = new Seed(8);

  @Test
  void imagesTurnToTheSameBytesAsInPillow() throws IOException {
    int cases = 0;
    try (DataInputStream in =
        new DataInputStream(ShiftTest.class.getResourceAsStream("rotations.bin"))) {
      for (; in.available() > 0; cases++) {
        double angle = in.readDouble();
        int height = in.readInt();
        int width = in.readInt();
        byte[] image = in.readNBytes(height * width);
        byte[] turned = in.readNBytes(height * width);
        assertArrayEquals(
            turned,
            rotate(image, height, width, 1, angle),
            "%sx%s by %s degrees".formatted(height, width, angle));
      }
    }
    assertEquals(24, cases);
  }

  @Test
  void turningByNothingIsTheIdentity() {
    byte[] image = {1, 2, 3, 4, 5, 6};
    assertArrayEquals(image, rotate(image, 2, 3, 1, 0));
  }

  @Test
  void turningIsCounterClockwiseAndWhatComesFromOutsideIsBlack() {
    byte[] square = {
      1, 2, 3,
      4, 5, 6,
      7, 8, 9
    };
    byte[] quarter = {
      3, 6, 9,
      2, 5, 8,
      1, 4, 7
    };
    assertArrayEquals(quarter, rotate(square, 3, 3, 1, 90));
    byte[] row = {1, 2, 3, 4};
    assertArrayEquals(new byte[] {4, 3, 2, 1}, rotate(row, 1, 4, 1, 180));
    byte[] column = new byte[] {1, 2, 3};
    assertArrayEquals(new byte[] {0, 2, 0}, rotate(column, 3, 1, 1, 90));
  }

  @Test
  void everyChannelTurnsAlike() {
    byte[] image = PixelBytes.of(RandomImages.of(3, 7, 7, 1));
    byte[] turned = rotate(image, 7, 7, 3, 17);
    for (int c = 0; c < 3; c++) {
      byte[] plane = Arrays.copyOfRange(image, c * 49, (c + 1) * 49);
      assertArrayEquals(
          rotate(plane, 7, 7, 1, 17), Arrays.copyOfRange(turned, c * 49, (c + 1) * 49));
    }
  }

  @Test
  void anglesAreUniformBetweenTheirBounds() {
    // The centre of a bright square far to the right of the middle tells the angle to 0.1 degrees.
    int count = 400;
    int size = 201;
    byte[] pixels = new byte[count * size * size];
    for (int n = 0; n < count; n++) {
      for (int y = 98; y <= 102; y++) {
        Arrays.fill(pixels, (n * size + y) * size + 188, (n * size + y) * size + 193, (byte) 255);
      }
    }
    ImageSet images = images(pixels, size, size, 1);
    float[] shifted = batch(new Shift(25, 0), images, CHANCE);
    double sum = 0;
    double squares = 0;
    for (int n = 0; n < count; n++) {
      double x = 0;
      double y = 0;
      for (int i = 0; i < size * size; i++) {
        float value = shifted[n * size * size + i];
        x += value * (i % size - 100);
        y += value * (100 - i / size);
      }
      double angle = Math.toDegrees(Math.atan2(y, x));
      assertTrue(Math.abs(angle) <= 25.3, "turned by " + angle);
      sum += angle;
      squares += angle * angle;
    }
    // Five deviations of mean and mean square of so many draws from U(-25, 25).
    assertEquals(0, sum / count, 5 * 25 / Math.sqrt(3.0 * count));
    assertEquals(625 / 3.0, squares / count, 5 * 625 * Math.sqrt(4 / 45.0 / count) + 0.3);
  }

  @Test
  void noiseHasTheGivenDeviation() {
    byte[] grey = new byte[100 * 28 * 28];
    Arrays.fill(grey, (byte) 128);
    float[] noisy = batch(new Shift(0, 0.05), images(grey, 28, 28, 1), CHANCE);
    int n = noisy.length;
    double mean = 0;
    double square = 0;
    for (float value : noisy) {
      double noise = value - 128 / 255.0;
      mean += noise / n;
      square += noise * noise / n;
    }
    // Half is ten deviations away from both bounds; five deviations of a mean and of a variance.
    assertEquals(0, mean, 5 * 0.05 / Math.sqrt(n));
    assertEquals(0.0025, square, 5 * 0.0025 * Math.sqrt(2.0 / n));
  }

  @Test
  void valuesAreHeldBetweenZeroAndOne() {
    byte[] extremes = new byte[100 * 28 * 28];
    Arrays.fill(extremes, extremes.length / 2, extremes.length, (byte) 255);
    float[] noisy = batch(new Shift(0, 0.15), images(extremes, 28, 28, 1), CHANCE);
    int half = noisy.length / 2;
    int atZero = 0;
    int atOne = 0;
    for (int i = 0; i < noisy.length; i++) {
      assertTrue(noisy[i] >= 0 && noisy[i] <= 1, "a value of " + noisy[i]);
      atZero += i < half && noisy[i] == 0 ? 1 : 0;
      atOne += i >= half && noisy[i] == 1 ? 1 : 0;
    }
    // Noise goes either way equally often.
    double five = 5 * Math.sqrt(half * 0.25);
    assertEquals(half / 2.0, atZero, five);
    assertEquals(half / 2.0, atOne, five);
  }

  @Test
  void withoutShiftImagesAreTheirBytesOver255() {
    ImageSet images = RandomImages.of(3, 5, 5, 3);
    float[] unit = batch(ImageTransform.unit(), images, CHANCE);
    for (int i = 0; i < unit.length; i++) {
      assertEquals(Byte.toUnsignedInt(PixelBytes.of(images)[i]) / 255f, unit[i], 0x1p-24);
    }
    assertArrayEquals(unit, batch(new Shift(0, 0), images, CHANCE));
  }

  @Test
  void chanceAloneDecidesABatch() {
    ImageSet images = RandomImages.of(20, 9, 9, 3);
    Shift shift = new Shift(25, 0.15);
    float[] once = batch(shift, images, CHANCE);
    assertArrayEquals(once, batch(shift, images, CHANCE));
    assertFalse(Arrays.equals(once, batch(shift, images, new Seed(9))));
  }

  @Test
  void aPassGivesTheSameBatchHoweverOftenAndInWhateverOrderItIsAsked() {
    OrderedBatches pass =
        OrderedBatches.shuffled(
            RandomImages.of(20, 9, 9, 3).with(new Shift(25, 0.15)), 6, new Seed(1));
    float[] second = inputs(pass, 1);
    float[] first = inputs(pass, 0);
    assertArrayEquals(second, inputs(pass, 1));
    assertArrayEquals(first, inputs(pass, 0));
    assertFalse(Arrays.equals(first, second));
  }

  private static float[] inputs(OrderedBatches pass, int batch) {
    return TensorScope.within(() -> TensorBridge.toFloats(pass.input(batch).only()));
  }

  private static byte[] rotate(byte[] image, int height, int width, int channels, double angle) {
    byte[] turned = new byte[image.length];
    Shift.rotate(images(image, height, width, channels), 0, angle, turned, 0);
    return turned;
  }

  private static ImageSet images(byte[] pixels, int height, int width, int channels) {
    int count = pixels.length / (height * width * channels);
    return new ImageSet(
        "drawn", pixels, new int[count], channels, height, width, List.of("0"), Map.of());
  }

  private static float[] batch(ImageTransform transform, ImageSet images, Seed seed) {
    int[] rows = Permutation.identity(images.count());
    return TensorScope.within(
        () -> TensorBridge.toFloats(transform.batch(images, rows, 0, rows.length, seed)));
  }
}
