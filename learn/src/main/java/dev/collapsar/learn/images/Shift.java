package dev.collapsar.learn.images;

import static org.bytedeco.pytorch.global.torch.createCPUGenerator;
import static org.bytedeco.pytorch.global.torch.empty_like;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.random.Seed;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * The practical's domain shift: each image rotated about its centre by an angle drawn uniformly
 * from [-degrees, degrees] (nearest pixel, 0 outside, as torchvision's RandomRotation does it on
 * PIL images), scaled to [0, 1], plus Gaussian noise, clamped to [0, 1]. Drawn anew for every batch
 * that is asked for.
 *
 * @param degrees largest angle either way, in 0..180
 * @param noise standard deviation of the noise, at least 0
 */
public record Shift(double degrees, double noise) implements ImageTransform {
  /** The same, for a network that expects pixels of another mean and deviation than [0, 1]'s. */
  public ImageTransform entering(InputSpec.Image input) {
    return input.isUnit() ? this : new Scaled(this, input.mean(), input.std());
  }

  @Override
  public Tensor batch(ImageSet images, int[] rows, int from, int count, Seed seed) {
    SplittableRandom angles = seed.random("angle");
    int size = images.imageSize();
    byte[] rotated = new byte[count * size];
    for (int i = 0; i < count; i++) {
      double angle = degrees * (2 * angles.nextDouble() - 1);
      rotate(images, rows[from + i], angle, rotated, i * size);
    }
    Tensor shifted =
        PixelValues.unit(images.channels())
            .batch(rotated, images.height(), images.width()); // (n,c,h,w)
    GeneratorOptional generator = new GeneratorOptional(createCPUGenerator(seed.stream("noise")));
    Tensor gaussian = empty_like(shifted).normal_(0, noise, generator); // (n,c,h,w)
    return shifted
        .add_(gaussian)
        .clamp_(
            new ScalarOptional(TensorBridge.scalar(0)), new ScalarOptional(TensorBridge.scalar(1)));
  }

  /**
   * Image {@code row} turned counter-clockwise by {@code angle} degrees, into {@code target} from
   * {@code offset} on; pixels that come from outside keep what stands there.
   */
  static void rotate(ImageSet images, int row, double angle, byte[] target, int offset) {
    int height = images.height();
    int width = images.width();
    double radians = Math.toRadians(angle);
    double cos = Math.cos(radians);
    double sin = Math.sin(radians);
    double centreX = width / 2.0;
    double centreY = height / 2.0;
    // Each target pixel's centre, at +0.5, is turned back and rounded down. Pillow does so in
    // 16.16 fixed point, and this comes to the same pixels because it does too.
    int right = fixed(cos);
    int down = fixed(sin);
    int startX = fixed(centreX + cos * (0.5 - centreX) - sin * (0.5 - centreY));
    int startY = fixed(centreY + sin * (0.5 - centreX) + cos * (0.5 - centreY));
    byte[] image = new byte[images.imageSize()];
    images.pixels().copy(row, image, 0);
    int plane = height * width;
    for (int y = 0; y < height; y++, startX -= down, startY += right) {
      int sourceX = startX;
      int sourceY = startY;
      for (int x = 0; x < width; x++, sourceX += right, sourceY += down) {
        int fromX = sourceX >> 16;
        int fromY = sourceY >> 16;
        if (fromX < 0 || fromY < 0 || fromX >= width || fromY >= height) {
          continue;
        }
        for (int c = 0; c < images.channels(); c++) {
          target[offset + c * plane + y * width + x] = image[c * plane + fromY * width + fromX];
        }
      }
    }
  }

  private static int fixed(double value) {
    return (int) Math.floor(value * (1 << 16) + 0.5);
  }
}
