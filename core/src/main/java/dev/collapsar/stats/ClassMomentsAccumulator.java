package dev.collapsar.stats;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Collects {@link ClassMoments} in one pass over batches of any size.
 *
 * <p>Every class is shifted by a pivot p_k, its first sample (or the mean of the first part merged
 * into it): with d = x - p the state is the count n, the sum s of d and the sum q of ||d||^2, so
 * that the mean is p + s/n and the squared deviation q - ||s||^2/n. The distance of the class from
 * the origin thus costs no digits, however collapsed it is. The pivot being a sample of the class,
 * q is about twice the squared deviation, and at most n+1 times if that sample alone made up the
 * spread. The scatter is shifted alike.
 */
public final class ClassMomentsAccumulator implements Accumulator<LabeledBatch, ClassMoments> {
  private final int width;
  private final long[] counts; // (K)
  private final double[][] pivots; // (K,D), null for a class not yet seen
  private final double[][] sums; // (K,D), likewise
  private final double[] squares; // (K)
  private final Blas blas;
  private final GramSum scatter;
  private final double[][] rows;
  private final double[] spread;

  /** Counts, means and squared deviations of K classes of features of width D. */
  public ClassMomentsAccumulator(int classes, int width) {
    this(classes, width, null);
  }

  /** The pooled scatter besides, if {@code blas} is not null: N D^2 operations more. */
  public ClassMomentsAccumulator(int classes, int width, Blas blas) {
    if (classes < 1 || width < 1) {
      throw new IllegalArgumentException(
          "classes and width must be positive, got %s and %s".formatted(classes, width));
    }
    this.width = width;
    this.blas = blas;
    counts = new long[classes];
    pivots = new double[classes][];
    sums = new double[classes][];
    squares = new double[classes];
    rows = new double[4][width];
    spread = new double[width];
    scatter = blas == null ? null : new GramSum(blas, width);
  }

  /**
   * {@inheritDoc}
   *
   * @throws InvalidInputException naming the row, if its label is not in 0..K-1 or one of its
   *     features is not finite
   */
  @Override
  public void add(LabeledBatch batch) {
    BatchRows.requireWidth(batch, width);
    long[] order = BatchRows.byClass(batch, counts.length);
    BatchRows.fetch(batch);
    for (int from = 0; from < order.length; ) {
      int label = (int) (order[from] >> Integer.SIZE);
      int to = from + 1;
      while (to < order.length && order[to] >> Integer.SIZE == label) {
        to++;
      }
      addClass(label, batch, order, from, to);
      if (!Double.isFinite(squares[label])) {
        throw BatchRows.notFinite(batch);
      }
      from = to;
    }
  }

  /** Rows of one class, four at a time so that the sums are loaded and stored once for four. */
  private void addClass(int label, LabeledBatch batch, long[] order, int from, int to) {
    if (counts[label] == 0) {
      pivots[label] = new double[width];
      sums[label] = new double[width];
      BatchRows.copy(batch, (int) order[from], pivots[label]);
    }
    counts[label] += to - from;
    Arrays.fill(spread, 0);
    int i = from;
    for (; i + 3 < to; i += 4) {
      for (int r = 0; r < 4; r++) {
        read(batch, (int) order[i + r], pivots[label], rows[r]);
      }
      addSums(sums[label], rows[0], rows[1], rows[2], rows[3]);
      addSquares(spread, rows[0], rows[1], rows[2], rows[3]);
    }
    for (; i < to; i++) {
      read(batch, (int) order[i], pivots[label], rows[0]);
      addSums(sums[label], rows[0]);
      addSquares(spread, rows[0]);
    }
    squares[label] += sum(spread);
  }

  private void read(LabeledBatch batch, int row, double[] pivot, double[] to) {
    BatchRows.subtract(batch, row, pivot, to);
    if (scatter != null) {
      scatter.add(to);
    }
  }

  // Loops of one result over few arrays, all read from their beginning: what the compiler of Java
  // 17
  // turns into vector instructions.

  private static void addSums(double[] sums, double[] a, double[] b, double[] c, double[] d) {
    for (int j = 0; j < sums.length; j++) {
      sums[j] += a[j] + b[j] + (c[j] + d[j]);
    }
  }

  private static void addSums(double[] sums, double[] a) {
    for (int j = 0; j < sums.length; j++) {
      sums[j] += a[j];
    }
  }

  private static void addSquares(double[] squares, double[] a, double[] b, double[] c, double[] d) {
    for (int j = 0; j < squares.length; j++) {
      squares[j] += a[j] * a[j] + b[j] * b[j] + (c[j] * c[j] + d[j] * d[j]);
    }
  }

  private static void addSquares(double[] squares, double[] a) {
    for (int j = 0; j < squares.length; j++) {
      squares[j] += a[j] * a[j];
    }
  }

  private static double sum(double[] values) {
    double even = 0;
    double odd = 0;
    int j = 0;
    for (; j + 1 < values.length; j += 2) {
      even += values[j];
      odd += values[j + 1];
    }
    return even + odd + (j < values.length ? values[j] : 0);
  }

  /** With the part's n, mean m and M2: s += n (m - p) and q += M2 + n ||m - p||^2. */
  @Override
  public void merge(ClassMoments part) {
    if (part.classes() != counts.length || part.width() != width) {
      throw new IllegalArgumentException(
          "moments of %s classes x %s merged into %s x %s"
              .formatted(part.classes(), part.width(), counts.length, width));
    }
    if (scatter != null) {
      scatter.add(
          part.scatter()
              .orElseThrow(
                  () -> new IllegalArgumentException("moments without scatter merged into some")));
    }
    for (int k = 0; k < counts.length; k++) {
      mergeClass(k, part, k);
    }
  }

  /**
   * Merges moments of some of the classes: those of the part are classes[0], classes[1], ... here.
   */
  public void merge(int[] classes, ClassMoments part) {
    if (part.classes() != classes.length || part.width() != width || scatter != null) {
      throw new IllegalArgumentException(
          "moments of %s classes x %s merged into %s of width %s%s"
              .formatted(
                  part.classes(),
                  part.width(),
                  classes.length,
                  width,
                  scatter == null ? "" : " with scatter"));
    }
    for (int i = 0; i < classes.length; i++) {
      mergeClass(classes[i], part, i);
    }
  }

  private void mergeClass(int k, ClassMoments part, int i) {
    if (part.count(i) > 0) {
      mergeClass(k, part.count(i), part.means().row(i), part.squaredDeviations(i));
    }
  }

  private void mergeClass(int k, long count, double[] mean, double squaredDeviations) {
    if (counts[k] == 0) {
      pivots[k] = mean.clone();
      sums[k] = new double[width];
    }
    double[] shift = mean;
    double square = 0;
    for (int j = 0; j < width; j++) {
      shift[j] -= pivots[k][j];
      sums[k][j] += count * shift[j];
      square += shift[j] * shift[j];
      shift[j] *= Math.sqrt(count);
    }
    counts[k] += count;
    squares[k] += squaredDeviations + count * square;
    if (scatter != null) {
      scatter.add(shift);
    }
  }

  /** The classes from {@code from} to before {@code to} that have samples, in ascending order. */
  public int[] seen(int from, int to) {
    return IntStream.range(from, to).filter(k -> counts[k] > 0).toArray();
  }

  @Override
  public ClassMoments snapshot() {
    return snapshot(IntStream.range(0, counts.length).toArray(), withinScatter());
  }

  /** The moments of these classes alone, numbered by their places in the list; no scatter. */
  public ClassMoments snapshot(int... classes) {
    return snapshot(classes, null);
  }

  private ClassMoments snapshot(int[] classes, Matrix within) {
    double[] means = new double[Math.multiplyExact(classes.length, width)];
    double[] deviations = new double[classes.length];
    for (int i = 0; i < classes.length; i++) {
      int k = classes[i];
      int at = i * width;
      if (counts[k] == 0) {
        Arrays.fill(means, at, at + width, Double.NaN);
        continue;
      }
      double shift = 0;
      for (int j = 0; j < width; j++) {
        double s = sums[k][j];
        means[at + j] = pivots[k][j] + s / counts[k];
        shift += s * s;
      }
      deviations[i] = Math.max(0, squares[k] - shift / counts[k]);
    }
    return new ClassMoments(
        IntStream.of(classes).mapToLong(k -> counts[k]).toArray(),
        Matrix.of(classes.length, width, means),
        deviations,
        within);
  }

  /** The scatter around the pivots less the sum over k of s_k s_k^T / n_k. */
  private Matrix withinScatter() {
    if (scatter == null) {
      return null;
    }
    int[] seen = seen(0, counts.length);
    double[] scaled = new double[Math.multiplyExact(seen.length, width)];
    for (int i = 0; i < seen.length; i++) {
      double scale = 1 / Math.sqrt(counts[seen[i]]);
      for (int j = 0; j < width; j++) {
        scaled[i * width + j] = scale * sums[seen[i]][j];
      }
    }
    Matrix shifts = blas.columnGram(Matrix.of(seen.length, width, scaled));
    double[] within = scatter.sum().toArray();
    for (int i = 0; i < within.length; i++) {
      within[i] -= shifts.at(i);
    }
    return Matrix.of(width, width, within);
  }

  @Override
  public void close() {
    if (scatter != null) {
      scatter.close();
    }
  }
}
