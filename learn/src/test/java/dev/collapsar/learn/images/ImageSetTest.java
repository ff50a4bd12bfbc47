package dev.collapsar.learn.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ImageSetTest {
  /** Every image is three bytes of its own number, labelled by it. */
  private static final ImageSet NUMBERED = numbered(50);

  @Test
  void aSampleHasNoImageTwiceAndEachWithItsLabel() {
    ImageSet sample = NUMBERED.sample(20, new SplittableRandom(1));
    assertEquals(20, sample.count());
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      seen.add(sample.labels()[i]);
      for (int j = 0; j < 3; j++) {
        assertEquals(sample.labels()[i], PixelBytes.of(sample)[i * 3 + j]);
      }
    }
    assertEquals(20, seen.size());
  }

  @Test
  void aSampleOfAllOrMoreIsTheSetItself() {
    assertSame(NUMBERED, NUMBERED.sample(50, new SplittableRandom(1)));
    assertSame(NUMBERED, NUMBERED.sample(1000, new SplittableRandom(1)));
  }

  @Test
  void pixelsThatDoNotFillTheImagesAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new ImageSet("x", new byte[5], new int[2], 1, 1, 3, List.of("0"), Map.of()));
  }

  @Test
  void aPassHasEveryImageOnceWithItsLabel() {
    OrderedBatches pass = OrderedBatches.shuffled(NUMBERED, 8, new Seed(4));
    assertEquals(7, pass.batches());
    assertEquals(2, pass.size(6));
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < pass.batches(); i++) {
      int batch = i;
      int[] classes = pass.labels(i);
      TensorScope.run(
          () -> {
            float[] inputs = TensorBridge.toFloats(pass.input(batch).only());
            assertArrayEquals(
                new long[] {pass.size(batch), 1, 1, 3}, pass.input(batch).only().shape());
            assertArrayEquals(
                Arrays.stream(classes).asLongStream().toArray(),
                TensorBridge.toLongs(pass.labelTensor(batch)));
            for (int j = 0; j < classes.length; j++) {
              assertEquals(classes[j], Math.round(255 * inputs[3 * j]));
              seen.add(classes[j]);
            }
          });
    }
    assertEquals(50, seen.size());
  }

  @Test
  void anInOrderPassKeepsTheOrder() {
    OrderedBatches pass = OrderedBatches.inOrder(NUMBERED, 8, new Seed(4));
    assertArrayEquals(new int[] {48, 49}, pass.labels(6));
  }

  @Test
  void passesOfOtherSeedsHaveOtherOrders() {
    int[] one = OrderedBatches.shuffled(NUMBERED, 8, new Seed(4)).order();
    assertArrayEquals(one, OrderedBatches.shuffled(NUMBERED, 8, new Seed(4)).order());
    assertEquals(
        false, Arrays.equals(one, OrderedBatches.shuffled(NUMBERED, 8, new Seed(5)).order()));
  }

  private static ImageSet numbered(int count) {
    byte[] pixels = new byte[count * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i / 3);
    }
    return new ImageSet(
        "numbered", pixels, Permutation.identity(count), 1, 1, 3, List.of(), Map.of());
  }
}
