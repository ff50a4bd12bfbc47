package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.merge.AdapterCombination;
import dev.collapsar.learn.merge.AdapterCombination.Weighted;
import dev.collapsar.learn.merge.AdapterMerge;
import dev.collapsar.learn.merge.CombinationMode;
import dev.collapsar.learn.merge.LogitCheck;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Merges adapters into one another, or into a base. */
@Command(
    name = "merge",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = {
      "collapsar adapter merge ADAPTER --base NETWORK --out OUT [OPTION]...",
      "       collapsar adapter merge DIR... --base CHECKPOINT --out FILE [OPTION]...",
      "       collapsar adapter merge DIR... --out DIR [OPTION]..."
    },
    description = {
      "Merge adapters into a network's weights, or into one another.",
      "Computed in double precision and rounded once; what is merged is never written "
          + "to. Says of each layer how far the result is from what was promised: of a "
          + "combination the distance (Frobenius) from what the mode promises, of a weight "
          + "what rounding it cost.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar adapter merge one --base net.pth --out merged.safetensors",
      "  collapsar adapter merge one --base Llama-3.2-1B --out merged       a folder",
      "  collapsar adapter merge lora.safetensors --base unet --out merged  kohya, diffusers",
      "  collapsar adapter merge one two --weights 0.7,0.3 --out sum",
      "  collapsar adapter merge one two --mode svd --rank 8 --out sum8",
      "  collapsar adapter merge one two --mode ties --density 0.2 --out both",
      "  collapsar adapter merge one --mode svd --rank 2 --out smaller",
      "",
      "What each mode guarantees: docs/adapters.md"
    })
final class AdapterMergeCommand implements Callable<Integer> {
  private static final long PROBE_SEED = 0;
  private static final double DEFAULT_TOLERANCE = 1e-4;

  @Spec private CommandSpec spec;

  @Mixin private WeightedAdapters inputs;

  @Option(
      names = "--base",
      paramLabel = "NETWORK",
      description = "merge into these weights: a file, or a Hugging Face folder")
  private Path base;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "OUT",
      description =
          "with --base a .safetensors file or a network's folder, else an adapter's folder")
  private Path out;

  @Option(
      names = "--tolerance",
      paramLabel = "t",
      description =
          "with --base: refuse if merging changes a logit by more than t times the largest, on a"
              + " random batch, where the architecture is known (default: 1e-4)")
  private Double tolerance;

  @Mixin private CombinationSettings settings;

  @Option(names = "--force", description = "replace OUT if it exists")
  private boolean force;

  @Override
  public Integer call() {
    CombinationMode mode = settings.mode();
    if (base == null && tolerance != null) {
      throw new InvalidInputException("--tolerance: has a meaning only with --base");
    }
    if (base == null) {
      NewOutput.requireAdapter(out, force);
    } else {
      NewOutput.requireNetwork(out, force);
    }
    if (base != null && inputs.single().isPresent() && mode instanceof CombinationMode.Cat) {
      new NetworkMerging(base, inputs.single().get(), out, force, allowed(), spec.commandLine())
          .run();
      return ExitCodes.DONE;
    }
    if (base != null) {
      NewOutput.requireSafeTensors(out, force);
    }
    Map<String, Weighted> adapters = inputs.read(spec.commandLine().getErr());
    MergeTables tables = new MergeTables(spec.commandLine().getOut());
    if (base == null) {
      AdapterCombination combination = AdapterCombination.of(adapters, mode);
      tables.print(combination);
      combination.adapter().write(out);
    } else {
      Map<String, StoredTensor> before = Checkpoint.read(base).tensors();
      AdapterFile adapter = single(adapters, mode, tables);
      AdapterMerge merge = AdapterMerge.into(before, adapter);
      tables.print(merge.changes());
      LogitCheck check = LogitCheck.of(before, adapter, merge.tensors(), new Seed(PROBE_SEED));
      tables.print(check);
      tables.requireTolerable(check, allowed(), out);
      SafeTensors.write(out, merge.tensors(), Map.of("format", "pt"));
    }
    spec.commandLine().getOut().println(out);
    spec.commandLine().getOut().flush();
    return ExitCodes.DONE;
  }

  private double allowed() {
    return tolerance == null ? DEFAULT_TOLERANCE : tolerance;
  }

  /** What is merged into the base: a combination that nothing rounded. */
  private static AdapterFile single(
      Map<String, Weighted> adapters, CombinationMode mode, MergeTables tables) {
    Map<String, Weighted> widened = new LinkedHashMap<>();
    adapters.forEach((name, weighted) -> widened.put(name, weighted.widened()));
    AdapterCombination combination = AdapterCombination.of(widened, mode);
    tables.print(combination);
    return combination.adapter();
  }
}
