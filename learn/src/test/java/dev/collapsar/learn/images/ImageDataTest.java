package dev.collapsar.learn.images;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.learn.batch.Preparation;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImageDataTest {
  @Test
  void aResizedPartIsToldAlsoWhereTheOthersHaveTheSizeAlready() {
    ImageSet train = RandomImages.of(6, 8, 8, 2);
    ImageSet test = RandomImages.of(4, 9, 10, 2);
    ImageData data = ImageData.of(train, test, new Normalized(List.of(.5), List.of(.5)));
    ImageData resized = data.resized(new Preparation(8), 1, 8, 8, "some");
    assertEquals(train, resized.train());
    assertEquals(List.of(1L, 8L, 8L), resized.test().shape());
    assertEquals(
        List.of("some: short side resized to 8 (bilinear, antialiased), 8x8 cut from the centre"),
        resized.notes());
  }
}
