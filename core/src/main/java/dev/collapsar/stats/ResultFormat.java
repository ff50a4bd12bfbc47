package dev.collapsar.stats;

import dev.collapsar.InvalidInputException;
import dev.collapsar.linalg.Matrix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The bytes of a {@link FrozenPass.Result}, or of a part of one, little-endian, in chunks that are
 * merged each for itself; no other class knows them.
 *
 * <pre>
 * offset   type          content
 * 0        8 bytes       "COLLAPSR"
 * 8        u16           version, 1
 * 10       u16           kind, 2 = what a second pass found
 * 12       i32           K of the decisions, 0 without
 * 16       i32           D of the scatter, 0 without
 * 20       i32           the chunk's number
 *                        in the first, of which there is at least one:
 * 24       i64           6 tallies of each of the chunk's classes, class by class
 *          f64           the sum of the projections in chunk 0, elsewhere 0
 *                        in those after them:
 * 24       f64           the chunk's rows of the scatter's lower triangle
 * </pre>
 */
final class ResultFormat {
  private static final byte[] MAGIC = "COLLAPSR".getBytes(StandardCharsets.US_ASCII);
  private static final short VERSION = 1;
  private static final short KIND_SECOND_PASS = 2;
  private static final int HEADER = 24;
  private static final int CHUNK_BYTES = 8 << 20;
  private static final int CHUNK_CLASSES = (CHUNK_BYTES - HEADER) / (Long.BYTES * Decisions.KINDS);

  private final FrozenPass pass;
  private final int classes;
  private final int width;

  ResultFormat(FrozenPass pass) {
    this.pass = pass;
    classes = pass.classifier() == null ? 0 : pass.moments().classes();
    width = pass.within() == FrozenPass.Residuals.SCATTER ? pass.moments().width() : 0;
  }

  int chunks() {
    return talliedChunks() + (width + chunkRows() - 1) / chunkRows();
  }

  private int talliedChunks() {
    return Math.max(1, (classes + CHUNK_CLASSES - 1) / CHUNK_CLASSES);
  }

  private int chunkRows() {
    return Math.max(1, (CHUNK_BYTES - HEADER) / (Double.BYTES * Math.max(1, width)));
  }

  byte[] write(FrozenPass.Result found, int chunk) {
    ByteBuffer bytes = ByteBuffer.allocate(length(chunk)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(MAGIC).putShort(VERSION).putShort(KIND_SECOND_PASS);
    bytes.putInt(classes).putInt(width).putInt(chunk);
    if (chunk < talliedChunks()) {
      for (int k = firstClass(chunk); k < firstClass(chunk + 1); k++) {
        for (int kind = 0; kind < Decisions.KINDS; kind++) {
          bytes.putLong(found.decisions().tally(kind, k));
        }
      }
      bytes.putDouble(chunk == 0 && found.projected() != null ? found.projected() : 0);
    } else {
      for (int i = firstRow(chunk); i < firstRow(chunk + 1); i++) {
        for (int j = 0; j <= i; j++) {
          bytes.putDouble(found.scatter().get(i, j));
        }
      }
    }
    return bytes.array();
  }

  private int firstClass(int chunk) {
    return (int) Math.min(classes, (long) chunk * CHUNK_CLASSES);
  }

  private int firstRow(int chunk) {
    return (int) Math.min(width, (long) (chunk - talliedChunks()) * chunkRows());
  }

  private int length(int chunk) {
    return HEADER
        + (chunk < talliedChunks()
            ? Long.BYTES * Decisions.KINDS * (firstClass(chunk + 1) - firstClass(chunk))
                + Double.BYTES
            : Double.BYTES * (triangle(firstRow(chunk + 1)) - triangle(firstRow(chunk))));
  }

  private static int triangle(int rows) {
    return (int) ((long) rows * (rows + 1) / 2);
  }

  static void merge(byte[] sum, byte[] part) {
    require(
        sum.length == part.length
            && sum.length >= HEADER
            && Arrays.equals(sum, 0, HEADER, part, 0, HEADER),
        "they are not of one chunk of one kind");
    ByteBuffer to = ByteBuffer.wrap(sum).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer from = ByteBuffer.wrap(part).order(ByteOrder.LITTLE_ENDIAN);
    int classes = from.getInt(12);
    boolean tallied = from.getInt(20) < Math.max(1, (classes + CHUNK_CLASSES - 1) / CHUNK_CLASSES);
    int at = HEADER;
    for (; tallied && at < part.length - Double.BYTES; at += Long.BYTES) {
      to.putLong(at, to.getLong(at) + from.getLong(at));
    }
    for (; at < part.length; at += Double.BYTES) {
      to.putDouble(at, to.getDouble(at) + from.getDouble(at));
    }
  }

  FrozenPass.Result read(List<byte[]> chunks) {
    require(chunks.size() == chunks(), "%d chunks of %d", chunks.size(), chunks());
    double projected = 0;
    long[][] tallies = new long[Decisions.KINDS][classes];
    double[] scatter = new double[Math.multiplyExact(width, width)];
    for (int chunk = 0; chunk < chunks.size(); chunk++) {
      if (chunks.get(chunk) == null) {
        continue;
      }
      ByteBuffer bytes = content(chunks.get(chunk), chunk);
      if (chunk < talliedChunks()) {
        for (int k = firstClass(chunk); k < firstClass(chunk + 1); k++) {
          for (long[] kind : tallies) {
            kind[k] = bytes.getLong();
          }
        }
        projected += bytes.getDouble();
      } else {
        for (int i = firstRow(chunk); i < firstRow(chunk + 1); i++) {
          for (int j = 0; j <= i; j++) {
            scatter[i * width + j] = bytes.getDouble();
            scatter[j * width + i] = scatter[i * width + j];
          }
        }
      }
    }
    return new FrozenPass.Result(
        pass.within() == FrozenPass.Residuals.PROJECTION ? projected : null,
        width == 0 ? null : Matrix.of(width, width, scatter),
        classes == 0 ? null : Decisions.of(pass.basis(), tallies));
  }

  private ByteBuffer content(byte[] array, int chunk) {
    require(array.length == length(chunk), "chunk %d has %d bytes", chunk, array.length);
    ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = new byte[MAGIC.length];
    bytes.get(magic);
    require(
        Arrays.equals(magic, MAGIC)
            && bytes.getShort() == VERSION
            && bytes.getShort() == KIND_SECOND_PASS
            && bytes.getInt() == classes
            && bytes.getInt() == width
            && bytes.getInt() == chunk,
        "chunk %d has another header",
        chunk);
    return bytes;
  }

  private static void require(boolean holds, String what, Object... values) {
    if (!holds) {
      throw new InvalidInputException(
          "the bytes are not what this second pass finds: "
              + String.format(Locale.ROOT, what, values));
    }
  }
}
