package dev.collapsar.learn.images;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Images of noise, labelled in turn. */
public final class RandomImages {
  private RandomImages() {}

  /** Grey images, the same for the same sizes. */
  public static ImageSet of(int count, int height, int width, int classes) {
    byte[] pixels = new byte[count * height * width];
    new SplittableRandom(pixels.length).nextBytes(pixels);
    return new ImageSet(
        "noise",
        pixels,
        IntStream.range(0, count).map(i -> i % classes).toArray(),
        1,
        height,
        width,
        IntStream.range(0, classes).mapToObj(Integer::toString).toList(),
        Map.of());
  }
}
