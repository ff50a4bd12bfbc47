package dev.collapsar.cli;

import dev.collapsar.cli.output.NewOutput;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.model.OpenedNetwork;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
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
      "  collapsar network export model.pt merged.pt --adapter my-adapter"
    })
final class NetworkExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "FILE", description = "the network")
  private Path file;

  @Parameters(index = "1", paramLabel = "OUT", description = "what is written, .pt")
  private Path out;

  @Option(names = "--adapter", paramLabel = "DIR", description = "merge this adapter, PEFT's files")
  private Path adapter;

  @Option(names = "--force", description = "replace OUT if it exists")
  private boolean force;

  @Override
  public Integer call() {
    NewOutput.requireScript(out, force);
    PrintWriter stdout = spec.commandLine().getOut();
    try (OpenedNetwork opened = NetworkFile.open(file)) {
      if (adapter != null) {
        Adapter.attach(opened.network(), "merged", AdapterFile.read(adapter));
      }
      NetworkFile.writeScript(out, opened.network());
    }
    stdout.println(out);
    stdout.flush();
    return ExitCodes.DONE;
  }
}
