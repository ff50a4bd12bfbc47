package dev.collapsar.learn.images;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.random.Seed;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;

/**
 * Images changed at random whenever they are asked for, as they are learned: turned, moved,
 * mirrored, recoloured, in this order and each from a random stream of its own; then (x - mean) /
 * deviation of values x in [0, 1] by channel. What comes from outside of an image is black.
 *
 * @param rotation largest turn either way, in degrees in 0..180; 0 for none
 * @param padding largest move along either side, in pixels: a crop of the image with so wide a
 *     border; 0 for none
 * @param flip whether half of the images are mirrored left to right
 * @param colour by how much brightness, contrast and saturation change at most, as a share in 0..1:
 *     each is multiplied by a factor in [1 - colour, 1 + colour]; 0 for none
 */
public record Augmented(
    double rotation,
    int padding,
    boolean flip,
    double colour,
    List<Double> mean,
    List<Double> deviation)
    implements ImageTransform {
  public Augmented {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
  }

  @Override
  public Tensor batch(ImageSet images, int[] rows, int from, int count, Seed seed) {
    int size = images.imageSize();
    byte[] pixels = new byte[count * size];
    turn(images, rows, from, count, pixels, seed.random("rotation"));
    byte[] moved = moved(pixels, images, count, seed);
    if (colour > 0) {
      SplittableRandom random = seed.random("colour");
      for (int i = 0; i < count; i++) {
        recolour(moved, i * size, images, random);
      }
    }
    return PixelValues.unit(images.channels())
        .normalized(mean, deviation)
        .batch(moved, images.height(), images.width());
  }

  private void turn(
      ImageSet images, int[] rows, int from, int count, byte[] pixels, SplittableRandom random) {
    int size = images.imageSize();
    for (int i = 0; i < count; i++) {
      if (rotation > 0) {
        double angle = rotation * (2 * random.nextDouble() - 1);
        Shift.rotate(images, rows[from + i], angle, pixels, i * size);
      } else {
        images.pixels().copy(rows[from + i], pixels, i * size);
      }
    }
  }

  private byte[] moved(byte[] pixels, ImageSet images, int count, Seed seed) {
    if (padding == 0 && !flip) {
      return pixels;
    }
    SplittableRandom places = seed.random("crop");
    SplittableRandom sides = seed.random("flip");
    byte[] moved = new byte[pixels.length];
    for (int i = 0; i < count; i++) {
      int right = padding == 0 ? 0 : places.nextInt(2 * padding + 1) - padding;
      int down = padding == 0 ? 0 : places.nextInt(2 * padding + 1) - padding;
      boolean mirrored = flip && sides.nextBoolean();
      for (int c = 0; c < images.channels(); c++) {
        int plane = images.height() * images.width();
        int at = i * images.imageSize() + c * plane;
        move(pixels, moved, at, images, right, down, mirrored);
      }
    }
    return moved;
  }

  private static void move(
      byte[] pixels, byte[] moved, int at, ImageSet images, int right, int down, boolean mirrored) {
    int width = images.width();
    int height = images.height();
    for (int y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
      for (int x = Math.max(0, -right); x < Math.min(width, width - right); x++) {
        int to = mirrored ? width - 1 - x : x;
        moved[at + y * width + to] = pixels[at + (y + down) * width + x + right];
      }
    }
  }

  /** Brightness, then contrast about the image's mean, then saturation about each pixel's grey. */
  private void recolour(byte[] pixels, int at, ImageSet images, SplittableRandom random) {
    int channels = images.channels();
    int plane = images.height() * images.width();
    double bright = 1 + colour * (2 * random.nextDouble() - 1);
    double contrast = 1 + colour * (2 * random.nextDouble() - 1);
    double saturation = 1 + colour * (2 * random.nextDouble() - 1);
    double middle = 0;
    for (int p = at; p < at + channels * plane; p++) {
      middle += (pixels[p] & 0xff) * bright;
    }
    middle /= channels * plane;
    double[] values = new double[channels];
    for (int p = 0; p < plane; p++) {
      double grey = 0;
      for (int c = 0; c < channels; c++) {
        double lit = (pixels[at + c * plane + p] & 0xff) * bright;
        values[c] = (lit - middle) * contrast + middle;
        grey += values[c] / channels;
      }
      for (int c = 0; c < channels; c++) {
        double value = channels == 1 ? values[c] : (values[c] - grey) * saturation + grey;
        pixels[at + c * plane + p] = (byte) Math.round(Math.max(0, Math.min(255, value)));
      }
    }
  }

  @Override
  public InputSpec.Image input(ImageSet images) {
    return new InputSpec.Image(images.channels(), images.height(), images.width(), mean, deviation);
  }
}
