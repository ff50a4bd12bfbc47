package dev.collapsar.cli;

import dev.collapsar.calibration.Sampling;
import dev.collapsar.cli.output.Reading;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.command.CollapseSettings;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.FeatureRanks;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Metrics;
import dev.collapsar.metric.OutOfDistribution;
import dev.collapsar.update.Outliers;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures feature files, or a network. */
@Command(
    name = "measure",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = {
      "collapsar measure --features FILE [--labels FILE] [OPTION]...",
      "       collapsar measure --network FILE --data NAME [--tap NAME] [OPTION]..."
    },
    description = {
      "Measure the neural collapse of features in files of any size, or of a network's on images.",
      ""
    },
    footer = {
      "",
      "FILE#NAME chooses an array of an .npz or .safetensors file; without a name it is",
      "the only one that fits, or the one with a usual name (features, labels, x, y,",
      "weights, weight, fc.weight, bias). Files: .npy, .npz, .safetensors, .pt, .csv.",
      "",
      "Examples:",
      "  collapsar measure --features features.npy --labels labels.npy",
      "  collapsar measure --features train.npz --weights head.safetensors#fc.weight \\",
      "      --metrics nc1_pinv,nc3_dual_err --format json",
      "  collapsar measure --features train.npz --dry-run    what is found in the files",
      "  collapsar measure --network model.pt --data mnist",
      "  collapsar measure --network model.pt --data cifar10 --tap layer3 --samples 500"
    })
final class MeasureCommand implements Callable<Integer> {
  /** Beyond this the scatter takes longer than all else. */
  private static final int WIDEST_SPECTRUM = 1024;

  @Spec private CommandSpec spec;
  @Mixin private MeasuredFiles files;
  @Mixin private MeasuredNetwork network;

  @Option(
      names = "--metrics",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "id,...",
      description =
          "these, or 'all' (default: all that the files allow but the costly nc1_vci and rank_*)")
  private List<String> metrics = List.of();

  @Mixin private MeasureOutputs outputs;
  @Mixin private CollapseSettings settings;
  @Mixin private EvidenceSettings evidence;

  @Option(names = "--dry-run", description = "print what is found in the files, and stop")
  private boolean dryRun;

  private final Set<String> said = new HashSet<>();

  @Override
  public Integer call() {
    PrintWriter stdout = spec.commandLine().getOut();
    Set<CollapseMetric> wanted = Metrics.named(metrics);
    evidence.check();
    outputs.check();
    if (network.given()) {
      files.first().ifPresent(network::refuse);
      evidence.requireUnsaid();
      return network.measure(
          dryRun,
          settings.threads(),
          stdout,
          spec.commandLine().getErr(),
          subject -> {
            String text =
                measure(
                    settings.applyTo(subject.collapse()),
                    wanted,
                    subject.sampling(),
                    new MeasureOutputs.Subject("", List.of(), subject.about(), origin(Map.of())));
            outputs.writePage(network.name(), List.of(), origin(subject.about()));
            outputs.print(Map.of("", text), stdout);
          });
    }
    network.requireNothing();
    if (!files.given()) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "one of --features FILE and --network FILE is needed");
    }
    measureFiles(stdout);
    return ExitCodes.DONE;
  }

  private void measureFiles(PrintWriter stdout) {
    Map<String, String> found = new LinkedHashMap<>();
    try (MeasuredFiles opened = files;
        Reading reading = new Reading(new TerminalProgress(stdout), "rows")) {
      List<String> taps = opened.taps();
      if (!taps.isEmpty()) {
        outputs.requireOneLayer();
      }
      for (String tap : taps.isEmpty() ? List.of("") : taps) {
        Collapse collapse =
            settings.applyTo(taps.isEmpty() ? opened.open(reading) : opened.openTap(reading, tap));
        if (!dryRun) {
          opened.notes().stream().filter(said::add).forEach(this::announce);
          MeasureOutputs.Subject subject =
              new MeasureOutputs.Subject(
                  tap, opened.classNames(), Map.of(), origin(opened.origin(outputs.wantsOrigin())));
          found.put(
              tap, measure(collapse, forPage(collapse, opened), evidence.sampling(), subject));
        }
      }
      if (dryRun) {
        opened.notes().forEach(this::announce);
        opened.describe(stdout);
        return;
      }
      Map<String, Object> origin =
          new LinkedHashMap<>(origin(opened.origin(outputs.wantsOrigin())));
      origin.remove("notes"); // stand under the title
      outputs.writePage(opened.title(), opened.notes(), origin);
    }
    outputs.print(found, stdout);
  }

  /** How well scores tell out-of-distribution features apart, where nc5 is wanted. */
  private static List<Measurement> outside(MeasuredCollapse measured, Set<CollapseMetric> wanted) {
    return wanted.isEmpty() || wanted.contains(OutOfDistribution.NC5_OOD_DEV)
        ? Outliers.of(measured)
        : List.of();
  }

  /** A page shows the spectrum of S_W, for which a metric must need it. */
  private Set<CollapseMetric> forPage(Collapse collapse, MeasuredFiles opened) {
    Set<CollapseMetric> wanted = Metrics.named(metrics);
    if (!wanted.isEmpty() || !outputs.wantsPage() || opened.width() > WIDEST_SPECTRUM) {
      return wanted;
    }
    Set<CollapseMetric> more = new LinkedHashSet<>(collapse.usual());
    more.add(FeatureRanks.RANK_ENTROPY);
    return more;
  }

  private String measure(
      Collapse collapse,
      Set<CollapseMetric> wanted,
      Sampling sampling,
      MeasureOutputs.Subject subject) {
    Set<CollapseMetric> asked = wanted.isEmpty() ? collapse.usual() : wanted;
    collapse.longWork(asked).ifPresent(this::announce);
    MeasuredCollapse measured = measured(collapse, asked);
    measured.report().requireNumber();
    return outputs.render(
        measured,
        subject,
        evidence.of(measured, sampling, this::announce).with(outside(measured, wanted)));
  }

  private MeasuredCollapse measured(Collapse collapse, Set<CollapseMetric> asked) {
    PrintWriter stdout = spec.commandLine().getOut();
    try (Reading counting = new Reading(new TerminalProgress(stdout), "pairs")) {
      counting.expect(collapse.pairs());
      return collapse.watchedBy(counting::advance).measured(asked);
    }
  }

  /** With the options, where they are wanted. */
  private Map<String, Object> origin(Map<String, Object> files) {
    Map<String, Object> all = new LinkedHashMap<>(files);
    if (outputs.wantsOrigin()) {
      all.put("options", options());
    }
    return all;
  }

  /** What was said on the command line, as it was spelled; what is not there has its default. */
  private Map<String, Object> options() {
    Map<String, Object> said = new LinkedHashMap<>();
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
      List<String> values = option.originalStringValues();
      said.put(option.longestName(), values.isEmpty() ? true : String.join(",", values));
    }
    return said;
  }

  private void announce(String line) {
    PrintWriter stderr = spec.commandLine().getErr();
    stderr.println(line);
    stderr.flush();
  }
}
