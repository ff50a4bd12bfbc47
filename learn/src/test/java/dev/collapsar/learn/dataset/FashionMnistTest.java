package dev.collapsar.learn.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.learn.images.ImageSet;
import org.junit.jupiter.api.Test;

class FashionMnistTest {
  @Test
  void theBundledImagesAreBalancedAndNamed() {
    ImageSet images = FashionMnist.outOfDistribution();
    assertEquals(10_000, images.count());
    assertEquals(28 * 28, images.imageSize());
    assertEquals("ankle boot", images.classes().get(9));
    assertEquals("fashion-mnist/ood", images.name());
    for (int i = 0; i < images.count(); i++) {
      assertEquals(i % 10, images.labels()[i]);
    }
  }
}
