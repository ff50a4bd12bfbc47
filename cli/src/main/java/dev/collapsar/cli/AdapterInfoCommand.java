package dev.collapsar.cli;

import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.merge.AdapterSummary;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
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
      "  collapsar adapter info my-adapter --format json"
    })
final class AdapterInfoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "the adapter's folder")
  private Path folder;

  @Option(
      names = "--base",
      paramLabel = "CHECKPOINT",
      description = "the network's weights: .safetensors, or .pth/.pt of torch.save")
  private Path base;

  @Option(names = "--format", paramLabel = "table|json", description = "default: table")
  private AdapterFormat format = AdapterFormat.TABLE;

  @Override
  public Integer call() {
    AdapterFile adapter = AdapterFile.read(folder);
    AdapterSummary summary =
        base == null ? AdapterSummary.of(adapter) : AdapterSummary.on(baseTensors(), adapter);
    PrintWriter stdout = spec.commandLine().getOut();
    format.print(folder, summary, stdout);
    stdout.flush();
    return ExitCodes.DONE;
  }

  private Map<String, StoredTensor> baseTensors() {
    Checkpoint read = Checkpoint.read(base);
    read.notes().forEach(note -> spec.commandLine().getErr().println(base + ": " + note));
    return read.tensors();
  }
}
