package dev.collapsar.learn.feedback;

import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.network.Network;
import dev.collapsar.random.Seed;
import java.util.function.Consumer;
import java.util.function.Function;

/** The same matrices and samples on networks with initial values from streams of the seed. */
final class UntrainedNetworks implements FeedbackNull {
  private final Function<Seed, Network> build;
  private final OrderedBatches pass;
  private final FeedbackMatrices feedback;
  private final Runnable betweenBatches;

  /**
   * @param build a network of the same kind with initial values from this seed; closed here
   */
  UntrainedNetworks(
      Function<Seed, Network> build,
      OrderedBatches pass,
      FeedbackMatrices feedback,
      Runnable betweenBatches) {
    this.build = build;
    this.pass = pass;
    this.feedback = feedback;
    this.betweenBatches = betweenBatches;
  }

  @Override
  public String name() {
    return "untrained networks";
  }

  @Override
  public String stage() {
    return "null-untrained";
  }

  @Override
  public void draw(double[] observed, int draws, Seed seed, Consumer<double[]> each) {
    for (int k = 0; k < draws; k++) {
      try (Network network = build.apply(seed.under("null/untrained/" + k))) {
        each.accept(Signals.alignment(network, pass, feedback, betweenBatches).cosines());
      }
    }
  }
}
