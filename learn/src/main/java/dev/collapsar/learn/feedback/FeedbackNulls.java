package dev.collapsar.learn.feedback;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.network.Network;
import dev.collapsar.random.Seed;
import java.util.function.Function;

/**
 * The cosines that chance gives, of signals whose gradients were computed once. Every null keeps
 * the pairing, so that states which share a matrix share its draws.
 */
public final class FeedbackNulls {
  /** The first seed of the null-calibration script's fresh matrices; draw k has seed 10000 + k. */
  public static final long FIRST_SEED = 10_000;

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

  /** Fresh N(0,1)/sqrt(K) matrices, by PyTorch's generator from {@link #FIRST_SEED} on. */
  public NullDraws fresh() {
    return NullDraws.of(
        DrawnMatrices.fresh(signals, pairing, betweenDraws), draws, new Seed(FIRST_SEED));
  }

  /** The matrices' directions replaced by random ones; singular values and row space stay. */
  public NullDraws rotated(FeedbackMatrices feedback, Seed seed) {
    return NullDraws.of(
        DrawnMatrices.rotated(signals, pairing, feedback, betweenDraws), draws, seed);
  }

  /** The teaching signals of other samples. */
  public NullDraws errorShuffled(FeedbackMatrices feedback, Seed seed) {
    return NullDraws.of(new PermutedErrors(signals, feedback, betweenDraws), draws, seed);
  }

  /** Labels of other samples, in error and gradient alike. */
  public NullDraws labelsPermuted(
      Network network, OrderedBatches pass, FeedbackMatrices feedback, Seed seed) {
    return NullDraws.of(
        new PermutedSampleLabels(network, pass, feedback, betweenDraws), draws, seed);
  }

  /** The matrices in other orders; only of three or more matrices of one shape. */
  public NullDraws matricesPermuted(FeedbackMatrices feedback, Seed seed) {
    return NullDraws.of(
        new PermutedMatrices(signals, pairing, feedback, betweenDraws), draws, seed);
  }

  /**
   * The same matrices and samples on untrained networks.
   *
   * @param build a network of the same kind with initial values from this seed; closed here
   */
  public static NullDraws untrained(
      Function<Seed, Network> build,
      OrderedBatches pass,
      FeedbackMatrices feedback,
      int networks,
      Seed seed,
      Runnable betweenBatches) {
    return NullDraws.of(
        new UntrainedNetworks(build, pass, feedback, betweenBatches), networks, seed);
  }
}
