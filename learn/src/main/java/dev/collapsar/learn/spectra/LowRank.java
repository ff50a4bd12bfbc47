package dev.collapsar.learn.spectra;

import static org.bytedeco.pytorch.global.torch.linalg_qr;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;

/**
 * The leading singular vectors of a difference D, as many as a rule keeps. Small ones by LAPACK;
 * large ones from a random sketch with two power iterations (Halko, Martinsson and Tropp 2011,
 * algorithm 4.4), where the error stays exactly known: ||D - D_k||^2 = ||D||^2 - sum of the kept
 * s^2, since the sketch is a projection.
 *
 * @param left (m,k)
 * @param values s, descending; (k)
 * @param right (n,k)
 * @param rest ||D - D_k||_F
 * @param leastRest what the best approximation of this rank leaves at least. Equal to {@code rest}
 *     by LAPACK; of a sketch at most that, and right but for a chance of 1e-10
 */
record LowRank(Tensor left, double[] values, Tensor right, double rest, double leastRest) {
  /** Up to so many rows or columns LAPACK takes a second or two. */
  static final int SMALL = 768;

  private static final int ITERATIONS = 2;
  private static final int PROBES = 10;
  private static final int LEAST_SPARE = 10; // columns of a sketch beyond the rank

  /**
   * @param squares ||D||_F^2, above zero
   * @param most a rank that is too large to be worth it
   * @return null if the rule needs {@code most} or more
   */
  static LowRank of(Difference d, double squares, RankRule rule, int most, Seed seed) {
    int shorter = Math.min(d.rows(), d.columns());
    if (shorter <= SMALL) {
      T_TensorTensorTensor_T svd = Decomposition.svd(d.whole());
      return kept(
          svd.get0(), TensorBridge.toDoubles(svd.get1()), svd.get2().t(), squares, 0, rule, most);
    }
    int rank = rule instanceof RankRule.Fixed fixed ? fixed.most() : 64;
    for (int width = spared(rank, shorter); ; width = Math.min(shorter, 2 * width)) {
      Sketch sketch = Sketch.of(d, width, seed);
      LowRank found =
          kept(sketch.left, sketch.values, sketch.right, squares, sketch.bound, rule, most);
      if (found != null || width >= Math.min(shorter, most)) {
        return found;
      }
    }
  }

  private static int spared(int rank, int shorter) {
    return Math.min(shorter, rank + Math.max(LEAST_SPARE, rank / 4));
  }

  private static LowRank kept(
      Tensor left,
      double[] all,
      Tensor right,
      double squares,
      double bound,
      RankRule rule,
      int most) {
    double[] values = Arrays.copyOf(all, Decomposition.aboveRounding(all, right.size(0)));
    int kept = rule.rank(values, squares);
    if (kept >= most || kept > values.length) {
      return null;
    }
    double sum = 0;
    for (int i = kept - 1; i >= 0; i--) {
      sum += values[i] * values[i];
    }
    // No singular value of D is below the sketch's: what is left is at least what that leaves. And
    // it is exact where there is no sketch, which the difference of sums is not.
    double behind = 0;
    for (int i = values.length - 1; i >= kept; i--) {
      behind += values[i] * values[i];
    }
    double rest = bound == 0 ? behind : Math.max(0, squares - sum);
    return new LowRank(
        Decomposition.first(left, kept),
        Arrays.copyOf(values, kept),
        Decomposition.first(right, kept),
        Math.sqrt(rest),
        Math.sqrt(Math.max(Math.min(behind, rest), rest - kept * bound * bound)));
  }

  /**
   * @param bound of ||D - Q Q^T D||_2, 10 sqrt(2/pi) times the longest image of ten Gaussian
   *     vectors, which holds but for a chance of 1e-10 (lemma 4.1 there)
   */
  private record Sketch(Tensor left, double[] values, Tensor right, double bound) {
    static Sketch of(Difference d, int width, Seed seed) {
      SplittableRandom random = seed.random("sketch");
      double[] draws = new double[d.columns() * (width + PROBES)];
      for (int i = 0; i < draws.length; i++) {
        draws[i] = random.nextGaussian();
      }
      Tensor all = d.times(TensorBridge.doubles(draws, d.columns(), width + PROBES));
      Tensor probes = all.narrow(1, width, PROBES);
      Tensor q = basis(all.narrow(1, 0, width));
      for (int i = 0; i < ITERATIONS; i++) {
        q = basis(d.times(basis(d.transposedTimes(q))));
      }
      Tensor small = d.transposedTimes(q); // (n,l), D^T Q
      T_TensorTensorTensor_T svd = Decomposition.svd(small);
      Tensor left = q.mm(svd.get2().t());
      double[] missed = TensorBridge.toDoubles(probes.sub(q.mm(q.t().mm(probes))).square());
      return new Sketch(left, TensorBridge.toDoubles(svd.get1()), svd.get0(), bound(missed));
    }

    private static Tensor basis(Tensor columns) {
      return linalg_qr(columns, "reduced").get0();
    }

    private static double bound(double[] squares) {
      double[] sums = new double[PROBES];
      for (int i = 0; i < squares.length; i++) {
        sums[i % PROBES] += squares[i];
      }
      return 10 * Math.sqrt(2 / Math.PI) * Math.sqrt(Arrays.stream(sums).max().orElseThrow());
    }
  }
}
