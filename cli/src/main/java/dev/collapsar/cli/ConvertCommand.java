package dev.collapsar.cli;

import dev.collapsar.cli.output.NewOutput;
import dev.collapsar.cli.output.Reading;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.ArrayConversion;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.learn.checkpoint.Checkpoint;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Converts feature files, and PyTorch checkpoints. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    customSynopsis = "collapsar convert IN... OUT [--force]",
    description = {
      "Convert feature files and checkpoints, every number as it was.",
      "Features go between .npy, .npz and .safetensors (bfloat16 becomes float32 of the "
          + "same value where numpy must read it). A PyTorch state dict (.pth, .pt, .bin, "
          + ".ckpt; plain or nested) becomes .safetensors; nothing in it is executed. All of "
          + "its tensors or none: one that is not understood is named and refused.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar convert train.npz train.safetensors",
      "  collapsar convert train.safetensors#features features.npy",
      "  collapsar convert features.npy labels.npy train.npz",
      "  collapsar convert net.pth net.safetensors"
    })
final class ConvertCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0..*",
      arity = "2..*",
      hideParamSyntax = true,
      paramLabel = "IN... OUT",
      description = "files, FILE#NAME for one array of a file; last the file that is written")
  private List<String> files;

  @Option(names = "--force", description = "replace OUT if it exists")
  private boolean force;

  @Override
  public Integer call() {
    PrintWriter stdout = spec.commandLine().getOut();
    List<String> sources = files.subList(0, files.size() - 1);
    Path target = Path.of(files.get(files.size() - 1));
    if (sources.size() == 1 && sources.get(0).matches(".*\\.(pth|pt|bin|ckpt)(\\.tar)?")) {
      convertCheckpoint(Path.of(sources.get(0)), target, stdout);
      return ExitCodes.DONE;
    }
    try (ArrayConversion conversion = ArrayConversion.open(sources, target)) {
      try (Reading progress = new Reading(new TerminalProgress(stdout), "bytes")) {
        progress.expect(conversion.bytes());
        conversion.run(force, progress::advance);
      }
      conversion.arrays().forEach(stdout::println);
    }
    return ExitCodes.DONE;
  }

  private void convertCheckpoint(Path source, Path target, PrintWriter stdout) {
    NewOutput.requireSafeTensors(target, force);
    Checkpoint checkpoint = Checkpoint.read(source);
    SafeTensors.write(target, checkpoint.tensors(), Map.of("format", "pt"));
    checkpoint.tensors().forEach((name, tensor) -> stdout.println(name + " " + tensor));
    checkpoint.notes().forEach(stdout::println);
    checkpoint.besides().forEach(stdout::println);
    stdout.flush();
  }
}
