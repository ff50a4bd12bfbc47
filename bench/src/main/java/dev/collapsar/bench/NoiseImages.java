package dev.collapsar.bench;

import dev.collapsar.learn.images.ImageSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** Images of MNIST's form with random pixels and labels. */
final class NoiseImages {
  private static final int SIZE = 28;
  private static final int CLASSES = 10;

  private NoiseImages() {}

  static ImageSet of(int count) {
    Random random = new Random(1);
    byte[] pixels = new byte[count * SIZE * SIZE];
    random.nextBytes(pixels);
    int[] labels = random.ints(count, 0, CLASSES).toArray();
    List<String> classes = IntStream.range(0, CLASSES).mapToObj(Integer::toString).toList();
    return new ImageSet("noise", pixels, labels, 1, SIZE, SIZE, classes, Map.of());
  }
}
