package dev.collapsar.cli.adapter;

import dev.collapsar.learn.spectra.RankRule;
import picocli.CommandLine.Option;

/** How many singular values are kept, as options of which exactly one is given. */
final class RankRuleOptions {
  @Option(names = "--rank", paramLabel = "r", description = "at most r of them")
  private Integer rank;

  @Option(
      names = "--energy",
      paramLabel = "e",
      description = "the fewest with at least this share of the squared Frobenius norm, as .95")
  private Double energy;

  @Option(
      names = "--norm",
      paramLabel = "q",
      description = "the fewest with at least this share of the Frobenius norm: energy q*q")
  private Double norm;

  @Option(
      names = "--error",
      paramLabel = "e",
      description = "the fewest that leave at most this share of the Frobenius norm behind")
  private Double error;

  @Option(
      names = "--ratio",
      paramLabel = "t",
      description = "all above t times the largest singular value")
  private Double ratio;

  RankRule rule() {
    if (rank != null) {
      return new RankRule.Fixed(rank);
    }
    if (energy != null) {
      return new RankRule.Energy(energy);
    }
    if (norm != null) {
      return new RankRule.Norm(norm);
    }
    return error != null ? new RankRule.Error(error) : new RankRule.Ratio(ratio);
  }
}
