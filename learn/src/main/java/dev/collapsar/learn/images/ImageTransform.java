package dev.collapsar.learn.images;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.random.Seed;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * How stored images become a network's input: a whole batch at once, one copy into native memory.
 */
public interface ImageTransform {
  /**
   * The images {@code rows[from..from+count)} as a float tensor (count, channels, height, width) in
   * the caller's scope. What is random in the transform draws from streams of {@code seed} alone.
   */
  Tensor batch(ImageSet images, int[] rows, int from, int count, Seed seed);

  /**
   * What tells this transform from others, if it makes the same of an image whenever it is asked;
   * empty if it draws at random, as it is taken to do unless it says otherwise.
   */
  default Optional<String> fixed() {
    return Optional.empty();
  }

  /** What the images of this set become. */
  default InputSpec.Image input(ImageSet images) {
    return InputSpec.Image.unit(images.channels(), images.height(), images.width());
  }

  /** Bytes 0..255 to floats in [0, 1]. */
  static ImageTransform unit() {
    return new Unit();
  }
}
