package dev.collapsar.learn.images;

import dev.collapsar.random.Seed;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** Bytes 0..255 to floats in [0, 1]. */
record Unit() implements ImageTransform {
  @Override
  public Tensor batch(ImageSet images, int[] rows, int from, int count, Seed seed) {
    return PixelValues.unit(images.channels())
        .batch(images.pixels().gather(rows, from, count), images.height(), images.width());
  }

  @Override
  public Optional<String> fixed() {
    return Optional.of(toString());
  }
}
