package dev.collapsar.command;

import dev.collapsar.InvalidInputException;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseOptions;
import dev.collapsar.metric.CollapseOptions.Averaging;
import dev.collapsar.metric.CollapseOptions.GlobalMean;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** How the metrics are taken, as options of a command. */
public final class CollapseSettings {
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
      description = "leave out classes with fewer training samples (default: those without any)")
  private long minimumSamples;

  @Option(
      names = "--max-samples",
      paramLabel = "n",
      description = "leave out classes with more training samples (default: none)")
  private Long maximumSamples;

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
      description = "of this process (default: one a processor)")
  private int threads = CollapseOptions.defaults().threads();

  /**
   * The measurement, taken so.
   *
   * @throws dev.collapsar.InvalidInputException naming the option whose value is refused
   */
  public Collapse applyTo(Collapse collapse) {
    CollapseOptions options =
        set("--min-samples", minimumSamples, CollapseOptions.defaults()::withMinimumSamples);
    if (maximumSamples != null) {
      options = set("--max-samples", maximumSamples, options::withMaximumSamples);
    }
    options = set("--dist-exponent", distExponent, options::withDistExponent);
    options = set("--tile-size", tileSize, options::withTileSize);
    options = set("--threads", threads, options::withThreads);
    if (rankTolerance != null) {
      options = set("--rank-tolerance", rankTolerance, options::withRankTolerance);
    }
    options =
        options
            .withAveraging(averaging)
            .withGlobalMean(globalMean)
            .withClasses(new HashSet<>(onlyClasses));
    return chosen(collapse, options);
  }

  /** How many threads of this process work at once. */
  public int threads() {
    return threads;
  }

  private Collapse chosen(Collapse collapse, CollapseOptions options) {
    String list = onlyClasses.stream().map(String::valueOf).collect(Collectors.joining(","));
    return InvalidInputException.naming(
        "--only-classes", list, () -> collapse.withOptions(options));
  }

  private static <V> CollapseOptions set(
      String option, V value, Function<V, CollapseOptions> setting) {
    return InvalidInputException.naming(option, value, () -> setting.apply(value));
  }
}
