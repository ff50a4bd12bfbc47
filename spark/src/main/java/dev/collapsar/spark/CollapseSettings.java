package dev.collapsar.spark;

import dev.collapsar.metric.CollapseOptions;
import dev.collapsar.metric.CollapseOptions.Averaging;
import dev.collapsar.metric.CollapseOptions.GlobalMean;
import java.util.HashSet;
import java.util.List;
import picocli.CommandLine.Option;

/** How the metrics are taken, as options of a command: those of {@code collapsar measure}. */
final class CollapseSettings {
  @Option(
      names = "--average",
      paramLabel = "samples|classes",
      description = "what counts the same in nc4_*: every sample (default) or every class")
  private Averaging averaging = Averaging.SAMPLES;

  @Option(
      names = "--global-mean",
      paramLabel = "classes|samples",
      description = "the centre: mean of the class means (default) or of all samples")
  private GlobalMean globalMean = GlobalMean.CLASSES;

  @Option(
      names = "--only-classes",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "k,...",
      description = "measure these classes alone (default: all)")
  private List<Integer> onlyClasses = List.of();

  @Option(
      names = "--min-samples",
      paramLabel = "n",
      description = "leave out classes with fewer training samples (default: 0)")
  private long minimumSamples;

  @Option(
      names = "--dist-exponent",
      paramLabel = "e",
      description = "exponent of the squared distances of nc1_cdnv (default: 1)")
  private double distExponent = 1;

  @Option(
      names = "--tile-size",
      paramLabel = "rows",
      description = "class means in a tile of the pairwise sums; bounds memory (default: 256)")
  private int tileSize = CollapseOptions.defaults().tileSize();

  @Option(
      names = "--rank-tolerance",
      paramLabel = "t",
      description =
          "eigenvalues at most t times the largest count as zero (default: max(K,D) * 2^-52)")
  private Double rankTolerance;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "of the driver (default: one a processor)")
  private int threads = CollapseOptions.defaults().threads();

  CollapseOptions options() {
    CollapseOptions options =
        CollapseOptions.defaults()
            .withAveraging(averaging)
            .withGlobalMean(globalMean)
            .withClasses(new HashSet<>(onlyClasses))
            .withMinimumSamples(minimumSamples)
            .withDistExponent(distExponent)
            .withTileSize(tileSize)
            .withThreads(threads);
    return rankTolerance == null ? options : options.withRankTolerance(rankTolerance);
  }
}
