package dev.collapsar.learn.picture;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Decodes JPEG, PNG, WebP and BMP files, and turns them as their EXIF data say; for one thread. */
public final class ImageDecoder implements AutoCloseable {
  private static final int MOST_SCANS = 100; // programs write some ten
  private static final int MOST_BEYOND = 30_000; // symbols without a bit, as of a plain corner

  /** Beyond so many pixels there have to be bytes for them. */
  private static final long MOST_FREE = 1L << 22;

  /** A bit a block of 64 at the least, in the scan of their means; a little rounded. */
  private static final long MOST_OF_JPEG = 600; // pixels a byte

  private static final long MOST_OF_BMP = 128; // runs of 255 in two bytes
  private static final byte[] JPEG = {(byte) 0xff, (byte) 0xd8, (byte) 0xff};
  private static final byte[] BMP = {'B', 'M'};

  private final ImageReader jpeg = heard(ImageIO.getImageReadersByFormatName("jpeg").next());
  private final ImageReader png = heard(ImageIO.getImageReadersByFormatName("png").next());
  private final ImageReader webp = new WebPImageReaderSpi().createReaderInstance(null);
  private final ImageReader bmp = ImageIO.getImageReadersByFormatName("bmp").next();
  private String warning;

  private ImageReader heard(ImageReader reader) {
    reader.addIIOReadWarningListener((source, message) -> warning = message);
    return reader;
  }

  /**
   * The image of a file's bytes, upright, in the size that it has.
   *
   * @throws IOException with the reason if they are no image of a kind that is read, end early, are
   *     damaged as far as that can be seen, or promise more pixels than there is memory for
   */
  public Picture decode(byte[] file) throws IOException {
    return decode(file, Optional.empty());
  }

  /** Likewise, in the size that is wanted. */
  public Picture decode(byte[] file, Optional<Picture.Wanted> wanted) throws IOException {
    if (startsWith(file, JPEG)) {
      JpegHeader header = JpegHeader.whole(file);
      if (JpegHeader.scans(file, MOST_SCANS) > MOST_SCANS) {
        throw new IOException("has more than %s scans".formatted(MOST_SCANS));
      }
      return read(jpeg, file, header, header.orientation(), wanted);
    }
    if (startsWith(file, PngChunks.MAGIC)) {
      return read(png, file, null, PngChunks.orientation(file), wanted);
    }
    if (WebpChunks.areOf(file)) {
      return read(webp, file, null, WebpChunks.orientation(file), wanted);
    }
    if (startsWith(file, BMP)) {
      return read(bmp, file, null, Exif.UPRIGHT, wanted);
    }
    throw new IOException(OtherKinds.in(file));
  }

  /**
   * Width and height as they are stored, before the image is turned.
   *
   * @param head the file's first bytes, maybe all
   * @throws IOException if they do not say
   */
  public int[] storedSize(byte[] head) throws IOException {
    ImageReader reader =
        startsWith(head, JPEG)
            ? jpeg
            : startsWith(head, PngChunks.MAGIC)
                ? png
                : WebpChunks.areOf(head) ? webp : startsWith(head, BMP) ? bmp : null;
    if (reader == null) {
      throw new IOException(OtherKinds.in(head));
    }
    try (MemoryCacheImageInputStream input =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(head))) {
      reader.setInput(input, true, true);
      return new int[] {reader.getWidth(0), reader.getHeight(0)};
    } catch (RuntimeException e) {
      throw new IOException("is damaged: " + e, e);
    } finally {
      reader.setInput(null);
    }
  }

  /**
   * Whether width and height change places where the image is turned upright.
   *
   * @param head the file's first bytes, maybe all
   * @throws IOException if they do not say: in a PNG or WebP it may stand behind the pixels
   */
  public boolean isOnItsSide(byte[] head) throws IOException {
    int orientation =
        startsWith(head, JPEG)
            ? JpegHeader.whole(head).orientation()
            : startsWith(head, PngChunks.MAGIC)
                ? PngChunks.orientation(head)
                : WebpChunks.areOf(head) ? WebpChunks.orientation(head) : Exif.UPRIGHT;
    return new Turn(orientation).isOnItsSide();
  }

  /**
   * @param header of a JPEG, else null
   */
  private Picture read(
      ImageReader reader,
      byte[] file,
      JpegHeader header,
      int orientation,
      Optional<Picture.Wanted> wanted)
      throws IOException {
    warning = null;
    try (MemoryCacheImageInputStream input = new Ending(file)) {
      reader.setInput(input, true, true);
      return DecodingMemory.within(
          reader.getWidth(0),
          reader.getHeight(0),
          () -> {
            if (reader == jpeg || reader == bmp) {
              requirePixels(reader, file);
            } else if (reader == png) {
              PngChunks.requirePixels(file);
            } else if (reader == webp) {
              WebpChunks.requirePixels(file, reader.getWidth(0), reader.getHeight(0));
            }
            return Picture.of(rows(reader, header), orientation, wanted);
          });
    } catch (EOFException e) {
      throw new IOException("is cut short", e);
    } catch (RuntimeException e) {
      // ImageIO meets some damaged files with an exception of its own making.
      throw new IOException("is damaged: " + e, e);
    } finally {
      reader.setInput(null); // reset() would forget the listener
    }
  }

  /** Before anything is held for them, or read in vain. */
  private void requirePixels(ImageReader reader, byte[] file) throws IOException {
    long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
    if (pixels > MOST_FREE
        && pixels / file.length > (reader == jpeg ? MOST_OF_JPEG : MOST_OF_BMP)) {
      throw new IOException(
          "claims %sx%s pixels, more than its %s bytes can hold"
              .formatted(reader.getWidth(0), reader.getHeight(0), file.length));
    }
  }

  /**
   * A file that is asked for more than it holds only so often: the reader of lossless WebP goes on
   * behind the end, an exception of its own a symbol, until it has all pixels that are claimed.
   */
  private static final class Ending extends MemoryCacheImageInputStream {
    private int beyond;

    private Ending(byte[] file) {
      super(new ByteArrayInputStream(file));
    }

    @Override
    public int read() throws IOException {
      int next = super.read();
      if (next < 0 && ++beyond > MOST_BEYOND) {
        throw new IOException("ends before its pixels do");
      }
      return next;
    }
  }

  private PictureRows rows(ImageReader reader, JpegHeader header) throws IOException {
    boolean inks = header != null && header.hasFourInks();
    PictureRows rows =
        inks ? new Inks(reader.readRaster(0, null), header) : PictureRows.of(reader.read(0));
    // What libjpeg forgives with a warning, it has filled with grey.
    if (warning != null) {
      throw new IOException(warning);
    }
    return rows;
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
    bmp.dispose();
  }
}
