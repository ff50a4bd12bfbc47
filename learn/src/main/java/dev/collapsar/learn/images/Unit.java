package dev.collapsar.learn.images;

import dev.collapsar.run.Seed;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** Bytes 0..255 to floats in [0, 1]. */
record Unit() implements ImageTransform {
  @Override
  public Tensor batch(ImageSet images, int[] rows, int from, int count, Seed chance) {
    int size = images.imageSize();
    byte[] gathered = new byte[count * size];
    for (int i = 0; i < count; i++) {
      System.arraycopy(images.pixels(), rows[from + i] * size, gathered, i * size, size);
    }
    return ImageTransform.toUnit(gathered, images, count);
  }

  @Override
  public Optional<String> fixed() {
    return Optional.of(toString());
  }
}
