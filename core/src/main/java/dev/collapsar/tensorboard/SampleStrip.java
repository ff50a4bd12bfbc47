package dev.collapsar.tensorboard;

import dev.collapsar.run.RunRecord;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/** Sample images side by side in one, in their own size, two pixels apart. */
final class SampleStrip {
  private static final int GAP = 2;

  private SampleStrip() {}

  /** As a PNG file, (max height, sum of widths). */
  static byte[] of(List<RunRecord.Sample> samples) {
    try {
      List<BufferedImage> images = new ArrayList<>();
      for (RunRecord.Sample sample : samples) {
        images.add(ImageIO.read(new ByteArrayInputStream(sample.png())));
      }
      int width = images.stream().mapToInt(image -> image.getWidth() + GAP).sum() - GAP;
      int height = images.stream().mapToInt(BufferedImage::getHeight).max().orElseThrow();
      BufferedImage strip = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
      Graphics2D canvas = strip.createGraphics();
      canvas.setColor(Color.WHITE);
      canvas.fillRect(0, 0, width, height);
      int x = 0;
      for (BufferedImage image : images) {
        canvas.drawImage(image, x, 0, null);
        x += image.getWidth() + GAP;
      }
      canvas.dispose();
      ByteArrayOutputStream png = new ByteArrayOutputStream();
      ImageIO.write(strip, "png", png);
      return png.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("an array in memory cannot fail", e);
    }
  }
}
