package dev.collapsar.learn.images;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DuplicatesTest {
  @Test
  void theyAreCountedAcrossAndWithinTheSets() {
    // Numbers are images: 1 is in training twice and in test, 2 in two classes, 5 only in test.
    ImageSet train = set(new int[] {1, 2, 1, 2, 3}, new int[] {0, 0, 0, 1, 1});
    ImageSet test = set(new int[] {5, 3, 1, 5, 4}, new int[] {0, 0, 0, 0, 1});
    Duplicates found = Duplicates.among(train, test);
    assertEquals(2, found.repeated(), "1 and 2");
    assertEquals(2, found.testImages(), "3 and 1");
    assertEquals(List.of(6, 4), found.leaked());
    assertEquals(2, found.inTwoClasses(), "2 and 3");
    assertEquals(List.of(1, 3), found.contradicting());
    assertEquals(
        List.of(
            "2 training images repeat an earlier one, pixel by pixel: within their classes such"
                + " pull NC1 towards 0",
            "2 of 5 test images are training images too, pixel by pixel, the first r6 (r4)",
            "2 images stand in more than one class, the first as r1 and r3"),
        found.sentences(5, row -> "r" + row));
  }

  @Test
  void withoutThemThereIsNothingToSay() {
    ImageSet train = set(new int[] {1, 2}, new int[] {0, 1});
    ImageSet test = set(new int[] {3, 4}, new int[] {0, 1});
    assertEquals(List.of(), Duplicates.among(train, test).sentences(2, row -> "r"));
    ImageSet others = RandomImages.of(2, 5, 5, 2);
    assertEquals(List.of(), Duplicates.among(train, others).sentences(2, row -> "r"));
  }

  private static ImageSet set(int[] numbers, int[] labels) {
    byte[] pixels = new byte[numbers.length * 9];
    for (int i = 0; i < numbers.length; i++) {
      pixels[i * 9 + numbers[i]] = 1;
    }
    return new ImageSet("numbers", pixels, labels, 1, 3, 3, List.of("a", "b"), Map.of());
  }
}
