package dev.collapsar.learn.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class AugmentedTest {
  private static final int SIDE = 8;
  private static final ImageSet IMAGES = RandomImages.of(20, SIDE, SIDE, 2);

  private static float[] batch(Augmented how, long seed) {
    int[] rows = new int[IMAGES.count()];
    Arrays.setAll(rows, i -> i);
    return TensorScope.within(
        () ->
            TensorBridge.toFloats(
                how.batch(IMAGES, rows, 0, rows.length, new Seed(seed)).contiguous()));
  }

  private static Augmented of(double rotation, int padding, boolean flip, double colour) {
    return new Augmented(rotation, padding, flip, colour, List.of(0.0), List.of(1.0));
  }

  private static final float[] STILL = batch(of(0, 0, false, 0), 1);

  @Test
  void theSameSeedGivesTheSameValuesAndAnotherOthers() {
    Augmented all = of(20, 2, true, .3);
    assertArrayEquals(batch(all, 1), batch(all, 1));
    assertFalse(Arrays.equals(batch(all, 1), batch(all, 2)));
    assertTrue(all.fixed().isEmpty(), "so that nothing of it is computed once for all epochs");
  }

  @Test
  void aFlipMirrorsSomeImagesAndLeavesTheOthers() {
    float[] flipped = batch(of(0, 0, true, 0), 3);
    int mirrored = 0;
    for (int i = 0; i < IMAGES.count(); i++) {
      boolean same = flipped[i * SIDE * SIDE] == STILL[i * SIDE * SIDE];
      mirrored += same ? 0 : 1;
      for (int p = 0; p < SIDE * SIDE; p++) {
        int from = same ? p : p / SIDE * SIDE + SIDE - 1 - p % SIDE;
        assertEquals(STILL[i * SIDE * SIDE + from], flipped[i * SIDE * SIDE + p]);
      }
    }
    assertTrue(mirrored > 4 && mirrored < 16, mirrored + " of 20");
  }

  @Test
  void aCropMovesAnImageAndLeavesBlackBehind() {
    float[] moved = batch(of(0, 2, false, 0), 4);
    for (int i = 0; i < IMAGES.count(); i++) {
      boolean found = false;
      for (int right = -2; right <= 2; right++) {
        for (int down = -2; down <= 2; down++) {
          found |= isMoved(moved, i * SIDE * SIDE, right, down);
        }
      }
      assertTrue(found, "image " + i);
    }
  }

  private static boolean isMoved(float[] moved, int at, int right, int down) {
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        boolean inside = x + right >= 0 && x + right < SIDE && y + down >= 0 && y + down < SIDE;
        float expected = inside ? STILL[at + (y + down) * SIDE + x + right] : 0;
        if (moved[at + y * SIDE + x] != expected) {
          return false;
        }
      }
    }
    return true;
  }

  /** Each has a stream of its own. */
  @Test
  void anotherChangeBesideItDoesNotDisturbOne() {
    float[] flipped = batch(of(0, 0, true, 0), 5);
    float[] both = batch(of(0, 0, true, .5), 5);
    for (int i = 0; i < IMAGES.count(); i++) {
      // Brightness and contrast keep the order of an image's values.
      for (int p = 1; p < SIDE * SIDE; p++) {
        float one = flipped[i * SIDE * SIDE + p] - flipped[i * SIDE * SIDE];
        float other = both[i * SIDE * SIDE + p] - both[i * SIDE * SIDE];
        assertTrue(one * other >= 0);
      }
    }
  }
}
