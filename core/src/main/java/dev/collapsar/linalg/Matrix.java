package dev.collapsar.linalg;

import java.util.Arrays;
import java.util.Objects;
import java.util.stream.DoubleStream;

/**
 * A dense matrix of doubles, row-major. Its shape never changes; its values belong to whoever made
 * it and are not written to once it has been handed on.
 */
public final class Matrix {
  private final int rows;
  private final int columns;
  private final double[] values;

  private Matrix(int rows, int columns, double[] values) {
    if (rows < 0 || columns < 0 || (long) rows * columns != values.length) {
      throw new IllegalArgumentException(
          "a %s x %s matrix needs %s values, got %s"
              .formatted(rows, columns, (long) rows * columns, values.length));
    }
    this.rows = rows;
    this.columns = columns;
    this.values = values;
  }

  /** A matrix over these values, row-major; the array is kept, not copied. */
  public static Matrix of(int rows, int columns, double... values) {
    return new Matrix(rows, columns, Objects.requireNonNull(values));
  }

  /** A matrix of these single precision values, row-major; they are copied. */
  public static Matrix of(int rows, int columns, float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return new Matrix(rows, columns, wide);
  }

  /** A matrix of zeros. */
  public static Matrix zeros(int rows, int columns) {
    return new Matrix(rows, columns, new double[Math.multiplyExact(rows, columns)]);
  }

  /** The symmetric matrix (n,n) with this lower triangle; the array is kept and filled up. */
  static Matrix symmetric(int n, double[] lower) {
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        lower[j * n + i] = lower[i * n + j];
      }
    }
    return new Matrix(n, n, lower);
  }

  static void requireConform(boolean conform, Matrix a, Matrix b) {
    if (!conform) {
      throw new IllegalArgumentException("shapes do not conform: " + a + ", " + b);
    }
  }

  /** Square, and finite in the lower triangle. */
  static void requireSymmetric(Matrix matrix) {
    if (matrix.rows != matrix.columns) {
      throw new IllegalArgumentException("a symmetric matrix is square, got " + matrix);
    }
    for (int i = 0; i < matrix.rows; i++) {
      for (int j = 0; j <= i; j++) {
        if (!Double.isFinite(matrix.get(i, j))) {
          throw new IllegalArgumentException(
              "%s holds %s at (%s,%s)".formatted(matrix, matrix.get(i, j), i, j));
        }
      }
    }
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns;
  }

  public double get(int row, int column) {
    Objects.checkIndex(column, columns);
    return values[Objects.checkIndex(row, rows) * columns + column];
  }

  /** A copy of one row. */
  public double[] row(int row) {
    int start = Objects.checkIndex(row, rows) * columns;
    return Arrays.copyOfRange(values, start, start + columns);
  }

  /** The value at this place of the row-major order: row i, column j stand at i * columns + j. */
  public double at(int index) {
    return values[index];
  }

  /** How many values there are: rows times columns. */
  public int length() {
    return values.length;
  }

  /** A copy of the values, row-major. */
  public double[] toArray() {
    return values.clone();
  }

  /** The values in row-major order. */
  public DoubleStream stream() {
    return Arrays.stream(values);
  }

  /** Copies {@code count} values from a place of the row-major order on. */
  public void copy(int from, double[] to, int at, int count) {
    System.arraycopy(values, from, to, at, count);
  }

  /** The rows less their mean: x_i - (1/n) sum_j x_j, of the same shape. */
  public Matrix centred() {
    double[] centred = values.clone();
    for (int j = 0; j < columns; j++) {
      double sum = 0;
      for (int i = 0; i < rows; i++) {
        sum += centred[i * columns + j];
      }
      for (int i = 0; i < rows; i++) {
        centred[i * columns + j] -= sum / rows;
      }
    }
    return new Matrix(rows, columns, centred);
  }

  /**
   * The inner product of two matrices of one shape, sum_ij a_ij b_ij.
   *
   * @throws IllegalArgumentException if their shapes differ
   */
  public double dot(Matrix other) {
    requireConform(rows == other.rows && columns == other.columns, this, other);
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += values[i] * other.values[i];
    }
    return sum;
  }

  /**
   * The difference A - B.
   *
   * @throws IllegalArgumentException if their shapes differ
   */
  public Matrix minus(Matrix other) {
    requireConform(rows == other.rows && columns == other.columns, this, other);
    double[] difference = new double[values.length];
    Arrays.setAll(difference, i -> values[i] - other.values[i]);
    return new Matrix(rows, columns, difference);
  }

  /** The Frobenius norm, the root of the sum of squares. */
  public double norm() {
    return Math.sqrt(dot(this));
  }

  /** The values themselves, for the products of this room, which only read them. */
  double[] array() {
    return values;
  }

  /** The rows with these indices, in this order. */
  public Matrix rows(int... indices) {
    Matrix picked = zeros(indices.length, columns);
    for (int i = 0; i < indices.length; i++) {
      System.arraycopy(
          values,
          Objects.checkIndex(indices[i], rows) * columns,
          picked.values,
          i * columns,
          columns);
    }
    return picked;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Matrix that
        && rows == that.rows
        && columns == that.columns
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values) * 31 + columns;
  }

  @Override
  public String toString() {
    return "Matrix %s x %s".formatted(rows, columns);
  }
}
