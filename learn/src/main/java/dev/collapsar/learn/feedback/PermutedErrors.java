package dev.collapsar.learn.feedback;

import static org.bytedeco.pytorch.global.torch.cat;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The teaching signals of other samples: which sample an error belongs to, in a random order. */
final class PermutedErrors implements FeedbackNull {
  private final Signals signals;
  private final FeedbackMatrices feedback;
  private final Runnable betweenDraws;

  PermutedErrors(Signals signals, FeedbackMatrices feedback, Runnable betweenDraws) {
    this.signals = signals;
    this.feedback = feedback;
    this.betweenDraws = betweenDraws;
  }

  @Override
  public String name() {
    return "errors of other samples";
  }

  @Override
  public String stage() {
    return "null-error-shuffled";
  }

  @Override
  public void draw(double[] observed, int draws, Seed seed, Consumer<double[]> each) {
    int[][] orders = Permutation.several(draws, signals.samples(), seed, "null/errors/");
    double[][] means = new double[signals.states()][];
    TensorScope.runWithoutGradients(
        () -> {
          Tensor errors = errors(); // (N,K)
          Tensor index = transposed(orders); // (N,m)
          for (int l = 0; l < means.length; l++) {
            Tensor a = errors.mm(feedback.of(l).t()); // (N,D)
            Tensor unit = ErrorSignal.unit(a, ErrorSignal.lengths(a));
            double[] sums = new double[draws];
            long from = 0;
            for (SignalBatch batch : signals.batches()) {
              betweenDraws.run();
              Tensor g = batch.gradients().get(l); // (n,D)
              Tensor rows = index.narrow(0, from, batch.samples()); // (n,m)
              addSums(g.mm(unit.t()), rows, sums);
              from += batch.samples();
            }
            double defined = signals.defined(l);
            means[l] = Arrays.stream(sums).map(sum -> sum / defined).toArray();
          }
        });
    for (int k = 0; k < draws; k++) {
      int draw = k;
      each.accept(Arrays.stream(means).mapToDouble(state -> state[draw]).toArray());
    }
  }

  private Tensor errors() {
    TensorVector all = new TensorVector();
    signals.batches().forEach(batch -> all.push_back(batch.error()));
    return cat(all, 0);
  }

  /** int64 (N,m). */
  private static Tensor transposed(int[][] orders) {
    int samples = orders[0].length;
    int[] flat = new int[orders.length * samples];
    for (int k = 0; k < orders.length; k++) {
      for (int n = 0; n < samples; n++) {
        flat[n * orders.length + k] = orders[k][n];
      }
    }
    return TensorBridge.indices(flat, flat.length).view(samples, orders.length);
  }

  /** For each draw the sum over rows of the table's entry at that draw's column. */
  private static void addSums(Tensor table, Tensor columns, double[] sums) {
    double[] totals =
        TensorBridge.toDoubles(table.gather(1, columns).to(ScalarType.Double).sum(0)); // (m)
    for (int k = 0; k < sums.length; k++) {
      sums[k] += totals[k];
    }
  }
}
