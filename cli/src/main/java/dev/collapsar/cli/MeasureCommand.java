package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.calibration.Sampling;
import dev.collapsar.classes.ClassArrays;
import dev.collapsar.classes.ClassNumbers;
import dev.collapsar.cli.output.Reading;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.command.CollapseSettings;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.NewFile;
import dev.collapsar.data.NpyOutput;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Metrics;
import dev.collapsar.metric.OutOfDistribution;
import dev.collapsar.report.CollapseFormat;
import dev.collapsar.update.Outliers;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures feature files, or a network. */
@Command(
    name = "measure",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = {
      "collapsar measure --features FILE [--labels FILE] [OPTION]...",
      "collapsar measure --network FILE --data NAME [--tap NAME] [OPTION]..."
    },
    description = {
      "Measure the neural collapse of features in files of any size, or of a network's on images.",
      ""
    },
    footer = {
      "",
      "FILE#NAME chooses an array of an .npz or .safetensors file; without a name it is",
      "the only one that fits, or the one with a usual name (features, labels, x, y,",
      "weights, weight, fc.weight, bias).",
      "",
      "Examples:",
      "  collapsar measure --features features.npy --labels labels.npy",
      "  collapsar measure --features train.npz --weights head.safetensors#fc.weight \\",
      "      --metrics nc1_pinv,nc3_dual_err --format json",
      "  collapsar measure --features train.npz --dry-run    what is found in the files",
      "  collapsar measure --network model.pt --data mnist",
      "  collapsar measure --network model.pt --data cifar10 --tap layer3 --samples 5000"
    })
final class MeasureCommand implements Callable<Integer> {
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

  @Option(names = "--format", paramLabel = "table|json|csv", description = "default: table")
  private CollapseFormat format = CollapseFormat.TABLE;

  @Option(names = "--out", paramLabel = "FILE", description = "write there instead of stdout")
  private Path out;

  @Option(
      names = "--classes-out",
      paramLabel = "FILE",
      description = "write a table of each class there: spread, length of mean, cosine, hits")
  private Path classesOut;

  @Option(
      names = "--arrays",
      paramLabel = "FILE.npz",
      description =
          "write vectors over classes and grids over pairs there: norms, similarities, distances,"
              + " interference, kernels, cdnv")
  private Path arraysOut;

  @Mixin private CollapseSettings settings;
  @Mixin private EvidenceSettings evidence;

  @Option(names = "--dry-run", description = "print what is found in the files, and stop")
  private boolean dryRun;

  /** Before the work rather than after it. */
  private void requirePlaces() {
    if (out != null) {
      NewFile.requirePlace(out);
    }
    if (classesOut != null) {
      NewFile.requirePlace(classesOut);
    }
    if (arraysOut != null) {
      requireArrays();
    }
  }

  @Override
  public Integer call() {
    PrintWriter stdout = spec.commandLine().getOut();
    Set<CollapseMetric> wanted = Metrics.named(metrics);
    evidence.check();
    requirePlaces();
    if (network.given()) {
      files.first().ifPresent(network::refuse);
      evidence.requireUnsaid();
      return network.measure(
          dryRun,
          settings.threads(),
          stdout,
          spec.commandLine().getErr(),
          subject ->
              print(
                  measure(
                      settings.applyTo(subject.collapse()),
                      wanted,
                      subject.sampling(),
                      subject.about()),
                  stdout));
    }
    network.requireNothing();
    if (!files.given()) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "one of --features FILE and --network FILE is needed");
    }
    String found;
    try (MeasuredFiles opened = files;
        Reading reading = new Reading(new TerminalProgress(stdout), "rows")) {
      Collapse collapse = settings.applyTo(opened.open(reading));
      opened.notes().forEach(this::announce);
      if (dryRun) {
        opened.describe(stdout);
        return ExitCodes.DONE;
      }
      found = measure(collapse, wanted, evidence.sampling(), Map.of());
    }
    print(found, stdout);
    return ExitCodes.DONE;
  }

  private String measure(
      Collapse collapse, Set<CollapseMetric> wanted, Sampling sampling, Map<String, Object> about) {
    MeasuredCollapse measured = collapse.measured(wanted.isEmpty() ? collapse.usual() : wanted);
    measured.report().requireNumber();
    List<ClassNumbers> classes = ClassNumbers.of(measured);
    if (classesOut != null) {
      write(classesOut, ClassNumbers.csv(classes));
    }
    if (arraysOut != null) {
      double exponent = measured.options().distExponent();
      NpyOutput.writeNpz(
          arraysOut,
          InvalidInputException.naming(
              "--arrays", arraysOut, () -> ClassArrays.of(measured).named(exponent)));
    }
    return format.render(
        measured.report(),
        about,
        evidence.of(measured, sampling, this::announce).with(outside(measured, wanted)),
        classes);
  }

  /** How well scores tell out-of-distribution features apart, where nc5 is wanted. */
  private static List<Measurement> outside(MeasuredCollapse measured, Set<CollapseMetric> wanted) {
    return wanted.isEmpty() || wanted.contains(OutOfDistribution.NC5_OOD_DEV)
        ? Outliers.of(measured)
        : List.of();
  }

  private void requireArrays() {
    if (!arraysOut.toString().endsWith(".npz")) {
      throw new InvalidInputException(
          "--arrays %s: what is written is a .npz file, and is named so".formatted(arraysOut));
    }
    NewFile.requirePlace(arraysOut);
  }

  private void announce(String line) {
    PrintWriter stderr = spec.commandLine().getErr();
    stderr.println(line);
    stderr.flush();
  }

  private void print(String text, PrintWriter stdout) {
    if (out == null) {
      stdout.print(text);
      stdout.flush();
    } else {
      write(out, text);
    }
  }

  private static void write(Path file, String text) {
    NewFile.write(file, stream -> stream.write(text.getBytes(StandardCharsets.UTF_8)));
  }
}
