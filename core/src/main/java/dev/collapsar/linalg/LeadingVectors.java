package dev.collapsar.linalg;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The first left singular vectors of a large matrix A (m,n), each with a bound of its error that
 * holds without doubt; a fraction of what all of them take.
 *
 * <p>They are Ritz vectors u_i of A A^T, with values t_i and residuals r_i, in a Krylov space of a
 * block of random vectors. That no other is as large is shown by Cholesky's decomposition of c I -
 * (A A^T - sum t_i u_i u_i^T), which exists only if all other eigenvalues are below c. By Weyl the
 * eigenvalues of A A^T are then within ||r||_F of the t_i, or below c + ||r||_F, so that each has a
 * gap g_i to the others, and the angle to the true vector has a sine of at most r_i / g_i (Davis
 * and Kahan 1970).
 *
 * @param squares t_i, the squares of the singular values, descending; (t)
 * @param vectors row i the vector of {@code squares[i]}, of length 1; (t,m)
 * @param errors the largest sine of the angle between row i and the true vector; infinite where
 *     neighbours are too close to tell; (t)
 */
public record LeadingVectors(double[] squares, Matrix vectors, double[] errors) {
  private static final int SPARE = 6; // vectors of a block beyond those wanted
  private static final int BLOCKS = 4; // between two looks at what has been found
  private static final double GOOD = 1e-7;
  private static final double BARELY = 0.1; // a sine beyond which an error says nothing

  /** Blocks of a shorter side that are worth a try; below, all vectors take little more. */
  private static final int LEAST_BLOCKS = 6;

  /**
   * At least {@code wanted} of them. Empty if the matrix is too small for that to be quicker, or
   * too few can be told from their neighbours.
   *
   * @param wanted 1 or more
   */
  public static Optional<LeadingVectors> of(Matrix a, int wanted, Blas blas) {
    int block = wanted + SPARE;
    int most = Math.min(a.rows(), a.columns()) / 3;
    if (most < LEAST_BLOCKS * block) {
      return Optional.empty();
    }
    try (GramProduct gram = new GramProduct(a, blas)) {
      Space space = new Space(blas, Math.max(a.rows(), a.columns()));
      Matrix next = gram.of(random(block, a.rows()));
      LeadingVectors found = null;
      while (space.size() + block <= most) {
        Optional<Matrix> fresh = space.orthonormal(next);
        if (fresh.isEmpty()) {
          return Optional.empty(); // of low rank, or zero
        }
        next = gram.of(fresh.get());
        space.add(fresh.get(), next);
        if (space.blocks() % BLOCKS == 0 || space.size() + 2 * block > most) {
          found = space.found(wanted, block);
          if (Arrays.stream(found.errors, 0, wanted).max().orElseThrow() <= GOOD) {
            break;
          }
        }
      }
      return found != null
              && Arrays.stream(found.errors).min().orElseThrow() < BARELY
              && found.isComplete(a, blas)
          ? Optional.of(found.cut())
          : Optional.empty();
    }
  }

  private static Matrix random(int rows, int columns) {
    SplittableRandom random = new SplittableRandom(1);
    double[] values = new double[rows * columns];
    Arrays.setAll(values, i -> random.nextGaussian());
    return Matrix.of(rows, columns, values);
  }

  /** c, halfway between the last that are told from the others and the next. */
  private double ceiling() {
    int last = squares.length - 1;
    return (squares[last - 1] + squares[last]) / 2;
  }

  /** Without the last, which served to find the ceiling. */
  private LeadingVectors cut() {
    int count = squares.length - 1;
    int[] first = new int[count];
    Arrays.setAll(first, i -> i);
    return new LeadingVectors(
        Arrays.copyOf(squares, count), vectors.rows(first), Arrays.copyOf(errors, count));
  }

  /** Whether every other eigenvalue of A A^T is below the ceiling; through the smaller Gram. */
  private boolean isComplete(Matrix a, Blas blas) {
    LeadingVectors own = cut();
    boolean wide = a.rows() <= a.columns();
    Matrix across = wide ? own.vectors : blas.times(own.vectors, a);
    double[] taken = across.toArray();
    for (int i = 0; wide && i < taken.length; i++) {
      taken[i] *= Math.sqrt(own.squares[i / across.columns()]);
    }
    double[] values = blas.columnGram(Matrix.of(across.rows(), across.columns(), taken)).toArray();
    Matrix all = wide ? blas.timesTransposed(a, a) : blas.columnGram(a);
    int size = all.rows();
    for (int i = 0; i < values.length; i++) {
      values[i] -= all.at(i);
    }
    for (int i = 0; i < size; i++) {
      values[i * size + i] += ceiling();
    }
    return blas.whitened(Matrix.zeros(1, size), Matrix.of(size, size, values)).isPresent();
  }

  /** A Krylov space: an orthonormal basis Q in blocks of rows, with what A A^T makes of each. */
  private static final class Space {
    private final Blas blas;
    private final double rounding; // relative, of a residual
    private final List<Matrix> bases = new ArrayList<>();
    private final List<Matrix> images = new ArrayList<>();

    Space(Blas blas, int longest) {
      this.blas = blas;
      rounding = 4 * longest * Math.ulp(1.0);
    }

    int blocks() {
      return bases.size();
    }

    int size() {
      return bases.stream().mapToInt(Matrix::rows).sum();
    }

    void add(Matrix basis, Matrix image) {
      bases.add(basis);
      images.add(image);
    }

    /** The rows made orthonormal to the basis and to each other; empty if they are in its span. */
    Optional<Matrix> orthonormal(Matrix rows) {
      Matrix left = rows;
      for (int again = 0; again < 2; again++) {
        for (Matrix basis : bases) {
          left = left.minus(blas.times(blas.timesTransposed(left, basis), basis));
        }
      }
      double[] all = new double[left.length()];
      double[][] vectors = new double[left.rows()][];
      for (int i = 0; i < vectors.length; i++) {
        vectors[i] = left.row(i);
        double before = Math.sqrt(dot(rows.row(i), rows.row(i)));
        for (int again = 0; again < 2; again++) {
          for (int j = 0; j < i; j++) {
            addMultiple(vectors[i], -dot(vectors[i], vectors[j]), vectors[j]);
          }
        }
        double length = Math.sqrt(dot(vectors[i], vectors[i]));
        if (!(length > rounding * before)) {
          return Optional.empty();
        }
        for (int d = 0; d < vectors[i].length; d++) {
          vectors[i][d] /= length;
        }
        System.arraycopy(vectors[i], 0, all, i * left.columns(), left.columns());
      }
      return Optional.of(Matrix.of(left.rows(), left.columns(), all));
    }

    /** What the space tells, {@code wanted} and some more, and behind them the next one's value. */
    LeadingVectors found(int wanted, int block) {
      SymmetricEigen eigen = blas.eigen(inner());
      int size = eigen.values().length;
      int[] largest = new int[block];
      Arrays.setAll(largest, i -> size - 1 - i);
      double[] squares = Arrays.stream(largest).mapToDouble(i -> eigen.values()[i]).toArray();
      Matrix turned = eigen.vectors().rows(largest); // (block,size)
      Matrix vectors = combined(turned, bases);
      Matrix image = combined(turned, images);
      double[] residuals = new double[block];
      for (int i = 0; i < block; i++) {
        double[] rest = image.row(i);
        addMultiple(rest, -squares[i], vectors.row(i));
        residuals[i] = Math.sqrt(dot(rest, rest)) + rounding * squares[0];
      }
      int count = wanted;
      for (int i = wanted; i < block - 1; i++) {
        count = squares[i] - squares[i + 1] > squares[count - 1] - squares[count] ? i + 1 : count;
      }
      int[] first = new int[count + 1];
      Arrays.setAll(first, i -> i);
      return new LeadingVectors(
          Arrays.copyOf(squares, count + 1),
          vectors.rows(first),
          errors(squares, residuals, count));
    }

    private double[] errors(double[] squares, double[] residuals, int count) {
      double together = 0;
      for (int i = 0; i < count; i++) {
        together += residuals[i] * residuals[i];
      }
      together = Math.sqrt(together);
      double ceiling = (squares[count - 1] + squares[count]) / 2;
      double[] errors = new double[count + 1];
      Arrays.fill(errors, Double.POSITIVE_INFINITY);
      for (int i = 0; i < count; i++) {
        double below = squares[i] - (i + 1 < count ? squares[i + 1] : ceiling);
        double above = i == 0 ? Double.POSITIVE_INFINITY : squares[i - 1] - squares[i];
        double gap = Math.min(below, above) - together - rounding * squares[0];
        errors[i] = gap > 0 ? residuals[i] / gap : Double.POSITIVE_INFINITY;
      }
      return errors;
    }

    /** Q A A^T Q^T. */
    private Matrix inner() {
      int size = size();
      double[] lower = new double[size * size];
      int row = 0;
      for (Matrix image : images) {
        int column = 0;
        for (Matrix basis : bases) {
          Matrix part = blas.timesTransposed(image, basis);
          for (int i = 0; i < part.rows(); i++) {
            part.copy(i * part.columns(), lower, (row + i) * size + column, part.columns());
          }
          column += basis.rows();
        }
        row += image.rows();
      }
      return Matrix.symmetric(size, lower);
    }

    private Matrix combined(Matrix weights, List<Matrix> blocks) {
      double[] sum = new double[weights.rows() * blocks.get(0).columns()];
      int from = 0;
      for (Matrix block : blocks) {
        double[] own = new double[weights.rows() * block.rows()];
        for (int i = 0; i < weights.rows(); i++) {
          weights.copy(i * weights.columns() + from, own, i * block.rows(), block.rows());
        }
        Matrix part = blas.times(Matrix.of(weights.rows(), block.rows(), own), block);
        for (int i = 0; i < sum.length; i++) {
          sum[i] += part.at(i);
        }
        from += block.rows();
      }
      return Matrix.of(weights.rows(), blocks.get(0).columns(), sum);
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int d = 0; d < a.length; d++) {
      sum += a[d] * b[d];
    }
    return sum;
  }

  private static void addMultiple(double[] to, double factor, double[] of) {
    for (int d = 0; d < to.length; d++) {
      to[d] += factor * of[d];
    }
  }
}
