package dev.collapsar.learn.dataset;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Decodes JPEG, PNG and WebP files, and turns them as their EXIF data say; for one thread. */
final class ImageDecoder implements AutoCloseable {
  private static final int LARGEST_SIDE = 4096;
  private static final int MOST_SCANS = 100; // programs write some ten
  private static final byte[] JPEG = {(byte) 0xff, (byte) 0xd8, (byte) 0xff};
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final byte[] RIFF = {'R', 'I', 'F', 'F'};
  private static final byte[] WEBP = {'W', 'E', 'B', 'P'};
  private static final int PNG_END = 0x49454e44; // "IEND"
  private static final int PNG_EXIF = 0x65584966; // "eXIf"
  private static final int WEBP_EXIF = 0x46495845; // "EXIF", little-endian

  private final ImageReader jpeg = heard(ImageIO.getImageReadersByFormatName("jpeg").next());
  private final ImageReader png = heard(ImageIO.getImageReadersByFormatName("png").next());
  private final ImageReader webp = new WebPImageReaderSpi().createReaderInstance(null);
  private String warning;

  private ImageReader heard(ImageReader reader) {
    reader.addIIOReadWarningListener((source, message) -> warning = message);
    return reader;
  }

  /**
   * The image of a file's bytes, upright.
   *
   * @throws IOException with the reason if they are no JPEG, PNG or WebP, end early, are damaged as
   *     far as that can be seen, or promise more than 4096 pixels a side
   */
  Picture decode(byte[] file) throws IOException {
    if (startsWith(file, JPEG)) {
      if (JpegHeader.scans(file, MOST_SCANS) > MOST_SCANS) {
        throw new IOException("has more than %s scans".formatted(MOST_SCANS));
      }
      JpegHeader header = JpegHeader.of(file);
      return decode(jpeg, file, header).upright(header.orientation());
    }
    if (startsWith(file, PNG)) {
      int orientation = pngOrientation(file);
      return decode(png, file, null).upright(orientation);
    }
    if (startsWith(file, RIFF) && file.length >= 12 && Arrays.equals(file, 8, 12, WEBP, 0, 4)) {
      int orientation = webpOrientation(file);
      return decode(webp, file, null).upright(orientation);
    }
    throw new IOException(file.length == 0 ? "is empty" : "is no JPEG, PNG or WebP");
  }

  /**
   * As it is stored.
   *
   * @param header of a JPEG, else null
   */
  private Picture decode(ImageReader reader, byte[] file, JpegHeader header) throws IOException {
    warning = null;
    try (MemoryCacheImageInputStream input =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      reader.setInput(input, true, true);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      if (width > LARGEST_SIDE || height > LARGEST_SIDE) {
        throw new IOException(
            "%sx%s pixels, at most %sx%s are read"
                .formatted(width, height, LARGEST_SIDE, LARGEST_SIDE));
      }
      boolean inks = header != null && header.hasFourInks();
      Picture picture =
          inks ? Inks.picture(reader.readRaster(0, null), header) : Picture.of(reader.read(0));
      // What libjpeg forgives with a warning, it has filled with grey.
      if (warning != null) {
        throw new IOException(warning);
      }
      return picture;
    } catch (EOFException e) {
      throw new IOException("is cut short", e);
    } catch (RuntimeException e) {
      // ImageIO meets some damaged files with an exception of its own making.
      throw new IOException("is damaged: " + e, e);
    } finally {
      reader.setInput(null); // reset() would forget the listener
    }
  }

  /**
   * Of its EXIF data, if it has some.
   *
   * @throws IOException if it has no end: ImageIO is content without one once it has all pixels
   */
  private static int pngOrientation(byte[] file) throws IOException {
    ByteBuffer chunks = ByteBuffer.wrap(file);
    int orientation = Exif.UPRIGHT;
    long at = PNG.length;
    while (at + 12 <= file.length) {
      int start = (int) at;
      long length = Integer.toUnsignedLong(chunks.getInt(start));
      int type = chunks.getInt(start + 4);
      if (type == PNG_END) {
        return orientation;
      }
      at += 12 + length; // length, type, checksum
      if (type == PNG_EXIF && at <= file.length) {
        orientation =
            Exif.orientation(Arrays.copyOfRange(file, start + 8, start + 8 + (int) length));
      }
    }
    throw new IOException("is cut short");
  }

  /**
   * Of its EXIF data, if it has some.
   *
   * @throws IOException if it is shorter than it says
   */
  private static int webpOrientation(byte[] file) throws IOException {
    ByteBuffer chunks = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (Integer.toUnsignedLong(chunks.getInt(4)) + 8 > file.length) {
      throw new IOException("is cut short");
    }
    long at = 12;
    while (at + 8 <= file.length) {
      int start = (int) at + 8;
      long length = Integer.toUnsignedLong(chunks.getInt((int) at + 4));
      at = start + length + length % 2;
      if (chunks.getInt(start - 8) == WEBP_EXIF && start + length <= file.length) {
        byte[] data = Arrays.copyOfRange(file, start, start + (int) length);
        byte[] inSegment = Exif.inSegment(data);
        return Exif.orientation(inSegment == null ? data : inSegment);
      }
    }
    return Exif.UPRIGHT;
  }

  private static boolean startsWith(byte[] file, byte[] magic) {
    return file.length >= magic.length
        && Arrays.equals(file, 0, magic.length, magic, 0, magic.length);
  }

  @Override
  public void close() {
    jpeg.dispose();
    png.dispose();
    webp.dispose();
  }
}
