package dev.collapsar.learn.dataset;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Decodes JPEG and PNG files; for one thread. Orientation in EXIF is ignored. */
final class ImageDecoder implements AutoCloseable {
  private static final int LARGEST_SIDE = 4096;
  private static final byte[] JPEG = {(byte) 0xff, (byte) 0xd8, (byte) 0xff};
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final int PNG_END = 0x49454e44; // "IEND"

  private final ImageReader jpeg = reader("jpeg");
  private final ImageReader png = reader("png");
  private String warning;

  private ImageReader reader(String format) {
    ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
    reader.addIIOReadWarningListener((source, message) -> warning = message);
    return reader;
  }

  /**
   * The image of a file's bytes.
   *
   * @throws IOException with the reason if they are no JPEG or PNG, end early, are damaged as far
   *     as that can be seen, or promise more than 4096 pixels a side
   */
  Picture decode(byte[] file) throws IOException {
    warning = null;
    ImageReader reader = startsWith(file, JPEG) ? jpeg : png;
    if (reader == png) {
      requireWholePng(file);
    }
    try (MemoryCacheImageInputStream input =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      reader.setInput(input, true, true);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      if (width > LARGEST_SIDE || height > LARGEST_SIDE) {
        throw new IOException(
            "%dx%d pixels, at most %dx%d are read"
                .formatted(width, height, LARGEST_SIDE, LARGEST_SIDE));
      }
      Picture picture = Picture.of(reader.read(0));
      // What libjpeg forgives with a warning, it has filled with grey.
      if (warning != null) {
        throw new IOException(warning);
      }
      return picture;
    } catch (RuntimeException e) {
      // ImageIO meets some damaged files with an exception of its own making.
      throw new IOException("is damaged: " + e, e);
    } finally {
      reader.setInput(null); // reset() would forget the listener
    }
  }

  /** Has an end: ImageIO is content without one once it has all pixels. */
  private static void requireWholePng(byte[] file) throws IOException {
    if (!startsWith(file, PNG)) {
      throw new IOException(file.length == 0 ? "is empty" : "is neither JPEG nor PNG");
    }
    ByteBuffer chunks = ByteBuffer.wrap(file);
    long at = PNG.length;
    while (at + 12 <= file.length) {
      long length = Integer.toUnsignedLong(chunks.getInt((int) at));
      if (chunks.getInt((int) at + 4) == PNG_END) {
        return;
      }
      at += 12 + length; // length, type, checksum
    }
    throw new IOException("is cut short");
  }

  private static boolean startsWith(byte[] file, byte[] magic) {
    return file.length >= magic.length
        && Arrays.equals(file, 0, magic.length, magic, 0, magic.length);
  }

  @Override
  public void close() {
    jpeg.dispose();
    png.dispose();
  }
}
