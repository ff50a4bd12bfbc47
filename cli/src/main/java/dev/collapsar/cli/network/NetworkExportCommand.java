package dev.collapsar.cli.network;

import dev.collapsar.cli.output.NewOutput;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.prediction.StoredNetworks;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a network as TorchScript. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Write a network as TorchScript, which PyTorch and whatever loads its files run "
          + "without us: in evaluation mode, with its card inside, and with an adapter "
          + "merged if one is given.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar network export net.safetensors net.pt",
      "  collapsar network export model.pt merged.pt --adapter my-adapter",
      "  collapsar network export runs/mine best.pt",
      "  collapsar network export runs/mine lora.pt --variant lora-r8"
    })
final class NetworkExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "FILE|RUN",
      description = "a network's file, or a run's directory")
  private Path file;

  @Parameters(index = "1", paramLabel = "OUT", description = "what is written, .pt")
  private Path out;

  @Mixin private NetworkChoice choice;

  @Option(
      names = "--without-adapter",
      description = "of a run's variant that is an adapter: what it sits on, without it")
  private boolean bare;

  @Option(names = "--force", description = "replace OUT if it exists")
  private boolean force;

  @Override
  public Integer call() {
    NewOutput.requireScript(out, force);
    PrintWriter stdout = spec.commandLine().getOut();
    try (StoredNetworks.Opened opened = choice.open(file, false)) {
      opened.notes().forEach(spec.commandLine().getErr()::println);
      spec.commandLine().getErr().flush();
      if (bare) {
        opened.network().weights().activate(List.of());
      }
      NetworkFile.writeScript(out, opened.network());
    }
    stdout.println(out);
    stdout.flush();
    return ExitCodes.DONE;
  }
}
