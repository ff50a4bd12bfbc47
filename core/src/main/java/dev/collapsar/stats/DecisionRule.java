package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.FloatBlock;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;

/**
 * Two frozen ways to decide a sample x among K classes: argmax over k of w_k . x + b_k, and argmin
 * of ||x - mu_k|| over the classes with a mean; equal values go to the lowest class.
 *
 * <p>Both are first taken in single precision around a centre c: with z = x - c and e_k = mu_k - c
 * the nearest mean has the largest z . e_k - ||e_k||^2 / 2, and the linear score is z . w_k + (w_k
 * . c + b_k). The centre is the mean of the class means where that is far from the origin compared
 * with their distances, otherwise zero, and rows are taken as they are. {@link #margin} bounds the
 * error of these scores whatever the order of summation; where others come within twice that bound
 * of the best, they are decided by the definitions in double precision. So the decisions are those
 * of the definitions, always.
 *
 * <p>Accumulators of a rule share its memory: to be closed after them.
 */
final class DecisionRule implements AutoCloseable {
  /** Half the distance between 1 and the next float, double. */
  private static final double FLOAT_ROUNDING = 0x1p-24;

  private static final double DOUBLE_ROUNDING = 0x1p-53;

  /** Below this no float sum of such terms overflows. */
  private static final double FLOAT_RANGE = Float.MAX_VALUE / 4;

  /** How far from the origin, relative to their spread, means are worth centring. */
  private static final double FAR = 2;

  final Blas blas;
  final FloatBlock vectors; // (2K,D): e_k, then w_k
  final float[] offsets; // (2K)
  final float[] centre; // (D)
  final boolean centred; // whether c is not zero
  final Decisions.Basis basis;
  private final double centreNorm;
  private final Side means = new Side();
  private final Side linear = new Side();

  /** The largest vector and offset of one of the two ways. */
  private static final class Side {
    double norm;
    double offset;

    void include(double square, double value) {
      norm = Math.max(norm, Math.sqrt(square));
      offset = Math.max(offset, Math.abs(value));
    }
  }

  /**
   * @param moments the class means, frozen
   * @param weights W (K,D)
   * @param bias b (K), or null for none
   */
  public DecisionRule(ClassMoments moments, Matrix weights, double[] bias, Blas blas) {
    basis = new Decisions.Basis(moments, weights, bias);
    int classes = moments.classes();
    int width = moments.width();
    this.blas = blas;
    offsets = new float[2 * classes];
    double[] mean = meanOfMeans(moments);
    centred = norm(mean) > FAR * spread(moments, mean);
    centre = new float[width];
    for (int j = 0; j < width && centred; j++) {
      centre[j] = (float) mean[j];
    }
    centreNorm = centred ? norm(mean) : 0;
    vectors = blas.floats(Math.multiplyExact(2 * classes, width));
    fill(classes, width);
  }

  static double[] meanOfMeans(ClassMoments moments) {
    double[] sum = new double[moments.width()];
    int seen = 0;
    for (int k = 0; k < moments.classes(); k++) {
      if (moments.count(k) > 0) {
        seen++;
        for (int j = 0; j < sum.length; j++) {
          sum[j] += moments.means().get(k, j);
        }
      }
    }
    for (int j = 0; j < sum.length; j++) {
      sum[j] /= Math.max(1, seen);
    }
    return sum;
  }

  /** The largest distance of a class mean from here. */
  static double spread(ClassMoments moments, double[] centre) {
    double most = 0;
    for (int k = 0; k < moments.classes(); k++) {
      if (moments.count(k) > 0) {
        double square = 0;
        for (int j = 0; j < centre.length; j++) {
          square += Math.pow(moments.means().get(k, j) - centre[j], 2);
        }
        most = Math.max(most, Math.sqrt(square));
      }
    }
    return most;
  }

  static double norm(double[] values) {
    double square = 0;
    for (double value : values) {
      square += value * value;
    }
    return Math.sqrt(square);
  }

  private void fill(int classes, int width) {
    float[] vector = new float[width];
    for (int k = 0; k < classes; k++) {
      double square = 0;
      double linearSquare = 0;
      double atCentre = basis.bias()[k];
      for (int j = 0; j < width; j++) {
        double w = weights().get(k, j);
        vector[j] = (float) w;
        linearSquare += w * w;
        atCentre += w * centre[j];
      }
      vectors.buffer().put((classes + k) * width, vector);
      offsets[classes + k] = (float) atCentre;
      linear.include(linearSquare, atCentre);
      Arrays.fill(vector, 0);
      if (moments().count(k) == 0) {
        offsets[k] = Float.NEGATIVE_INFINITY;
      } else {
        for (int j = 0; j < width; j++) {
          double e = moments().means().get(k, j) - centre[j];
          vector[j] = (float) e;
          square += e * e;
        }
        offsets[k] = (float) (-square / 2);
        means.include(square, square / 2);
      }
      vectors.buffer().put(k * width, vector);
    }
  }

  ClassMoments moments() {
    return basis.moments();
  }

  Matrix weights() {
    return basis.weights();
  }

  int classes() {
    return moments().classes();
  }

  int width() {
    return moments().width();
  }

  /**
   * Twice a bound on the error of the single precision scores of a sample whose z has this norm,
   * and of the definitions in double precision. With u = 2^-24: rounding z and the vector costs 2u,
   * the D products and sums at most D u, of ||z|| ||v|| (Cauchy-Schwarz); offset and last sum a few
   * u of the scores' size; what underflows stays below the least normal float. Not finite where
   * floats overflow.
   */
  double margin(boolean linearScores, double norm) {
    Side side = linearScores ? linear : means;
    double product = norm * side.norm;
    if (!(side.norm < FLOAT_RANGE && product + side.offset < FLOAT_RANGE)) {
      return Double.POSITIVE_INFINITY;
    }
    int terms = width() + 8;
    double single =
        FLOAT_ROUNDING * (terms * product + 4 * side.offset) + terms * (double) Float.MIN_NORMAL;
    double reach = norm + centreNorm;
    double direct =
        DOUBLE_ROUNDING
            * terms
            * (linearScores ? reach * side.norm + side.offset : reach * reach + side.norm * reach);
    return 2.02 * (single + 4 * direct);
  }

  /** The score to be maximised, as defined; -inf for the mean of a class without samples. */
  double score(boolean linearScore, int k, double[] x) {
    int at = k * x.length;
    if (linearScore) {
      double sum = basis.bias()[k];
      for (int j = 0; j < x.length; j++) {
        sum += weights().at(at + j) * x[j];
      }
      return sum;
    }
    if (moments().count(k) == 0) {
      return Double.NEGATIVE_INFINITY;
    }
    double square = 0;
    for (int j = 0; j < x.length; j++) {
      double d = x[j] - moments().means().at(at + j);
      square += d * d;
    }
    return -square;
  }

  /**
   * The class with the largest of these scores, each as defined.
   *
   * @param x scratch for the sample (D)
   */
  int decide(boolean linearScores, LabeledBatch batch, int i, double[] x) {
    BatchRows.copy(batch, i, x);
    int best = -1;
    double most = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < classes(); k++) {
      double score = score(linearScores, k, x);
      if (score > most) {
        most = score;
        best = k;
      }
    }
    if (best < 0) {
      throw BatchRows.notFinite(batch);
    }
    return best;
  }

  @Override
  public void close() {
    vectors.close();
  }
}
