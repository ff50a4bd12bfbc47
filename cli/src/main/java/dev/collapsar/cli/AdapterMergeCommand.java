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
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Merges adapters into one another, or into a base. */
@Command(
    name = "merge",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = {
      "collapsar adapter merge DIR... --base CHECKPOINT --out FILE.safetensors [OPTION]...",
      "       collapsar adapter merge DIR... --out DIR [OPTION]..."
    },
    description = {
      "Merge adapters into a network's weights, or into one another.",
      "Computed in double precision and rounded once; what is merged is never written to.",
      "Says of each layer how far the result is from what was promised: of a combination the",
      "distance (Frobenius) from what the mode promises, of a weight what rounding it cost.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar adapter merge one --base net.pth --out merged.safetensors",
      "  collapsar adapter merge one two --weights 0.7,0.3 --out both        the weighted sum",
      "  collapsar adapter merge one two --mode svd --rank 8 --out both      its best of rank 8",
      "  collapsar adapter merge one two --mode ties --density 0.2 --out both",
      "  collapsar adapter merge one --mode svd --rank 2 --out smaller",
      "",
      "What each mode guarantees: docs/adapters.md"
    })
final class AdapterMergeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "DIR", description = "adapters as PEFT writes them")
  private List<Path> folders;

  @Option(names = "--base", paramLabel = "CHECKPOINT", description = "merge into these weights")
  private Path base;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "OUT",
      description = "with --base a .safetensors file, else an adapter's folder")
  private Path out;

  @Option(
      names = "--weights",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "w,...",
      description = "of the adapters, in their order (default: all 1)")
  private List<Double> weights;

  @Mixin private CombinationSettings settings;

  @Option(names = "--force", description = "replace OUT if it exists")
  private boolean force;

  @Override
  public Integer call() {
    CombinationMode mode = settings.mode();
    if (base == null) {
      NewOutput.requireAdapter(out, force);
    } else {
      NewOutput.requireSafeTensors(out, force);
    }
    Map<String, Weighted> adapters = adapters();
    MergeTables tables = new MergeTables(spec.commandLine().getOut());
    if (base == null) {
      AdapterCombination combination = AdapterCombination.of(adapters, mode);
      tables.print(combination);
      combination.adapter().write(out);
    } else {
      Map<String, StoredTensor> before = Checkpoint.read(base).tensors();
      AdapterMerge merge = AdapterMerge.into(before, single(adapters, mode, tables));
      tables.print(merge);
      SafeTensors.write(out, merge.tensors(), Map.of("format", "pt"));
    }
    spec.commandLine().getOut().println(out);
    spec.commandLine().getOut().flush();
    return ExitCodes.DONE;
  }

  /** What is merged into the base: an adapter as it is, or a combination that nothing rounded. */
  private static AdapterFile single(
      Map<String, Weighted> adapters, CombinationMode mode, MergeTables tables) {
    Weighted first = adapters.values().iterator().next();
    if (adapters.size() == 1 && first.weight() == 1 && mode instanceof CombinationMode.Cat) {
      return first.adapter();
    }
    Map<String, Weighted> widened = new LinkedHashMap<>();
    adapters.forEach((name, weighted) -> widened.put(name, weighted.widened()));
    AdapterCombination combination = AdapterCombination.of(widened, mode);
    tables.print(combination);
    return combination.adapter();
  }

  private Map<String, Weighted> adapters() {
    if (weights != null && weights.size() != folders.size()) {
      throw new InvalidInputException(
          "--weights: %d weights for %d adapters, must be as many"
              .formatted(weights.size(), folders.size()));
    }
    Map<String, Weighted> adapters = new LinkedHashMap<>();
    List<String> names = PathNames.of(folders);
    for (int i = 0; i < folders.size(); i++) {
      double weight = weights == null ? 1 : weights.get(i);
      if (!Double.isFinite(weight)) {
        throw new InvalidInputException("--weights: %s is not finite".formatted(weight));
      }
      AdapterFile adapter = AdapterFile.read(folders.get(i));
      adapter.warnings().forEach(line -> spec.commandLine().getErr().println("warning: " + line));
      if (adapters.put(names.get(i), new Weighted(adapter, weight)) != null) {
        throw new InvalidInputException(
            folders.get(i) + ": is named twice; give it a larger weight instead");
      }
    }
    return adapters;
  }
}
