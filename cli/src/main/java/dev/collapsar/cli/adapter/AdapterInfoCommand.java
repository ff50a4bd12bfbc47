package dev.collapsar.cli.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.merge.AdapterSummary;
import dev.collapsar.learn.merge.BaseNetwork;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
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
      "  collapsar adapter info my-adapter --format json"
    })
public final class AdapterInfoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "ADAPTER", description = "a folder as PEFT's, or a .safetensors file")
  private Path folder;

  @Option(
      names = "--base",
      paramLabel = "CHECKPOINT",
      description =
          "the network's weights: .safetensors, .pth/.pt of torch.save, or a Hugging Face folder")
  private Path base;

  @Option(names = "--format", paramLabel = "table|json", description = "default: table")
  private AdapterFormat format = AdapterFormat.TABLE;

  @Override
  public Integer call() {
    PrintWriter stdout = spec.commandLine().getOut();
    Optional<AdapterSummary> summary = summary();
    if (summary.isPresent()) {
      format.print(folder, summary.get(), stdout);
    } else {
      format.look(folder, Optional.ofNullable(base), stdout);
    }
    stdout.flush();
    return ExitCodes.DONE;
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
