package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Sha256;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Grey images with their labels, as MNIST and its relatives are distributed: two IDX files, plain
 * or gzipped.
 *
 * @param pixels unsigned bytes, 0 is background; (count, height, width) row-major
 * @param labels unsigned bytes; (count)
 * @param sha256 of each file as it was read, compressed if it was, in hex by the file's name
 */
public record IdxImages(
    byte[] pixels, byte[] labels, int count, int height, int width, Map<String, String> sha256) {
  private static final int IMAGES = 0x00000803;
  private static final int LABELS = 0x00000801;

  /**
   * Reads a pair of files.
   *
   * @throws InvalidInputException if a file is missing, has another magic number, is shorter or
   *     longer than its header promises, promises more than fits in memory, or both hold a
   *     different number of samples; the message names the file
   */
  public static IdxImages read(Path images, Path labels) {
    FileBytes.requireReadable(images);
    FileBytes.requireReadable(labels);
    try (InputStream imageBytes = Files.newInputStream(images);
        InputStream labelBytes = Files.newInputStream(labels)) {
      return read(imageBytes, images.toString(), labelBytes, labels.toString());
    } catch (IOException e) {
      throw InvalidInputException.because(images + ", " + labels + ": cannot be read", e);
    }
  }

  /** As {@link #read(Path, Path)} from streams, such as bundled resources, that stay open. */
  public static IdxImages read(
      InputStream images, String imagesName, InputStream labels, String labelsName)
      throws IOException {
    Idx pixels = Idx.read(images, imagesName, IMAGES);
    Idx classes = Idx.read(labels, labelsName, LABELS);
    int count = pixels.sizes[0];
    if (classes.sizes[0] != count) {
      throw new InvalidInputException(
          "%s: holds %s labels, %s holds %s images: they must be as many"
              .formatted(labelsName, classes.sizes[0], imagesName, count));
    }
    return new IdxImages(
        pixels.values,
        classes.values,
        count,
        pixels.sizes[1],
        pixels.sizes[2],
        Map.of(fileName(imagesName), pixels.sha256, fileName(labelsName), classes.sha256));
  }

  private static String fileName(String name) {
    return Path.of(name).getFileName().toString();
  }

  /** One file: big-endian magic number, a big-endian size for each dimension, unsigned bytes. */
  private record Idx(int[] sizes, byte[] values, String sha256) {
    static Idx read(InputStream file, String name, int magic) throws IOException {
      Sha256 sha256 = new Sha256();
      InputStream raw = new BufferedInputStream(sha256.watch(file), 1 << 16);
      try {
        InputStream in = isGzip(raw) ? new GZIPInputStream(raw, 1 << 16) : raw;
        int[] sizes = readSizes(in, name, magic);
        long promised = Arrays.stream(sizes).asLongStream().reduce(1, Math::multiplyExact);
        if (promised > Math.min(Integer.MAX_VALUE - 8, Runtime.getRuntime().maxMemory() / 4)) {
          throw new InvalidInputException(
              "%s: header promises %s bytes, which do not fit in memory".formatted(name, promised));
        }
        // Grows with what is there, not with what a header claims.
        byte[] values = in.readNBytes((int) promised);
        long header = 4L + 4L * sizes.length;
        if (values.length < promised) {
          throw new InvalidInputException(
              "%s: truncated: header promises %s bytes, file holds %s"
                  .formatted(name, header + promised, header + values.length));
        }
        if (in.read() >= 0) {
          throw new InvalidInputException(
              "%s: header promises %s bytes, file holds more".formatted(name, header + promised));
        }
        raw.transferTo(OutputStream.nullOutputStream()); // the hash is of the whole file
        return new Idx(sizes, values, sha256.hex());
      } catch (EOFException e) {
        throw new InvalidInputException(name + ": truncated: its gzip stream ends early", e);
      } catch (ZipException e) {
        throw new InvalidInputException(name + ": its gzip stream is broken: " + e.getMessage(), e);
      } catch (ArithmeticException e) {
        throw new InvalidInputException(name + ": header promises more than 2^63 bytes", e);
      }
    }

    private static boolean isGzip(InputStream raw) throws IOException {
      raw.mark(2);
      boolean gzip = raw.read() == 0x1f && raw.read() == 0x8b;
      raw.reset();
      return gzip;
    }

    private static int[] readSizes(InputStream in, String name, int magic) throws IOException {
      byte[] head = in.readNBytes(4 + 4 * (magic & 0xff));
      ByteBuffer words = ByteBuffer.wrap(head);
      if (head.length >= 4 && words.getInt() != magic) {
        throw new InvalidInputException(
            String.format(
                Locale.ROOT,
                "%s: magic 0x%08x, IDX images have 0x%08x and labels 0x%08x; 0x%08x was expected"
                    + " here",
                name,
                words.getInt(0),
                IMAGES,
                LABELS,
                magic));
      }
      int[] sizes = new int[magic & 0xff];
      if (head.length < 4 + 4 * sizes.length) {
        throw new InvalidInputException(
            "%s: truncated: an IDX header has %s bytes, file holds %s"
                .formatted(name, 4 + 4 * sizes.length, head.length));
      }
      for (int i = 0; i < sizes.length; i++) {
        sizes[i] = words.getInt();
        if (sizes[i] < 1) {
          throw new InvalidInputException(
              "%s: dimension %s is %s in the header, it must be in 1..2147483647"
                  .formatted(name, i, sizes[i]));
        }
      }
      return sizes;
    }
  }
}
