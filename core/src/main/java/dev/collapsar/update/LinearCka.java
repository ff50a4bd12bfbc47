package dev.collapsar.update;

import dev.collapsar.InvalidInputException;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import java.util.OptionalDouble;

/**
 * How alike two representations X (n,p) and Y (n,q) of the same samples are: linear centred kernel
 * alignment from the unbiased estimator of HSIC, which is 0 in the mean over permutations of the
 * samples, however wide the representations are (the biased one tends to 1 with the width).
 *
 * <p>With columns centred, a_i = ||x_i||^2 and b_i = ||y_i||^2:
 *
 * <pre>h(X,Y) = (||X^T Y||_F^2 - a.b + sum a sum b / ((n-1)(n-2)) - 2 a.b / (n-2)) / (n (n-3))
 * CKA = h(X,Y) / sqrt(h(X,X) h(Y,Y)), in [-1, 1]</pre>
 *
 * <p>Song et al. 2012; Nguyen, Raghu, Kornblith 2021. It needs sums over samples alone, p q + p^2 +
 * q^2 of them. One pass for the means, one for {@link #add}.
 */
public final class LinearCka {
  private final double[] meansX; // (p)
  private final double[] meansY; // (q)
  private final Blas blas;
  private final double[] cross; // X^T Y (p,q)
  private final double[] gramX; // X^T X (p,p)
  private final double[] gramY; // Y^T Y (q,q)
  private long count;
  private double sumA;
  private double sumB;
  private double sumAB;
  private double sumAA;
  private double sumBB;

  /**
   * Sums around these means, which are those of all samples.
   *
   * @param meansX (p)
   * @param meansY (q)
   */
  public LinearCka(double[] meansX, double[] meansY, Blas blas) {
    this.meansX = meansX.clone();
    this.meansY = meansY.clone();
    this.blas = blas;
    cross = new double[Math.multiplyExact(meansX.length, meansY.length)];
    gramX = new double[Math.multiplyExact(meansX.length, meansX.length)];
    gramY = new double[Math.multiplyExact(meansY.length, meansY.length)];
  }

  /**
   * The CKA of all rows of two matrices.
   *
   * @throws InvalidInputException if they have not the same number of rows
   */
  public static OptionalDouble of(Matrix x, Matrix y, Blas blas) {
    LinearCka cka = new LinearCka(columnMeans(x), columnMeans(y), blas);
    cka.add(x, y);
    return cka.value();
  }

  /**
   * Adds some samples, the same ones in both.
   *
   * @param x (m,p)
   * @param y (m,q)
   * @throws InvalidInputException if the rows are not as many
   */
  public void add(Matrix x, Matrix y) {
    if (x.rows() != y.rows() || x.columns() != meansX.length || y.columns() != meansY.length) {
      throw new InvalidInputException(
          "rows must be of the same samples and of widths %s and %s, got %s and %s"
              .formatted(meansX.length, meansY.length, x, y));
    }
    Matrix tx = centredTransposed(x, meansX);
    Matrix ty = centredTransposed(y, meansY);
    add(cross, blas.timesTransposed(tx, ty));
    add(gramX, blas.timesTransposed(tx, tx));
    add(gramY, blas.timesTransposed(ty, ty));
    double[] a = squares(tx);
    double[] b = squares(ty);
    for (int i = 0; i < a.length; i++) {
      sumA += a[i];
      sumB += b[i];
      sumAB += a[i] * b[i];
      sumAA += a[i] * a[i];
      sumBB += b[i] * b[i];
    }
    count += a.length;
  }

  /** The CKA; empty for fewer than 4 samples or where h(X,X) or h(Y,Y) is not positive. */
  public OptionalDouble value() {
    if (count < 4) {
      return OptionalDouble.empty();
    }
    double xx = independence(gramX, sumAA, sumA, sumA);
    double yy = independence(gramY, sumBB, sumB, sumB);
    return xx > 0 && yy > 0
        ? OptionalDouble.of(independence(cross, sumAB, sumA, sumB) / Math.sqrt(xx * yy))
        : OptionalDouble.empty();
  }

  private double independence(double[] products, double pairs, double a, double b) {
    double square = 0;
    for (double product : products) {
      square += product * product;
    }
    double n = count;
    return (square - pairs + a * b / ((n - 1) * (n - 2)) - 2 * pairs / (n - 2)) / (n * (n - 3));
  }

  private static double[] columnMeans(Matrix rows) {
    double[] means = new double[rows.columns()];
    for (int i = 0; i < rows.length(); i++) {
      means[i % means.length] += rows.at(i);
    }
    for (int j = 0; j < means.length; j++) {
      means[j] /= rows.rows();
    }
    return means;
  }

  private static Matrix centredTransposed(Matrix rows, double[] means) {
    double[] values = new double[rows.length()];
    for (int i = 0; i < rows.rows(); i++) {
      for (int j = 0; j < means.length; j++) {
        values[j * rows.rows() + i] = rows.at(i * means.length + j) - means[j];
      }
    }
    return Matrix.of(means.length, rows.rows(), values);
  }

  private static double[] squares(Matrix transposed) {
    double[] squares = new double[transposed.columns()];
    for (int i = 0; i < transposed.length(); i++) {
      squares[i % squares.length] += transposed.at(i) * transposed.at(i);
    }
    return squares;
  }

  private static void add(double[] sum, Matrix part) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += part.at(i);
    }
  }
}
