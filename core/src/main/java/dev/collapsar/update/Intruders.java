package dev.collapsar.update;

import dev.collapsar.InvalidInputException;
import dev.collapsar.calibration.NullSample;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Intruder dimensions of an updated weight W + D (m,n): those of its first left singular vectors
 * that are like none of W's, largest |cosine| below a threshold. Shuttleworth et al. 2024: ten
 * vectors, .5.
 *
 * <p>Their count follows the update's size: updates of the same singular values in random
 * directions give as many. In few dimensions there are none by chance or otherwise: a random unit
 * vector counts with probability .10 for m = 10, .90 for 32, .999 for 64.
 */
public final class Intruders {
  /** {@code intruders}, in 0..{@link #top}. */
  public static final MetricInfo INFO =
      MetricInfo.of(
              "intruders",
              "Intruder dimensions",
              Group.ALIGNMENT,
              "First left singular vectors of the updated weight that are like none of the base's.")
          .defined("#{j <= top: max_i |cos(left_j(W + D), left_i(W))| < threshold}", "0..top")
          .from("Shuttleworth et al. 2024");

  /** What must be said beside a count. */
  public static final String MEANING =
      "the count follows the update's size, ||D||/||W||: updates of the same singular values in"
          + " random directions give as many";

  /** Of what is not left to the linear algebra. */
  private static final double SLOWER = 10;

  private final Matrix base;
  private final Matrix update;
  private final int top;
  private final double threshold;
  private final Blas blas;
  private final BaseDirections known;

  /**
   * @param base W (m,n), not zero
   * @param update D (m,n)
   * @param top how many vectors are looked at, 1 or more; fewer if there are fewer
   * @param threshold in (0, 1]
   */
  public Intruders(Matrix base, Matrix update, int top, double threshold, Blas blas) {
    if (base.rows() != update.rows() || base.columns() != update.columns()) {
      throw new InvalidInputException(
          "an update of %s x %s does not fit a weight of %s x %s"
              .formatted(update.rows(), update.columns(), base.rows(), base.columns()));
    }
    if (top < 1 || !(threshold > 0 && threshold <= 1)) {
      throw new InvalidInputException(
          "top must be 1 or more and threshold in (0, 1], got %s and %s".formatted(top, threshold));
    }
    this.base = base;
    this.update = update;
    this.top = top;
    this.threshold = threshold;
    this.blas = blas;
    if (base.norm() == 0) {
      throw new InvalidInputException("a weight of zeros has no directions to be unlike of");
    }
    known = new BaseDirections(base, top, threshold, BaseDirections.LARGE, blas);
  }

  /** As published: ten vectors, .5. */
  public static Intruders of(Matrix base, Matrix update, Blas blas) {
    return new Intruders(base, update, 10, 0.5, blas);
  }

  /** ||D||_F / ||W||_F. */
  public double size() {
    return update.norm() / base.norm();
  }

  /**
   * For each of the first vectors its largest |cosine| with any of the base's. Of large weights
   * bounds decide on which side of the threshold it is, and all singular vectors are computed only
   * where those leave it open.
   */
  public LargestCosines cosines() {
    return cosines(update);
  }

  private LargestCosines cosines(Matrix with) {
    double[] sum = base.toArray();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += with.at(i);
    }
    return known.cosines(Matrix.of(base.rows(), base.columns(), sum));
  }

  /** Of how many vectors, at most {@code top}. */
  public int looked() {
    return cosines().count();
  }

  /** How many of them are intruders. */
  public int count() {
    return countOf(cosines());
  }

  /** Whether bounds have not sufficed so far, so that all singular vectors were computed. */
  public boolean hasSearchedFully() {
    return known.hasSearchedFully();
  }

  /** How many of these {@link #cosines} are an intruder's. */
  public int countOf(LargestCosines cosines) {
    return (int) Arrays.stream(cosines.values()).filter(cosine -> cosine < threshold).count();
  }

  /** The count, with the update's size and what it says. */
  public Measurement measured() {
    return Measurement.of(INFO, count(), String.format(Locale.ROOT, "||D||/||W|| = %.3g", size()));
  }

  /**
   * The counts of updates with the same singular values whose directions, on both sides, are drawn
   * uniformly. There is no closed form. Each draw costs a decomposition of (m,n). Singular values
   * that are rounding of single precision, max(m,n) 2^-23 of the largest, are left out.
   *
   * @param draws 2 or more
   */
  public NullSample rotated(int draws, Seed seed) {
    return new NullSample("rotated updates", rotatedInTurn(draws, seed));
  }

  /** The same counts in the order of the draws, to be added up over weights. */
  public double[] rotatedInTurn(int draws, Seed seed) {
    SingularVectors own = directions();
    SplittableRandom random =
        seed.random("null/rotated/%s x %s/%s".formatted(base.rows(), base.columns(), own.rank()));
    double[] counts = new double[draws];
    for (int i = 0; i < draws; i++) {
      Matrix left = HaarFrames.draw(own.rank(), base.rows(), random); // (r,m)
      Matrix right = HaarFrames.draw(own.rank(), base.columns(), random); // (r,n)
      counts[i] = countOf(cosines(product(left, own.values(), right)));
    }
    return counts;
  }

  private SingularVectors directions() {
    double tolerance = Math.max(update.rows(), update.columns()) * (double) Math.ulp(1f);
    return SingularVectors.of(update, tolerance, blas);
  }

  /** About how many floating point operations a draw takes. */
  public double operationsOfDraw() {
    double m = base.rows();
    double n = base.columns();
    double r = directions().rank();
    double least = Math.min(m, n);
    return SLOWER * 4 * r * r * (m + n)
        + 2 * m * n * r
        + 2 * least * m * n
        + 20 * least * least * least;
  }

  /** left^T diag(values) right (m,n). */
  private Matrix product(Matrix left, double[] values, Matrix right) {
    double[] turned = new double[left.length()]; // (m,r)
    for (int j = 0; j < left.rows(); j++) {
      for (int i = 0; i < left.columns(); i++) {
        turned[i * left.rows() + j] = left.get(j, i) * values[j];
      }
    }
    return blas.times(Matrix.of(left.columns(), left.rows(), turned), right);
  }
}
