package dev.collapsar.learn.feedback;

import static org.bytedeco.pytorch.global.torch.bmm;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The mean cosine of e B^T with g for many B at once. With unit rows, a sample's <e B^T, g> is the
 * product of the flattened B with the flattened outer product g e^T (D K), and ||e B^T||^2 that of
 * the flattened B^T B with e e^T (K K): so all draws of all samples are one matrix product with as
 * many operations as the signals themselves would take, and no signal is ever made.
 */
final class DrawnCosines {
  /** Outer products are made for as many samples at once as fit this many floats. */
  private static final long OUTER_PRODUCTS = 1L << 23;

  private final Signals signals;

  DrawnCosines(Signals signals) {
    this.signals = signals;
  }

  /**
   * Mean cosines for hidden states that one matrix feeds; NaN where no sample has a gradient.
   *
   * @param matrices the draws, flattened: (m, D K)
   * @return (states, m)
   */
  double[][] means(List<Integer> states, Tensor matrices) {
    int draws = (int) matrices.size(0);
    double[][] sums = new double[states.size()][draws];
    TensorScope.runWithoutGradients(
        () -> {
          Tensor transposed = matrices.t(); // (D K,m)
          Tensor grams = grams(matrices).t(); // (K K,m)
          for (SignalBatch batch : signals.batches()) {
            long width = matrices.size(1);
            long rows = Math.max(1, OUTER_PRODUCTS / width);
            for (long from = 0; from < batch.samples(); from += rows) {
              long begin = from;
              long count = Math.min(rows, batch.samples() - from);
              TensorScope.run(() -> add(batch, begin, count, states, transposed, grams, sums));
            }
          }
        });
    for (int i = 0; i < states.size(); i++) {
      double defined = signals.defined(states.get(i));
      for (int k = 0; k < draws; k++) {
        sums[i][k] /= defined; // 0/0 where there is none
      }
    }
    return sums;
  }

  /** B^T B of every draw, flattened: (m, K K), in double precision since lengths come from it. */
  private Tensor grams(Tensor matrices) {
    long classes = signals.classes();
    long draws = matrices.size(0);
    Tensor b = matrices.to(ScalarType.Double).view(draws, -1, classes); // (m,D,K)
    return bmm(b.transpose(1, 2), b).view(draws, classes * classes);
  }

  private static void add(
      SignalBatch batch,
      long from,
      long count,
      List<Integer> states,
      Tensor transposed,
      Tensor grams,
      double[][] sums) {
    Tensor e = batch.error().narrow(0, from, count); // (n,K)
    Tensor inverse = flatOuter(e, e).to(ScalarType.Double).mm(grams).rsqrt_(); // (n,m)
    Tensor lengths = inverse.nan_to_num(zero(), zero(), zero()).to(ScalarType.Float);
    for (int i = 0; i < states.size(); i++) {
      Tensor g = batch.gradients().get(states.get(i)).narrow(0, from, count); // (n,D)
      Tensor cosines = flatOuter(g, e).mm(transposed).mul_(lengths); // (n,m)
      double[] totals =
          TensorBridge.toDoubles(
              cosines.sum(new long[] {0}, false, new ScalarTypeOptional(ScalarType.Double)));
      for (int k = 0; k < totals.length; k++) {
        sums[i][k] += totals[k];
      }
    }
  }

  private static DoubleOptional zero() {
    return new DoubleOptional(0.0);
  }

  /** Row by row the outer product u v^T, flattened: (n,D), (n,K) to (n, D K). */
  private static Tensor flatOuter(Tensor u, Tensor v) {
    return u.unsqueeze(2).mul(v.unsqueeze(1)).view(u.size(0), -1);
  }
}
