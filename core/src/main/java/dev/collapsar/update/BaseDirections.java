package dev.collapsar.update;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.CosineBounds;
import dev.collapsar.linalg.LeadingVectors;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The left singular vectors of a weight W, as far as it takes to tell whether others are like one
 * of them. Of large weights first the leading ones, with bounds of their errors; where those leave
 * a vector open, a bound by Lanczos's iteration; and all of them only where that does too.
 */
final class BaseDirections {
  /** Rows and columns from which on bounds are quicker than all singular vectors. */
  static final int LARGE = 1536;

  /** Beyond, a cosine is given as a bound. */
  static final double EXACT = 1e-6;

  private final Matrix base;
  private final int top;
  private final double threshold;
  private final boolean large;
  private final Blas blas;
  private Optional<LeadingVectors> leading; // null until asked for
  private Matrix all; // (R,m); null until asked for
  private boolean fully; // whether all singular vectors of anything were computed

  /**
   * @param least rows and columns from which on bounds are tried
   */
  BaseDirections(Matrix base, int top, double threshold, int least, Blas blas) {
    this.base = base;
    this.top = top;
    this.threshold = threshold;
    this.large = Math.min(base.rows(), base.columns()) >= least;
    this.blas = blas;
  }

  /** Of the first left singular vectors of a matrix of W's shape. */
  LargestCosines cosines(Matrix updated) {
    if (large) {
      Optional<LeadingVectors> first = LeadingVectors.of(updated, top, blas);
      if (first.isPresent()) {
        Search search = new Search(first.get().vectors(), first.get().errors());
        if (search.decides()) {
          return search.result();
        }
      }
    }
    fully = true;
    Matrix left = SingularVectors.of(updated, blas).left();
    Search search = new Search(left, new double[Math.min(top, left.rows())]);
    search.decides();
    return search.result();
  }

  /** Whether bounds have not sufficed so far. */
  boolean hasSearchedFully() {
    return fully;
  }

  private Matrix all() {
    if (all == null) {
      fully = true;
      all = SingularVectors.of(base, blas).left();
    }
    return all;
  }

  private Optional<LeadingVectors> leading() {
    if (leading == null) {
      leading = LeadingVectors.of(base, top, blas);
    }
    return leading;
  }

  /** What is known so far of the first vectors' largest cosines. */
  private final class Search {
    private final Matrix vectors;
    private final double[] errors; // of the vectors, as distances
    private final double[] values;
    private final boolean[] exact;
    private final boolean[] decided;

    Search(Matrix vectors, double[] sines) {
      int count = Math.min(top, sines.length);
      this.vectors = vectors.rows(IntStream.range(0, count).toArray());
      errors = distances(Arrays.copyOf(sines, count));
      values = new double[count];
      exact = new boolean[count];
      decided = new boolean[count];
    }

    /**
     * Vectors of length 1 at an angle t &lt;= 90 degrees are 2 sin(t/2) &lt;= sqrt 2 sin t apart.
     */
    private static double[] distances(double[] sines) {
      return Arrays.stream(sines).map(sine -> Math.sqrt(2) * sine).toArray();
    }

    LargestCosines result() {
      return new LargestCosines(values, exact);
    }

    boolean decides() {
      if (large && all == null) {
        leading().ifPresent(this::compare);
        bound();
      }
      if (open().length > 0) {
        compareAll();
      }
      return open().length == 0;
    }

    private int[] open() {
      return IntStream.range(0, decided.length).filter(j -> !decided[j]).toArray();
    }

    /** With some of W's, whose errors are known, and what they leave of each vector. */
    private void compare(LeadingVectors some) {
      Matrix products = blas.timesTransposed(vectors, some.vectors());
      double[] theirs = distances(some.errors());
      for (int j = 0; j < values.length; j++) {
        double best = 0;
        double least = 0;
        double most = 0;
        double error = 0;
        double left = 1;
        for (int i = 0; i < products.columns(); i++) {
          double cosine = Math.abs(products.get(j, i));
          double own = errors[j] + theirs[i];
          if (cosine > best) {
            best = cosine;
            error = own;
          }
          least = Math.max(least, cosine - own);
          most = Math.max(most, cosine + own);
          left -= Math.pow(Math.max(0, cosine - own), 2);
        }
        double others = Math.sqrt(Math.max(0, left)); // no other |cosine| is larger
        decided[j] = least >= threshold || Math.max(most, others) < threshold;
        exact[j] = decided[j] && error <= EXACT && others <= best;
        values[j] = exact[j] ? best : least >= threshold ? least : Math.max(most, others);
      }
    }

    private void bound() {
      int[] open = open();
      double enough = threshold - Arrays.stream(open).mapToDouble(j -> errors[j]).max().orElse(0);
      if (open.length == 0 || !(enough > 0)) {
        return;
      }
      double[] bounds = CosineBounds.of(base, vectors.rows(open), enough, blas);
      for (int i = 0; i < open.length; i++) {
        int j = open[i];
        values[j] = bounds[i] + errors[j];
        decided[j] = bounds[i] < enough;
      }
    }

    private void compareAll() {
      int[] open = open();
      Matrix products = blas.timesTransposed(vectors.rows(open), all());
      for (int i = 0; i < open.length; i++) {
        int j = open[i];
        values[j] = Arrays.stream(products.row(i)).map(Math::abs).max().orElse(0);
        exact[j] = errors[j] <= EXACT;
        decided[j] = exact[j] || Math.abs(values[j] - threshold) > errors[j];
      }
    }
  }
}
