package dev.collapsar.learn.feedback;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.empty;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The cosines that chance gives, of signals whose gradients were computed once. Every null keeps
 * the pairing, so that states which share a matrix share its draws.
 */
public final class FeedbackNulls {
  /** The first seed of the null-calibration script's fresh matrices; draw k has seed 10000 + k. */
  public static final long FIRST_SEED = 10_000;

  private static final long FLOATS_AT_ONCE = 1L << 25; // 128 MiB of matrices

  private final Signals signals;
  private final Pairing pairing;
  private final int draws;
  private final Runnable betweenDraws;

  /**
   * @param draws of every null that has no end of them
   * @param betweenDraws may throw to stop
   * @throws InvalidInputException with fewer than two draws or samples
   */
  public FeedbackNulls(Signals signals, Pairing pairing, int draws, Runnable betweenDraws) {
    if (draws < 2) {
      throw new InvalidInputException(
          "null.draws=%s: a null has a spread from 2 draws on".formatted(draws));
    }
    if (signals.samples() < 2) {
      throw new InvalidInputException(
          "probe.samples=%s: nulls exchange samples, at least 2 are needed"
              .formatted(signals.samples()));
    }
    this.signals = signals;
    this.pairing = pairing;
    this.draws = draws;
    this.betweenDraws = betweenDraws;
  }

  /**
   * Fresh N(0,1)/sqrt(K) matrices: draw k takes all of them, the first to the last, from PyTorch's
   * CPU generator of seed {@code FIRST_SEED + k}.
   */
  public NullDraws fresh() {
    return drawn(
        NullKind.FRESH,
        (from, stacks) -> {
          for (int k = 0; k < stacks.get(0).size(0); k++) {
            GeneratorOptional generator = FeedbackMatrices.generator(FIRST_SEED + from + k);
            for (int j = 0; j < stacks.size(); j++) {
              stacks.get(j).select(0, k).normal_(0, 1, generator);
            }
          }
        });
  }

  /** Q B for random orthogonal Q (D,D): the same singular values and right singular vectors. */
  public NullDraws rotated(FeedbackMatrices feedback, Seed seed) {
    return drawn(
        NullKind.ROTATED,
        (from, stacks) -> {
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

  /** Fills the stacks of flattened matrices, (m, D K) each, with draws from this one on. */
  private interface Drawing {
    void fill(int from, List<Tensor> stacks);
  }

  private NullDraws drawn(NullKind kind, Drawing drawing) {
    List<Long> rows = pairing.rows(signals.widths());
    long classes = signals.classes();
    long floats = rows.stream().mapToLong(d -> d * classes).sum();
    int atOnce = (int) Math.max(1, Math.min(draws, FLOATS_AT_ONCE / floats));
    DrawnCosines cosines = new DrawnCosines(signals);
    List<double[]> all = new ArrayList<>();
    for (int from = 0; from < draws; from += atOnce) {
      int first = from;
      int count = Math.min(atOnce, draws - from);
      TensorScope.runWithoutGradients(
          () -> {
            List<Tensor> stacks = rows.stream().map(d -> empty(count, d * classes)).toList();
            drawing.fill(first, stacks);
            double[][] means = new double[signals.states()][];
            for (int j = 0; j < stacks.size(); j++) {
              betweenDraws.run();
              List<Integer> fed = pairing.fedBy(j);
              double[][] ofMatrix = cosines.means(fed, stacks.get(j));
              for (int i = 0; i < fed.size(); i++) {
                means[fed.get(i)] = ofMatrix[i];
              }
            }
            for (int k = 0; k < count; k++) {
              int draw = k;
              all.add(Arrays.stream(means).mapToDouble(layer -> layer[draw]).toArray());
            }
          });
    }
    return NullDraws.of(kind, all);
  }

  /** The teaching signals of other samples: their errors in a random order. */
  public NullDraws errorShuffled(FeedbackMatrices feedback, Seed seed) {
    int[][] orders = orders(seed, "null/errors/");
    return TensorScope.withinWithoutGradients(
        () -> {
          Tensor errors = errors(); // (N,K)
          Tensor index = transposed(orders); // (N,m)
          double[][] means = new double[signals.states()][];
          for (int l = 0; l < means.length; l++) {
            Tensor a = errors.mm(feedback.of(l).t()); // (N,D)
            Tensor unit = ErrorSignal.unit(a, ErrorSignal.lengths(a));
            double[] sums = new double[draws];
            long from = 0;
            for (Signals.Batch batch : signals.batches()) {
              betweenDraws.run();
              Tensor g = batch.gradients().get(l); // (n,D)
              Tensor rows = index.narrow(0, from, batch.samples()); // (n,m)
              addSums(g.mm(unit.t()), rows, sums);
              from += batch.samples();
            }
            means[l] = divided(sums, signals.defined(l));
          }
          return NullDraws.of(NullKind.ERROR_SHUFFLED, byDraw(means));
        });
  }

  /** Labels of other samples, in error and gradient alike. */
  public NullDraws labelsPermuted(
      Network network, Pass pass, FeedbackMatrices feedback, Seed seed) {
    int[] labels =
        IntStream.range(0, pass.order().length)
            .map(i -> pass.samples().labels()[pass.order()[i]])
            .toArray();
    int[][] orders = orders(seed, "null/labels/");
    for (int[] order : orders) {
      Arrays.setAll(order, n -> labels[order[n]]);
    }
    LabelCosines table = LabelCosines.of(network, pass, feedback, betweenDraws);
    List<double[]> all = new ArrayList<>();
    for (int[] drawnLabels : orders) {
      all.add(table.means(drawnLabels));
    }
    return NullDraws.of(NullKind.LABELS_PERMUTED, all);
  }

  /**
   * The matrices in every other order, or in so many random ones if there are more. Needs matrices
   * of one shape.
   */
  public NullDraws matricesPermuted(FeedbackMatrices feedback, Seed seed) {
    int count = pairing.count();
    if (count < 2 || pairing.rows(signals.widths()).stream().distinct().count() > 1) {
      return NullDraws.none(
          NullKind.MATRICES_PERMUTED,
          count < 2
              ? "there is only one feedback matrix"
              : "feedback matrices of different widths cannot change places");
    }
    if (count < 3) {
      return NullDraws.none(
          NullKind.MATRICES_PERMUTED, "two matrices have one other order: no spread");
    }
    double[][][] of = new double[count][][];
    DrawnCosines cosines = new DrawnCosines(signals);
    List<Integer> states = IntStream.range(0, signals.states()).boxed().toList();
    for (int j = 0; j < count; j++) {
      betweenDraws.run();
      Tensor b = feedback.matrix(j);
      of[j] = TensorScope.withinWithoutGradients(() -> cosines.means(states, b.reshape(1, -1)));
    }
    List<double[]> all = new ArrayList<>();
    for (List<Integer> order : otherOrders(count, seed.random("null/matrices"))) {
      all.add(
          states.stream()
              .mapToDouble(l -> of[order.get(pairing.matrices().get(l))][l][0])
              .toArray());
    }
    return NullDraws.of(NullKind.MATRICES_PERMUTED, all);
  }

  /**
   * The same matrices and samples on networks with initial values from streams of the seed.
   *
   * @param build a network of the same kind with initial values from this seed; closed here
   */
  public static NullDraws untrained(
      Function<Seed, Network> build,
      Pass pass,
      FeedbackMatrices feedback,
      int networks,
      Seed seed,
      Runnable betweenBatches) {
    List<double[]> all = new ArrayList<>();
    for (int k = 0; k < networks; k++) {
      try (Network network = build.apply(seed.under("null/untrained/" + k))) {
        AlignmentSums sums = AlignmentAccumulator.of(network, pass, feedback, betweenBatches);
        all.add(
            IntStream.range(0, sums.layers().size())
                .mapToDouble(
                    l ->
                        sums.cosine(l) instanceof Measurement.Defined defined
                            ? defined.value()
                            : Double.NaN)
                .toArray());
      }
    }
    return NullDraws.of(NullKind.UNTRAINED, all);
  }

  private Set<List<Integer>> otherOrders(int count, SplittableRandom random) {
    List<Integer> identity = IntStream.range(0, count).boxed().toList();
    Set<List<Integer>> orders = new LinkedHashSet<>();
    long all = 1;
    for (int i = 2; i <= count && all <= draws; i++) {
      all *= i;
    }
    long wanted = Math.min(draws, all - 1);
    while (orders.size() < wanted) {
      List<Integer> order = Arrays.stream(Permutation.of(count, random)).boxed().toList();
      if (!order.equals(identity)) {
        orders.add(order);
      }
    }
    return orders;
  }

  private int[][] orders(Seed seed, String stream) {
    int samples = signals.samples();
    return IntStream.range(0, draws)
        .mapToObj(k -> Permutation.of(samples, seed.random(stream + k)))
        .toArray(int[][]::new);
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

  private static double[] divided(double[] sums, double count) {
    return Arrays.stream(sums).map(sum -> sum / count).toArray();
  }

  private static List<double[]> byDraw(double[][] byLayer) {
    return IntStream.range(0, byLayer[0].length)
        .mapToObj(k -> Arrays.stream(byLayer).mapToDouble(layer -> layer[k]).toArray())
        .toList();
  }
}
