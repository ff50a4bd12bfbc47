package dev.collapsar.learn.feedback;

import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Which matrix feeds which hidden state: the matrices in every other order, or in so many random
 * ones if there are more.
 */
final class PermutedMatrices implements FeedbackNull {
  private final Signals signals;
  private final FeedbackMatrices feedback;
  private final Pairing pairing;
  private final Runnable betweenDraws;

  PermutedMatrices(
      Signals signals, Pairing pairing, FeedbackMatrices feedback, Runnable betweenDraws) {
    this.signals = signals;
    this.pairing = pairing;
    this.feedback = feedback;
    this.betweenDraws = betweenDraws;
  }

  @Override
  public String name() {
    return "matrices of other layers";
  }

  @Override
  public String stage() {
    return "null-matrices-permuted";
  }

  @Override
  public Optional<String> obstacle(double[] observed) {
    if (pairing.count() < 2) {
      return Optional.of("there is only one feedback matrix");
    }
    if (pairing.rows(signals.widths()).stream().distinct().count() > 1) {
      return Optional.of("feedback matrices of different widths cannot change places");
    }
    return pairing.count() < 3
        ? Optional.of("two matrices have one other order: no spread")
        : Optional.empty();
  }

  @Override
  public void draw(double[] observed, int draws, Seed seed, Consumer<double[]> each) {
    double[][][] of = new double[pairing.count()][][];
    DrawnCosines cosines = new DrawnCosines(signals);
    List<Integer> states = IntStream.range(0, signals.states()).boxed().toList();
    for (int j = 0; j < of.length; j++) {
      betweenDraws.run();
      Tensor b = feedback.matrix(j);
      of[j] = TensorScope.withinWithoutGradients(() -> cosines.means(states, b.reshape(1, -1)));
    }
    for (List<Integer> order : otherOrders(of.length, draws, seed.random("null/matrices"))) {
      each.accept(
          states.stream()
              .mapToDouble(l -> of[order.get(pairing.matrices().get(l))][l][0])
              .toArray());
    }
  }

  private static Set<List<Integer>> otherOrders(int count, int draws, SplittableRandom random) {
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
}
