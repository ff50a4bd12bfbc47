package dev.collapsar.metric;

import dev.collapsar.calibration.NullSample;
import dev.collapsar.linalg.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Uniformly drawn r-dimensional subspaces of D dimensions, as a q-dimensional span sees them: the
 * null of {@link Overlap}. Since they are uniform, that span may be that of the first q axes; so
 * one sample serves every set of vectors with the same q.
 *
 * <p>In the mean the projection is r/D and |cos| is Gamma(D/2) / (sqrt(pi) Gamma((D+1)/2)), about
 * sqrt(2 / (pi D)).
 */
public final class RandomSubspaces {
  private final List<Matrix> seen; // each (r,q)

  private RandomSubspaces(List<Matrix> seen) {
    this.seen = seen;
  }

  /**
   * @param r in 1..width
   * @param span q, in 1..width
   */
  public static RandomSubspaces draw(
      int r, int width, int span, int draws, SplittableRandom random) {
    if (r < 1 || r > width || span < 1 || span > width) {
      throw new IllegalArgumentException(
          "subspaces of %d dimensions seen by %d do not fit into %d".formatted(r, span, width));
    }
    List<Matrix> seen = new ArrayList<>();
    for (int i = 0; i < draws; i++) {
      seen.add(first(orthonormal(r, width, random), span));
    }
    return new RandomSubspaces(List.copyOf(seen));
  }

  /** Gaussian rows, made orthonormal in turn (twice, which is enough for rounding). */
  private static double[][] orthonormal(int r, int width, SplittableRandom random) {
    double[][] rows = new double[r][width];
    for (int j = 0; j < r; j++) {
      for (int d = 0; d < width; d++) {
        rows[j][d] = random.nextGaussian();
      }
      for (int again = 0; again < 2; again++) {
        for (int i = 0; i < j; i++) {
          addMultiple(rows[j], -dot(rows[i], rows[j]), rows[i]);
        }
      }
      double length = Math.sqrt(dot(rows[j], rows[j]));
      for (int d = 0; d < width; d++) {
        rows[j][d] /= length;
      }
    }
    return rows;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int d = 0; d < a.length; d++) {
      sum += a[d] * b[d];
    }
    return sum;
  }

  private static void addMultiple(double[] to, double factor, double[] row) {
    for (int d = 0; d < to.length; d++) {
      to[d] += factor * row[d];
    }
  }

  private static Matrix first(double[][] rows, int columns) {
    double[] values = new double[rows.length * columns];
    for (int j = 0; j < rows.length; j++) {
      System.arraycopy(rows[j], 0, values, j * columns, columns);
    }
    return Matrix.of(rows.length, columns, values);
  }

  /** The statistic of these subspaces against these vectors, whose rank must be q. */
  public NullSample sample(ClassDirections vectors, Overlap.Statistic statistic) {
    return new NullSample(
        "random subspaces",
        seen.stream().mapToDouble(s -> statistic.of(vectors.ofCoordinates(s))).toArray());
  }
}
