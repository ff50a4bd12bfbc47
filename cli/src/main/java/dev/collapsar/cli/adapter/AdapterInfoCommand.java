package dev.collapsar.cli.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.NewOutput;
import dev.collapsar.cli.output.Reading;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.NewFile;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.layout.AdapterLayouts;
import dev.collapsar.learn.merge.AdapterSummary;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.learn.spectra.AdapterIntruders;
import dev.collapsar.learn.spectra.AdapterSpectra;
import dev.collapsar.learn.spectra.OutputTurns;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.random.Seed;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what an adapter holds. */
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Say what an adapter holds.",
      "Its layers with shapes, rank, scale and where the scale comes from, parameters, "
          + "the Frobenius norm of what it adds to each weight (in double precision); what "
          + "else it holds, and what of its configuration is not understood.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar adapter info my-adapter",
      "  collapsar adapter info my-adapter --base net.pth    norms beside the weights'",
      "  collapsar adapter info lora.safetensors             kohya, LyCORIS, diffusers",
      "  collapsar adapter info my-adapter --spectra --html spectra.html",
      "  collapsar adapter info my-adapter --base net.safetensors --intruders --null 10",
      "  collapsar adapter info my-adapter --format json"
    })
public final class AdapterInfoCommand implements Callable<Integer> {
  private static final double WORTH_SAYING = 1e10; // operations, about a second

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "ADAPTER", description = "a folder as PEFT's, or a .safetensors file")
  private Path folder;

  @Option(
      names = "--base",
      paramLabel = "CHECKPOINT",
      description =
          "the network's weights: .safetensors, .pth/.pt of torch.save, or a Hugging Face folder")
  private Path base;

  @Option(
      names = "--spectra",
      description =
          "the singular values of what it adds to each weight: stable and entropy rank, how many"
              + " have 90%% and 99%% of the energy; totals by type of module; with"
              + " --base also how far"
              + " each output's weights change in length and in direction, DoRA's or any")
  private boolean spectra;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "write the spectra as a page of maps")
  private Path html;

  @Option(
      names = "--intruders",
      description =
          "of each weight of --base, how many of the first ten left singular vectors of the adapted"
              + " weight are like none of its own, |cosine| below .5 (Shuttleworth et al. 2024)")
  private boolean intruders;

  @Option(
      names = "--null",
      paramLabel = "N",
      description =
          "beside --intruders: the same of N updates of the same singular values in random"
              + " directions, 2 or more; what it costs is said first")
  private Integer draws;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "of the random directions (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(names = "--force", description = "replace the page if it exists")
  private boolean force;

  @Option(names = "--format", paramLabel = "table|json", description = "default: table")
  private AdapterFormat format = AdapterFormat.TABLE;

  @Override
  public Integer call() {
    PrintWriter stdout = spec.commandLine().getOut();
    if (html != null) {
      NewOutput.requireHtml(html, force);
    }
    requireWhole();
    Optional<SpectraTables> tables =
        spectra || html != null
            ? Optional.of(new SpectraTables(spectra(stdout)))
            : Optional.empty();
    List<Finding> found = new ArrayList<>(tables.stream().toList());
    if (spectra && base != null) {
      found.add(new TurnTables(turns(stdout)));
    }
    if (intruders) {
      found.add(new IntruderTables(intruders(stdout)));
    }
    if (html != null) {
      byte[] page = tables.get().page(folder).getBytes(StandardCharsets.UTF_8);
      NewFile.write(html, out -> out.write(page));
    }
    Optional<AdapterSummary> summary = summary();
    if (summary.isPresent()) {
      format.print(folder, summary.get(), found, stdout);
    } else {
      format.look(folder, Optional.ofNullable(base), found, stdout);
    }
    stdout.flush();
    return ExitCodes.DONE;
  }

  private void requireWhole() {
    if (base != null && !Files.exists(base)) {
      throw new InvalidInputException(base + ": no such file or folder");
    }
    if (intruders && base == null) {
      throw new InvalidInputException("--intruders needs the weights: name them with --base");
    }
    if (draws != null && (!intruders || draws < 2)) {
      throw new InvalidInputException(
          "--null goes with --intruders and must be 2 or more, got " + draws);
    }
  }

  private AdapterIntruders intruders(PrintWriter stdout) {
    int rotated = draws == null ? 0 : draws;
    int threads = Runtime.getRuntime().availableProcessors();
    try (AdapterLayouts.Opened opened = AdapterLayouts.open(folder);
        BaseNetwork network = BaseNetwork.open(base);
        Reading progress = new Reading(new TerminalProgress(stdout), "weights")) {
      double operations = AdapterIntruders.operations(opened.adapter(), network, rotated);
      if (operations > WORTH_SAYING) {
        spec.commandLine()
            .getErr()
            .printf(
                Locale.ROOT,
                "all singular vectors of the weights would take %.1e floating point"
                    + " operations, a minute"
                    + " for 1e12 or so; bounds that decide without them a quarter to a half%n",
                operations);
        spec.commandLine().getErr().flush();
      }
      progress.expect(opened.adapter().targets().size());
      return AdapterIntruders.of(
          opened.adapter(), network, rotated, new Seed(seed), threads, progress::advance);
    }
  }

  private OutputTurns turns(PrintWriter stdout) {
    try (AdapterLayouts.Opened opened = AdapterLayouts.open(folder);
        BaseNetwork network = BaseNetwork.open(base);
        Reading progress = new Reading(new TerminalProgress(stdout), "weights")) {
      progress.expect(opened.adapter().targets().size());
      return OutputTurns.of(opened.adapter(), network, progress::advance);
    }
  }

  private AdapterSpectra spectra(PrintWriter stdout) {
    TorchRuntime.keepToCallersThreads();
    try (AdapterLayouts.Opened opened = AdapterLayouts.open(folder);
        Reading progress = new Reading(new TerminalProgress(stdout), "layers")) {
      progress.expect(opened.adapter().targets().size());
      return AdapterSpectra.of(
          opened.adapter(), Runtime.getRuntime().availableProcessors(), progress::advance);
    }
  }

  /** With norms, if the adapter is one that networks here take, and its base has what it adapts. */
  private Optional<AdapterSummary> summary() {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try {
      AdapterFile adapter = AdapterFile.read(folder);
      return Optional.of(base == null ? AdapterSummary.of(adapter) : onBase(adapter));
    } catch (InvalidInputException e) {
      return Optional.empty(); // what is wrong is said beside what there is to see
    }
  }

  private AdapterSummary onBase(AdapterFile adapter) {
    try (BaseNetwork network = BaseNetwork.open(base)) {
      network.notes().forEach(spec.commandLine().getErr()::println);
      return AdapterSummary.on(network, adapter, Runtime.getRuntime().availableProcessors());
    }
  }
}
