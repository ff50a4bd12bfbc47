package dev.collapsar.stats;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Sha256;
import dev.collapsar.linalg.Matrix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The bytes of {@link ClassMoments}, little-endian; no other class knows them.
 *
 * <pre>
 * offset   type          content
 * 0        8 bytes       "COLLAPSR"
 * 8        u16           version, 1
 * 10       u16           kind, 1 = class moments
 * 12       u32           flags, bit 0: with scatter
 * 16       i32           K, at least 1
 * 20       i32           D, at least 1
 * 24       i64 (K)       counts, 0 or more
 *          f64 (K)       squared deviations, 0 or more
 *          f64 (K,D)     means by class, zeros for a class without samples
 *          f64           with scatter: its lower triangle by rows, D (D+1) / 2 values
 * end-32   32 bytes      SHA-256 of all before
 * </pre>
 */
final class MomentsFormat {
  private static final byte[] MAGIC = "COLLAPSR".getBytes(StandardCharsets.US_ASCII);
  private static final short VERSION = 1;
  private static final short KIND_CLASS_MOMENTS = 1;
  private static final int FLAG_SCATTER = 0x01;
  private static final int HEADER = 24;
  private static final int CHECKSUM = 32;

  private MomentsFormat() {}

  /** Length in bytes, header and checksum included; more than an array's limit if too large. */
  private static double length(int classes, int width, boolean scatter) {
    return HEADER
        + CHECKSUM
        + 8.0 * (2.0 * classes + (double) classes * width)
        + (scatter ? 4.0 * width * (width + 1.0) : 0);
  }

  static byte[] write(ClassMoments moments) {
    int classes = moments.classes();
    int width = moments.width();
    double length = length(classes, width, moments.scatter().isPresent());
    if (length > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "moments of %s classes x %s take %.0f bytes, more than an array holds",
              classes,
              width,
              length));
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(MAGIC).putShort(VERSION).putShort(KIND_CLASS_MOMENTS);
    bytes.putInt(moments.scatter().isPresent() ? FLAG_SCATTER : 0).putInt(classes).putInt(width);
    for (int k = 0; k < classes; k++) {
      bytes.putLong(moments.count(k));
    }
    for (int k = 0; k < classes; k++) {
      bytes.putDouble(moments.squaredDeviations(k));
    }
    for (int k = 0; k < classes; k++) {
      for (int j = 0; j < width; j++) {
        bytes.putDouble(moments.count(k) == 0 ? 0 : moments.means().get(k, j));
      }
    }
    moments
        .scatter()
        .ifPresent(
            scatter -> {
              for (int i = 0; i < width; i++) {
                for (int j = 0; j <= i; j++) {
                  bytes.putDouble(scatter.get(i, j));
                }
              }
            });
    return bytes.put(sha256(bytes.array(), bytes.position())).array();
  }

  static String fingerprint(ClassMoments moments) {
    byte[] bytes = write(moments);
    return HexFormat.of().formatHex(bytes, bytes.length - CHECKSUM, bytes.length);
  }

  static ClassMoments read(byte[] array) {
    require(array.length >= HEADER + CHECKSUM, "%d bytes, fewer than a header", array.length);
    ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = new byte[MAGIC.length];
    bytes.get(magic);
    require(Arrays.equals(magic, MAGIC), "they do not begin with COLLAPSR");
    int version = Short.toUnsignedInt(bytes.getShort());
    require(version == VERSION, "version %d, known is %d", version, VERSION);
    int kind = Short.toUnsignedInt(bytes.getShort());
    require(kind == KIND_CLASS_MOMENTS, "kind %d, class moments are 1", kind);
    int flags = bytes.getInt();
    require((flags & ~FLAG_SCATTER) == 0, "unknown flags 0x%x", flags);
    boolean withScatter = (flags & FLAG_SCATTER) != 0;
    int classes = bytes.getInt();
    int width = bytes.getInt();
    require(classes >= 1 && width >= 1, "%d classes of width %d", classes, width);
    require(
        length(classes, width, withScatter) == array.length,
        "%d bytes, but %d classes of width %d take %.0f",
        array.length,
        classes,
        width,
        length(classes, width, withScatter));
    int body = array.length - CHECKSUM;
    require(
        MessageDigest.isEqual(sha256(array, body), Arrays.copyOfRange(array, body, array.length)),
        "their checksum does not match");
    return content(bytes, classes, width, withScatter);
  }

  private static ClassMoments content(
      ByteBuffer bytes, int classes, int width, boolean withScatter) {
    long[] counts = new long[classes];
    long samples = 0;
    for (int k = 0; k < classes; k++) {
      counts[k] = bytes.getLong();
      samples += counts[k];
      require(counts[k] >= 0 && samples >= 0, "class %d has count %d", k, counts[k]);
    }
    double[] deviations = new double[classes];
    for (int k = 0; k < classes; k++) {
      deviations[k] = finite(bytes);
      require(deviations[k] >= 0, "class %d has squared deviation %s", k, deviations[k]);
    }
    double[] means = new double[Math.multiplyExact(classes, width)];
    for (int i = 0; i < means.length; i++) {
      double mean = finite(bytes);
      means[i] = counts[i / width] == 0 ? Double.NaN : mean;
    }
    Matrix scatter = null;
    if (withScatter) {
      double[] values = new double[Math.multiplyExact(width, width)];
      for (int i = 0; i < width; i++) {
        for (int j = 0; j <= i; j++) {
          values[i * width + j] = finite(bytes);
          values[j * width + i] = values[i * width + j];
        }
      }
      scatter = Matrix.of(width, width, values);
    }
    return new ClassMoments(counts, Matrix.of(classes, width, means), deviations, scatter);
  }

  private static double finite(ByteBuffer bytes) {
    double value = bytes.getDouble();
    require(Double.isFinite(value), "%s at byte %d", value, bytes.position() - Double.BYTES);
    return value;
  }

  private static byte[] sha256(byte[] bytes, int length) {
    return new Sha256().add(bytes, 0, length).bytes();
  }

  private static void require(boolean holds, String what, Object... values) {
    if (!holds) {
      throw new InvalidInputException(
          "the bytes are not class moments: " + String.format(Locale.ROOT, what, values));
    }
  }
}
