package dev.collapsar.learn.feedback;

import static org.bytedeco.pytorch.global.torch.empty;

import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;

/** The feedback matrices replaced by others, many draws of them at once. */
final class DrawnMatrices implements FeedbackNull {
  private static final long FLOATS_AT_ONCE = 1L << 25; // 128 MiB of matrices

  /** Fills the stacks of flattened matrices, (m, D K) each, with draws from this one on. */
  private interface Drawing {
    void fill(int from, Seed seed, List<Tensor> stacks);
  }

  private final String name;
  private final String stage;
  private final Signals signals;
  private final Pairing pairing;
  private final Runnable betweenDraws;
  private final Drawing drawing;

  private DrawnMatrices(
      String name,
      String stage,
      Signals signals,
      Pairing pairing,
      Runnable betweenDraws,
      Drawing drawing) {
    this.name = name;
    this.stage = stage;
    this.signals = signals;
    this.pairing = pairing;
    this.betweenDraws = betweenDraws;
    this.drawing = drawing;
  }

  /**
   * Fresh N(0,1)/sqrt(K) matrices: draw k takes all of them, the first to the last, from PyTorch's
   * CPU generator of seed {@link FeedbackNulls#FIRST_SEED} + k. The mean is 0 in every network;
   * only the spread says something.
   */
  static DrawnMatrices fresh(Signals signals, Pairing pairing, Runnable betweenDraws) {
    return new DrawnMatrices(
        "fresh matrices",
        "null-fresh",
        signals,
        pairing,
        betweenDraws,
        (from, seed, stacks) -> {
          for (int k = 0; k < stacks.get(0).size(0); k++) {
            GeneratorOptional generator =
                FeedbackMatrices.generator(FeedbackNulls.FIRST_SEED + from + k);
            for (int j = 0; j < stacks.size(); j++) {
              stacks.get(j).select(0, k).normal_(0, 1, generator);
            }
          }
        });
  }

  /** Q B for random orthogonal Q (D,D): the same singular values and right singular vectors. */
  static DrawnMatrices rotated(
      Signals signals, Pairing pairing, FeedbackMatrices feedback, Runnable betweenDraws) {
    return new DrawnMatrices(
        "rotated matrices",
        "null-rotated",
        signals,
        pairing,
        betweenDraws,
        (from, seed, stacks) -> {
          for (int j = 0; j < stacks.size(); j++) {
            Tensor b = feedback.matrix(j); // (D,K)
            for (int k = 0; k < stacks.get(j).size(0); k++) {
              long stream = seed.stream("null/rotated/%s/%s".formatted(from + k, j));
              Tensor row = stacks.get(j).select(0, k);
              TensorScope.run(() -> row.copy_(FeedbackMatrices.rotated(b, stream).view(-1)));
            }
          }
        });
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String stage() {
    return stage;
  }

  @Override
  public void draw(double[] observed, int draws, Seed seed, Consumer<double[]> each) {
    List<Long> rows = pairing.rows(signals.widths());
    long classes = signals.classes();
    long floats = rows.stream().mapToLong(d -> d * classes).sum();
    int atOnce = (int) Math.max(1, Math.min(draws, FLOATS_AT_ONCE / floats));
    DrawnCosines cosines = new DrawnCosines(signals);
    for (int from = 0; from < draws; from += atOnce) {
      int first = from;
      int count = Math.min(atOnce, draws - from);
      TensorScope.runWithoutGradients(
          () -> {
            List<Tensor> stacks = rows.stream().map(d -> empty(count, d * classes)).toList();
            drawing.fill(first, seed, stacks);
            double[][] means = means(cosines, stacks);
            for (int k = 0; k < count; k++) {
              int draw = k;
              each.accept(Arrays.stream(means).mapToDouble(state -> state[draw]).toArray());
            }
          });
    }
  }

  /** (states, m). */
  private double[][] means(DrawnCosines cosines, List<Tensor> stacks) {
    double[][] means = new double[signals.states()][];
    for (int j = 0; j < stacks.size(); j++) {
      betweenDraws.run();
      List<Integer> fed = pairing.fedBy(j);
      double[][] ofMatrix = cosines.means(fed, stacks.get(j));
      for (int i = 0; i < fed.size(); i++) {
        means[fed.get(i)] = ofMatrix[i];
      }
    }
    return means;
  }
}
