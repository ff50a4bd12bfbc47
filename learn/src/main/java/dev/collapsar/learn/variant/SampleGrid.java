package dev.collapsar.learn.variant;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.run.RunRecord.Sample;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/** A few images of a pass as a network sees them, before mean and deviation, as PNG. */
public final class SampleGrid {
  private SampleGrid() {}

  /**
   * The first {@code count} images of the pass, for the row of this name.
   *
   * @throws IllegalArgumentException if its samples are no images
   */
  public static List<Sample> row(String name, OrderedBatches pass, int count) {
    if (!(pass.samples().input() instanceof InputSpec.Image shape)) {
      throw new IllegalArgumentException(pass.samples().name() + " holds no images");
    }
    int shown = Math.min(count, pass.size(0));
    float[] values =
        TensorScope.within(() -> TensorBridge.toFloats(pass.input(0).only())); // (n,c,h,w)
    int[] labels = pass.labels(0);
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < shown; i++) {
      String label = pass.classes().get(labels[i]);
      samples.add(new Sample(name, label, png(shape, values, i)));
    }
    return samples;
  }

  private static byte[] png(InputSpec.Image set, float[] values, int image) {
    int height = set.height();
    int width = set.width();
    int plane = height * width;
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int p = 0; p < plane; p++) {
      int rgb = 0;
      for (int c = 0; c < 3; c++) {
        int channel = Math.min(c, set.channels() - 1);
        double value =
            values[image * set.channels() * plane + channel * plane + p] * set.std().get(channel)
                + set.mean().get(channel);
        rgb = rgb << 8 | Math.round(255 * (float) Math.min(1, Math.max(0, value)));
      }
      picture.setRGB(p % width, p / width, rgb);
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      ImageIO.setUseCache(false);
      ImageIO.write(picture, "png", png);
    } catch (IOException e) {
      throw new UncheckedIOException("an array in memory cannot fail", e);
    }
    return png.toByteArray();
  }
}
