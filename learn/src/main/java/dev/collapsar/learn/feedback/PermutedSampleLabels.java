package dev.collapsar.learn.feedback;

import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.network.Network;
import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Labels of other samples, in error and gradient alike. */
final class PermutedSampleLabels implements FeedbackNull {
  private final Network network;
  private final OrderedBatches pass;
  private final FeedbackMatrices feedback;
  private final Runnable betweenBatches;

  PermutedSampleLabels(
      Network network, OrderedBatches pass, FeedbackMatrices feedback, Runnable betweenBatches) {
    this.network = network;
    this.pass = pass;
    this.feedback = feedback;
    this.betweenBatches = betweenBatches;
  }

  @Override
  public String name() {
    return "labels of other samples";
  }

  @Override
  public String stage() {
    return "null-labels-permuted";
  }

  @Override
  public void draw(double[] observed, int draws, Seed seed, Consumer<double[]> each) {
    int[] labels =
        IntStream.of(pass.order()).map(sample -> pass.samples().labels()[sample]).toArray();
    LabelCosines table = LabelCosines.of(network, pass, feedback, betweenBatches);
    for (int[] order : Permutation.several(draws, labels.length, seed, "null/labels/")) {
      each.accept(table.means(Arrays.stream(order).map(n -> labels[n]).toArray()));
    }
  }
}
