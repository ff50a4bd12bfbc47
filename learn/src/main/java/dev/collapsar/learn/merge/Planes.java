package dev.collapsar.learn.merge;

import dev.collapsar.data.ElementType;
import dev.collapsar.data.Rounding;
import dev.collapsar.learn.adapter.part.Product;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * A piece of a row of 16-bit elements while it is merged, in one thread's arrays. All even elements
 * come first, then all odd ones, so that two come out of one int by shifts alone; all loops are
 * such as become vector instructions.
 */
final class Planes {
  /** Elements of a piece at most; with the factor's rows in a core's first cache. */
  static final int PIECE = 512;

  private static final int SIGN = 0x80000000;

  private final ElementType type;
  private final double[] one = new double[1];
  private final ByteBuffer element = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
  private final short[] settled = new short[PIECE];
  private final int[] places = new int[PIECE];
  private final IntBuffer asInts;
  private final FloatBuffer asFloats; // the same bits
  private final double[] sums = new double[4];
  private float[] left = new float[0]; // (count, rank)
  private int settledCount;
  private int rank;
  private int length;
  private int[] halves;
  private int[] even; // as bits
  private int[] odd;
  private float[] base;
  private float[] added;
  private float[] low;
  private float[] high;
  private float[] baseSquares;
  private float[] addedSquares;
  private float[] lostSquares;
  private float[] mostLost;

  Planes(ElementType type) {
    this.type = type;
    ByteBuffer bytes = ByteBuffer.allocateDirect(PIECE * 4).order(ByteOrder.nativeOrder());
    asInts = bytes.asIntBuffer();
    asFloats = bytes.asFloatBuffer();
  }

  void start(Product.Scaled update, int first, int count, int paddedRank) {
    rank = paddedRank;
    left = left.length == count * rank ? left : new float[count * rank];
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < rank; k++) {
        left[i * rank + k] = k < update.rank() ? (float) update.left(first + i, k) : 0;
      }
    }
    Arrays.fill(sums, 0);
  }

  void resize(int wanted) {
    if (length == wanted) {
      return;
    }
    length = wanted;
    halves = new int[length / 2];
    even = new int[length / 2];
    odd = new int[length / 2];
    base = new float[length];
    added = new float[length];
    low = new float[length];
    high = new float[length];
    baseSquares = new float[length];
    addedSquares = new float[length];
    lostSquares = new float[length];
    mostLost = new float[length];
  }

  /** Where in a piece of that length the element stands that is held at j. */
  static int place(int j, int length) {
    return j < length / 2 ? 2 * j : 2 * j - length + 1;
  }

  void read(IntBuffer pairs, int at) {
    pairs.get(at, halves);
    if (type == ElementType.BF16) {
      splitBfloat16(halves, even, odd);
    } else {
      splitFloat16(halves, even, odd);
    }
    asInts.put(0, even);
    asInts.put(length / 2, odd);
    asFloats.get(0, base, 0, length);
    if (type == ElementType.F16) {
      widen(base);
    }
  }

  private static void splitBfloat16(int[] halves, int[] even, int[] odd) {
    for (int j = 0; j < halves.length; j++) {
      even[j] = halves[j] << 16;
      odd[j] = halves[j] & 0xffff0000;
    }
  }

  private static void splitFloat16(int[] halves, int[] even, int[] odd) {
    for (int j = 0; j < halves.length; j++) {
      even[j] = (halves[j] & 0x8000) << 16 | (halves[j] & 0x7fff) << 13;
      odd[j] = halves[j] & SIGN | (halves[j] >>> 16 & 0x7fff) << 13;
    }
  }

  /** Shifts the exponents, as {@link ElementType} does: right for the smallest numbers too. */
  private static void widen(float[] base) {
    for (int j = 0; j < base.length; j++) {
      base[j] *= 0x1p112f;
    }
  }

  void multiply(int row, float[][] factor) {
    for (int k = 0; k < rank; k += 4) {
      int at = row * rank + k;
      if (k == 0) {
        setFour(added, left, at, factor[k], factor[k + 1], factor[k + 2], factor[k + 3]);
      } else {
        addFour(added, left, at, factor[k], factor[k + 1], factor[k + 2], factor[k + 3]);
      }
    }
  }

  private static void setFour(
      float[] sums, float[] left, int at, float[] r0, float[] r1, float[] r2, float[] r3) {
    float c0 = left[at];
    float c1 = left[at + 1];
    float c2 = left[at + 2];
    float c3 = left[at + 3];
    for (int j = 0; j < r0.length; j++) {
      sums[j] = c0 * r0[j] + c1 * r1[j] + (c2 * r2[j] + c3 * r3[j]);
    }
  }

  private static void addFour(
      float[] sums, float[] left, int at, float[] r0, float[] r1, float[] r2, float[] r3) {
    float c0 = left[at];
    float c1 = left[at + 1];
    float c2 = left[at + 2];
    float c3 = left[at + 3];
    for (int j = 0; j < r0.length; j++) {
      sums[j] += c0 * r0[j] + c1 * r1[j] + (c2 * r2[j] + c3 * r3[j]);
    }
  }

  /**
   * Rounds s = W + U less and plus its error e = bound * norm + 4 units of s + least. Those units
   * hold the rounding of s, of both ends, and what is left out here.
   *
   * @param splitter 2^q + 1 where floats have q more bits than the type: with c = splitter * x, c -
   *     (c - x) is x rounded to the type's bits (Veltkamp; Boldo 2006)
   */
  void round(float[] norms, float bound, float splitter, float least) {
    settledCount = 0;
    round(base, added, norms, bound, splitter, least, low, high);
  }

  private static void round(
      float[] base,
      float[] added,
      float[] norms,
      float bound,
      float splitter,
      float least,
      float[] low,
      float[] high) {
    for (int j = 0; j < base.length; j++) {
      float s = base[j] + added[j];
      float e = bound * norms[j] + Math.abs(s) * 0x1p-22f + least;
      float below = s - e;
      float above = s + e;
      float c = splitter * below;
      float d = splitter * above;
      low[j] = c - (c - below);
      high[j] = d - (d - above);
    }
  }

  /** The first element from there on that e leaves in doubt; -1 if there is none. */
  int doubtful(int from) {
    int same = Arrays.mismatch(low, from, length, high, from, length);
    return same < 0 ? -1 : from + same;
  }

  float base(int j) {
    return base[j];
  }

  /** Sets an element that was in doubt to what it must come to before rounding. */
  void settle(int j, double exact) {
    one[0] = exact;
    element.clear();
    Rounding.put(type, one, 0, 1, element);
    places[settledCount] = j;
    settled[settledCount++] = element.getShort(0);
    low[j] = (float) Rounding.read(type, element.flip(), 1)[0];
  }

  /** Adds up squares of base, update and rounding, and keeps the largest rounding. */
  void measure() {
    lose(base, added, low, high, lostSquares);
    addSquares(base, baseSquares, length);
    addSquares(added, addedSquares, length);
    keepLargest(high, mostLost, length);
  }

  private static void lose(
      float[] base, float[] added, float[] stored, float[] lost, float[] squares) {
    for (int j = 0; j < base.length; j++) {
      float one = stored[j] - base[j] - added[j];
      lost[j] = one;
      squares[j] += one * one;
    }
  }

  private static void addSquares(float[] values, float[] sums, int count) {
    for (int j = 0; j < count; j++) {
      sums[j] += values[j] * values[j];
    }
  }

  /** A maximum without {@link Math#max}, whose zeros of either sign take three times as long. */
  private static void keepLargest(float[] values, float[] most, int count) {
    for (int j = 0; j < count; j++) {
      float more = Math.abs(values[j]) - most[j];
      most[j] += .5f * (more + Math.abs(more));
    }
  }

  /** The sums of all rows since {@link #start}. */
  double[] sums() {
    return sums.clone();
  }

  void sumUp() {
    for (int j = 0; j < length; j++) {
      sums[0] += baseSquares[j];
      sums[1] += addedSquares[j];
      sums[2] += lostSquares[j];
      sums[3] = Math.max(sums[3], mostLost[j]);
    }
    Arrays.fill(baseSquares, 0);
    Arrays.fill(addedSquares, 0);
    Arrays.fill(lostSquares, 0);
    Arrays.fill(mostLost, 0);
  }

  void write(IntBuffer pairs, int at) {
    asFloats.put(0, low, 0, length);
    asInts.get(0, even);
    asInts.get(length / 2, odd);
    if (type == ElementType.BF16) {
      joinBfloat16(even, odd, halves);
    } else {
      joinFloat16(even, odd, halves);
    }
    for (int k = 0; k < settledCount; k++) {
      int j = places[k] % (length / 2);
      halves[j] =
          places[k] == j
              ? halves[j] & 0xffff0000 | settled[k] & 0xffff
              : halves[j] & 0xffff | settled[k] << 16;
    }
    pairs.put(at, halves);
  }

  private static void joinBfloat16(int[] even, int[] odd, int[] halves) {
    for (int j = 0; j < halves.length; j++) {
      halves[j] = even[j] >>> 16 | odd[j] & 0xffff0000;
    }
  }

  private static void joinFloat16(int[] even, int[] odd, int[] halves) {
    for (int j = 0; j < halves.length; j++) {
      halves[j] = even[j] >>> 16 & 0x8000 | (even[j] & ~SIGN) - 0x38000000 >>> 13 & 0x7fff;
    }
    for (int j = 0; j < halves.length; j++) {
      halves[j] |= odd[j] & SIGN | ((odd[j] & ~SIGN) - 0x38000000 >>> 13 & 0x7fff) << 16;
    }
  }
}
