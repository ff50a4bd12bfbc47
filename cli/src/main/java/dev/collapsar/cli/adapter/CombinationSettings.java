package dev.collapsar.cli.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Spelling;
import dev.collapsar.learn.merge.CombinationMode;
import dev.collapsar.learn.merge.CombinationMode.SignElection;
import dev.collapsar.random.Seed;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** How several adapters become one, as options of a command. */
public final class CombinationSettings {
  private static final long DEFAULT_SEED = 42;

  /** The modes as they are spelled, with the options that each has. */
  private enum Mode {
    CAT(false, false),
    SVD(true, false),
    LINEAR(false, false),
    TIES(true, true),
    DARE(true, true),
    MAGNITUDE_PRUNE(true, true);

    private final boolean truncates;
    private final boolean drops;

    Mode(boolean truncates, boolean drops) {
      this.truncates = truncates;
      this.drops = drops;
    }
  }

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description =
          "cat (default): the sum, exactly, ranks added up; svd: the nearest of --rank to the sum;"
              + " linear: PEFT's mean of factors; ties, dare, magnitude-prune: the updates made"
              + " sparse, then the nearest of --rank")
  private Mode mode = Mode.CAT;

  @Option(names = "--rank", paramLabel = "R", description = "default: the adapters' largest")
  private Integer rank;

  @Option(
      names = "--density",
      paramLabel = "d",
      description = "share of each update's elements that ties, dare, magnitude-prune keep")
  private Double density;

  @Option(
      names = "--election",
      paramLabel = "total|frequency",
      description = "whose sign counts in ties: that of the sum (default) or of most adapters")
  private SignElection election;

  @Option(names = "--seed", paramLabel = "N", description = "of what dare drops; default: 42")
  private Long seed;

  CombinationMode mode() {
    requireOnly("--rank", rank, mode.truncates, "svd, ties, dare or magnitude-prune");
    requireOnly("--density", density, mode.drops, "ties, dare or magnitude-prune");
    requireOnly("--election", election, mode == Mode.TIES, "ties");
    requireOnly("--seed", seed, mode == Mode.DARE, "dare");
    if (rank != null && rank < 1) {
      throw new InvalidInputException("--rank %s: must be at least 1".formatted(rank));
    }
    if (mode.drops && (density == null || !(density > 0 && density <= 1))) {
      throw new InvalidInputException(
          density == null
              ? "--mode %s: needs --density d in (0, 1]".formatted(Spelling.of(mode))
              : "--density %s: must be in (0, 1]".formatted(density));
    }
    OptionalInt kept = rank == null ? OptionalInt.empty() : OptionalInt.of(rank);
    return switch (mode) {
      case CAT -> new CombinationMode.Cat();
      case SVD -> new CombinationMode.Svd(kept);
      case LINEAR -> new CombinationMode.Linear();
      case TIES ->
          new CombinationMode.Ties(density, election == null ? SignElection.TOTAL : election, kept);
      case DARE ->
          new CombinationMode.Dare(density, new Seed(seed == null ? DEFAULT_SEED : seed), kept);
      case MAGNITUDE_PRUNE -> new CombinationMode.MagnitudePrune(density, kept);
    };
  }

  private void requireOnly(String option, Object value, boolean allowed, String modes) {
    if (value != null && !allowed) {
      throw new InvalidInputException(
          "%s: has no meaning with --mode %s, only with %s"
              .formatted(option, Spelling.of(mode), modes));
    }
  }
}
