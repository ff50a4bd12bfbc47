package dev.collapsar.learn.images;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.random.Seed;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Another transform's images in [0, 1], then (x - mean) / deviation by channel.
 *
 * @param mean (channels)
 * @param deviation (channels), above 0
 */
record Scaled(ImageTransform first, List<Double> mean, List<Double> deviation)
    implements ImageTransform {
  @Override
  public Tensor batch(ImageSet images, int[] rows, int from, int count, Seed seed) {
    return first
        .batch(images, rows, from, count, seed) // (n,c,h,w)
        .sub_(channels(mean))
        .div_(channels(deviation));
  }

  private static Tensor channels(List<Double> values) {
    float[] numbers = new float[values.size()];
    for (int c = 0; c < numbers.length; c++) {
      numbers[c] = values.get(c).floatValue();
    }
    return TensorBridge.floats(numbers, 1, numbers.length, 1, 1);
  }

  @Override
  public Optional<String> fixed() {
    return first.fixed().map(text -> text + " then " + mean + deviation);
  }

  @Override
  public InputSpec.Image input(ImageSet images) {
    return new InputSpec.Image(images.channels(), images.height(), images.width(), mean, deviation);
  }
}
