package dev.collapsar.cli.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.NewOutput;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.adapter.AdaptableLayer;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.KohyaFile;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.merge.BaseNetwork;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Converts adapters between PEFT's layout and kohya's. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Convert an adapter between PEFT's folder and kohya's one file.",
      "kohya's sd-scripts keep it in a .safetensors file of lora_down, lora_up and "
          + "alpha. Every factor keeps its bytes, every layer its scale. Names in such a file "
          + "have underscores for dots; which were dots, the network tells (--base), or the "
          + "file's metadata if it was written here.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar adapter convert my-adapter my-adapter.safetensors",
      "  collapsar adapter convert theirs.safetensors my-adapter --base net.pth",
      "",
      "For a network's weights:  collapsar convert net.pth net.safetensors"
    })
public final class AdapterConvertCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "IN", description = "a PEFT folder or a kohya file")
  private Path in;

  @Parameters(index = "1", paramLabel = "OUT", description = "the other of the two")
  private Path out;

  @Option(
      names = "--base",
      paramLabel = "CHECKPOINT",
      description = "the network whose layers a kohya file's names mean")
  private Path base;

  @Option(
      names = "--prefix",
      paramLabel = "NAME",
      description = "of the names in a kohya file that is written; default: lora_unet")
  private String prefix;

  @Option(names = "--force", description = "replace OUT if it exists")
  private boolean force;

  @Override
  public Integer call() {
    PrintWriter stdout = spec.commandLine().getOut();
    if (Files.isDirectory(in)) {
      requireAbsent("--base", base, "when a kohya file is read");
      NewOutput.requireSafeTensors(out, force);
      AdapterFile adapter = AdapterFile.read(in);
      KohyaFile.write(adapter, out, prefix == null ? "lora_unet" : prefix)
          .forEach(line -> stdout.println("not kept: " + line));
      adapter.warnings().forEach(line -> spec.commandLine().getErr().println("warning: " + line));
    } else {
      requireAbsent("--prefix", prefix, "when a kohya file is written");
      NewOutput.requireAdapter(out, force);
      Checkpoint file = Checkpoint.read(in);
      if (!KohyaFile.isOne(file)) {
        throw new InvalidInputException(
            in
                + ": neither a PEFT folder nor a file with tensors named lora_down;"
                + " a network's weights are converted by 'collapsar convert'");
      }
      KohyaFile.read(file, in, modules()).write(out);
    }
    stdout.println(out);
    stdout.flush();
    return ExitCodes.DONE;
  }

  private List<String> modules() {
    if (base == null) {
      return List.of();
    }
    try (BaseNetwork network = BaseNetwork.open(base)) {
      return AdaptableLayer.inferred(Checkpoint.unwrapped(network.tensors())).stream()
          .map(AdaptableLayer::name)
          .toList();
    }
  }

  private static void requireAbsent(String option, Object value, String where) {
    if (value != null) {
      throw new InvalidInputException(option + ": has a meaning only " + where);
    }
  }
}
