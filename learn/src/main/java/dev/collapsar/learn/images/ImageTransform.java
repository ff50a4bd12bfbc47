package dev.collapsar.learn.images;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.run.Seed;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How stored images become a network's input: a whole batch at once, one copy into native memory.
 */
public interface ImageTransform {
  /**
   * The images {@code rows[from..from+count)} as a float tensor (count, channels, height, width) in
   * the caller's scope. What is random in the transform draws from streams of {@code chance} alone.
   */
  Tensor batch(ImageSet images, int[] rows, int from, int count, Seed chance);

  /** Bytes 0..255 to floats in [0, 1]. */
  static ImageTransform unit() {
    return (images, rows, from, count, chance) -> {
      int size = images.imageSize();
      byte[] gathered = new byte[count * size];
      for (int i = 0; i < count; i++) {
        System.arraycopy(images.pixels(), rows[from + i] * size, gathered, i * size, size);
      }
      return toUnit(gathered, images, count);
    };
  }

  /** The tensor of gathered bytes, scaled to [0, 1], channels innermost in memory. */
  static Tensor toUnit(byte[] gathered, ImageSet images, int count) {
    Tensor bytes =
        TensorBridge.bytes(gathered, count, images.channels(), images.height(), images.width());
    return TensorBridge.channelsLast(bytes.to(ScalarType.Float)).div_(TensorBridge.scalar(255));
  }
}
