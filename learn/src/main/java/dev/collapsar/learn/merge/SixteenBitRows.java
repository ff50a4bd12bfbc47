package dev.collapsar.learn.merge;

import dev.collapsar.data.ElementType;
import dev.collapsar.learn.adapter.part.Product;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/**
 * W + U for a weight of 16-bit elements and an update of two factors, several times as fast as in
 * double precision and with the same bytes: an element is computed in single precision, with a
 * bound of its error e, and is settled if s - e and s + e round to the same number of the type. The
 * others, about one in 5,000, are computed in double precision.
 */
final class SixteenBitRows {
  private static final int SUMMED = 256; // rows whose squares are added up in single precision

  /** Beyond, floats of factors would lose small numbers that matter: r 2^-150 2^25 << least. */
  private static final double LARGEST_FACTOR = 0x1p25;

  private static final double LEAST_SQUARES = 0x1p-80; // below, squares of floats may vanish

  /**
   * What differs between the types.
   *
   * @param least more than half the distance of neighbours among the small numbers that the type
   *     holds with fewer bits: added to the error, it leaves none of those settled
   * @param mostSquares below, no element can be beyond the type
   */
  private record Format(ElementType type, float splitter, float least, double mostSquares) {
    static final Format BFLOAT16 = new Format(ElementType.BF16, 65537, 0x1p-118f, 0x1p100);
    static final Format FLOAT16 = new Format(ElementType.F16, 8193, 0x1.01p-26f, 0x1p29);

    static Format of(ElementType type) {
      return type == ElementType.BF16 ? BFLOAT16 : FLOAT16;
    }
  }

  private final Format format;
  private final Product.Scaled update;
  private final int rank; // to a multiple of four, with zeros
  private final float[][][] right; // by piece and row
  private final float[][] columnNorms; // by piece
  private final float[] rowBounds; // times a column's norm the most that an element may be wrong
  private final ThreadLocal<Planes> planes;

  private SixteenBitRows(ElementType type, Product.Scaled update) {
    this.format = Format.of(type);
    this.update = update;
    planes = ThreadLocal.withInitial(() -> new Planes(type));
    rank = (update.rank() + 3) / 4 * 4;
    int pieces = (update.width() + Planes.PIECE - 1) / Planes.PIECE;
    right = new float[pieces][rank][];
    columnNorms = new float[pieces][];
    for (int piece = 0; piece < pieces; piece++) {
      fill(piece, Math.min(Planes.PIECE, update.width() - piece * Planes.PIECE));
    }
    rowBounds = new float[update.rows()];
    // Both factors and their products rounded, and r - 1 sums: Higham 2002, (3.5), by Cauchy and
    // Schwarz. The same in double precision is 2^-29 of it, and in the 1 %.
    double roundings = (update.rank() + 5) * 0x1p-24 * 1.01;
    for (int i = 0; i < rowBounds.length; i++) {
      double squares = 0;
      for (int k = 0; k < update.rank(); k++) {
        squares += update.left(i, k) * update.left(i, k);
      }
      rowBounds[i] = Math.nextUp((float) (roundings * Math.sqrt(squares)));
    }
  }

  private void fill(int piece, int length) {
    double[] squares = new double[length];
    for (int k = 0; k < rank; k++) {
      right[piece][k] = new float[length];
      for (int j = 0; j < length && k < update.rank(); j++) {
        double value = update.right(k, piece * Planes.PIECE + Planes.place(j, length));
        right[piece][k][j] = (float) value;
        squares[j] += value * value;
      }
    }
    columnNorms[piece] = new float[length];
    for (int j = 0; j < length; j++) {
      columnNorms[piece][j] = Math.nextUp((float) Math.sqrt(squares[j]));
    }
  }

  /** Whether such a weight and update can be computed so. */
  static boolean suits(ElementType type, Product.Scaled update) {
    if (type != ElementType.BF16 && type != ElementType.F16 || update.width() % 2 != 0) {
      return false;
    }
    for (int k = 0; k < update.rank(); k++) {
      for (int i = 0; i < update.rows(); i++) {
        if (!(Math.abs(update.left(i, k)) <= LARGEST_FACTOR)) {
          return false;
        }
      }
      for (int j = 0; j < update.width(); j++) {
        if (!(Math.abs(update.right(k, j)) <= LARGEST_FACTOR)) {
          return false;
        }
      }
    }
    return true;
  }

  static SixteenBitRows of(ElementType type, Product.Scaled update) {
    return new SixteenBitRows(type, update);
  }

  /**
   * Merges rows in place.
   *
   * @param rows little-endian, from its position to its limit
   * @param sums is given the squares of base, update and rounding, and the largest rounding, to
   *     some five digits
   * @return false if they must be computed in double precision, being too large, too small or not
   *     finite; their bytes are lost then
   */
  boolean merge(int first, int count, ByteBuffer rows, double[] sums) {
    Planes own = planes.get();
    own.start(update, first, count, rank);
    IntBuffer pairs = rows.slice().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    for (int piece = 0; piece < right.length; piece++) {
      own.resize(columnNorms[piece].length);
      for (int i = 0; i < count; i++) {
        int at = (i * update.width() + piece * Planes.PIECE) / 2;
        own.read(pairs, at);
        own.multiply(i, right[piece]);
        own.round(columnNorms[piece], rowBounds[first + i], format.splitter, format.least);
        settle(own, first + i, piece);
        own.measure();
        own.write(pairs, at);
        if (i % SUMMED == SUMMED - 1) {
          own.sumUp();
        }
      }
      own.sumUp();
    }
    System.arraycopy(own.sums(), 0, sums, 0, 4);
    return isWithin(sums[0]) && isWithin(sums[1]) && Double.isFinite(sums[2]);
  }

  private boolean isWithin(double squares) {
    return squares >= LEAST_SQUARES && squares < format.mostSquares;
  }

  /** Computes in double precision what is in doubt. */
  private void settle(Planes own, int row, int piece) {
    int length = columnNorms[piece].length;
    for (int j = own.doubtful(0); j >= 0; j = own.doubtful(j + 1)) {
      int column = piece * Planes.PIECE + Planes.place(j, length);
      own.settle(j, update.plus(own.base(j), row, column));
    }
  }
}
