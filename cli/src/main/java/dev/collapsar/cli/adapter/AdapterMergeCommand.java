package dev.collapsar.cli.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.NewOutput;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.merge.AdapterCombination;
import dev.collapsar.learn.merge.AdapterCombination.Weighted;
import dev.collapsar.learn.merge.CombinationMode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
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
      "collapsar adapter merge ADAPTER [--base NETWORK] --out OUT [OPTION]...",
      "       collapsar adapter merge DIR... [--base NETWORK] --out OUT [OPTION]...",
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
      "  collapsar adapter merge runs/domain-shift/adapters/lora-r8 --out merged.safetensors",
      "  collapsar adapter merge one two --weights 0.7,0.3 --out sum",
      "  collapsar adapter merge one two --mode svd --rank 8 --out sum8",
      "  collapsar adapter merge one two --mode ties --density 0.2 --out both",
      "  collapsar adapter merge one --mode svd --rank 2 --out smaller",
      "",
      "What each mode guarantees: docs/adapters.md"
    })
public final class AdapterMergeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private WeightedAdapters inputs;

  @Option(
      names = "--base",
      paramLabel = "NETWORK",
      description =
          "merge into these weights: a file, or a Hugging Face folder (default, if OUT ends in"
              + " .safetensors: the file that the adapters point at, if it is still what it was)")
  private Path base;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "OUT",
      description =
          "a .safetensors file or a network's folder for merged weights, else an adapter's folder")
  private Path out;

  @Option(
      names = "--tolerance",
      paramLabel = "t",
      description =
          "with --base: refuse if merging changes a logit by more than t times the largest, on a"
              + " random batch, where the architecture is known (default: 1e-4; 8e-3 of a float16"
              + " base, 6e-2 of a bfloat16 one)")
  private Double tolerance;

  @Option(
      names = "--fan-in-fan-out",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "NAME,...",
      description =
          "with --base: the square layers whose weights it keeps (in,out), as GPT-2's Conv1D; the"
              + " other square ones are (out,in), with 'none' all of them (default: decided by"
              + " shapes and known names)")
  private List<String> fanInFanOut;

  @Mixin private CombinationSettings settings;

  @Option(names = "--force", description = "replace OUT if it exists")
  private boolean force;

  @Override
  public Integer call() {
    boolean intoWeights = base != null || NewOutput.isSafeTensors(out);
    if (!intoWeights && tolerance != null) {
      throw new InvalidInputException("--tolerance: has a meaning only with --base");
    }
    if (!intoWeights && fanInFanOut != null) {
      throw new InvalidInputException("--fan-in-fan-out: has a meaning only with --base");
    }
    if (intoWeights) {
      NewOutput.requireNetwork(out, force);
      Path weights = base != null ? base : inputs.base();
      NewOutput.requireApart(out, weights);
      inputs.folders().forEach(folder -> NewOutput.requireApart(out, folder));
      intoBase(weights);
    } else {
      NewOutput.requireAdapter(out, force);
      AdapterCombination combination = combination(inputs.read(spec.commandLine().getErr()));
      inputs.moved(combination.adapter(), out).write(out);
    }
    spec.commandLine().getOut().println(out);
    spec.commandLine().getOut().flush();
    return ExitCodes.DONE;
  }

  private AdapterCombination combination(Map<String, Weighted> adapters) {
    AdapterCombination combination = AdapterCombination.of(adapters, settings.mode());
    new MergeTables(spec.commandLine().getOut()).print(combination);
    return combination;
  }

  private void intoBase(Path weights) {
    NetworkMerging merging =
        new NetworkMerging(weights, out, force, tolerance(), declared(), spec.commandLine());
    Optional<Path> single = inputs.single();
    if (single.isPresent() && settings.mode() instanceof CombinationMode.Cat) {
      merging.run(single.get());
      return;
    }
    Map<String, Weighted> widened = new LinkedHashMap<>();
    inputs
        .read(spec.commandLine().getErr())
        .forEach((name, weighted) -> widened.put(name, weighted.widened()));
    merging.run(combination(widened).adapter()); // that nothing rounded
  }

  private OptionalDouble tolerance() {
    return tolerance == null ? OptionalDouble.empty() : OptionalDouble.of(tolerance);
  }

  private Optional<List<String>> declared() {
    return Optional.ofNullable(fanInFanOut)
        .map(names -> names.equals(List.of("none")) ? List.of() : names);
  }
}
