package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.merge.AdapterCombination;
import dev.collapsar.learn.merge.AdapterCombination.Weighted;
import dev.collapsar.learn.merge.AdapterMerge;
import dev.collapsar.learn.merge.CombinationMode;
import dev.collapsar.learn.merge.LogitCheck;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
      "collapsar adapter merge DIR... [--base CHECKPOINT] --out FILE.safetensors [OPTION]...",
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
      "  collapsar adapter merge runs/domain-shift/adapters/lora-r8 --out merged.safetensors",
      "  collapsar adapter merge one two --weights 0.7,0.3 --out sum",
      "  collapsar adapter merge one two --mode svd --rank 8 --out sum8",
      "  collapsar adapter merge one two --mode ties --density 0.2 --out both",
      "  collapsar adapter merge one --mode svd --rank 2 --out smaller",
      "",
      "What each mode guarantees: docs/adapters.md"
    })
final class AdapterMergeCommand implements Callable<Integer> {
  private static final long PROBE_SEED = 0;

  @Spec private CommandSpec spec;

  @Mixin private WeightedAdapters inputs;

  @Option(
      names = "--base",
      paramLabel = "CHECKPOINT",
      description =
          "merge into these weights (default, if OUT ends in .safetensors: the file that the"
              + " adapters point at, if it is still what it was)")
  private Path base;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "OUT",
      description = "a .safetensors file for merged weights, else an adapter's folder")
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
    CombinationMode mode = settings.mode();
    boolean intoWeights = base != null || out.toString().endsWith(".safetensors");
    if (!intoWeights && tolerance != null) {
      throw new InvalidInputException("--tolerance: has a meaning only with --base");
    }
    if (!intoWeights && fanInFanOut != null) {
      throw new InvalidInputException("--fan-in-fan-out: has a meaning only with --base");
    }
    if (intoWeights) {
      NewOutput.requireSafeTensors(out, force);
    } else {
      NewOutput.requireAdapter(out, force);
    }
    Map<String, Weighted> adapters = inputs.read(spec.commandLine().getErr());
    MergeTables tables = new MergeTables(spec.commandLine().getOut());
    if (intoWeights) {
      intoBase(base != null ? base : inputs.base(adapters.values()), adapters, mode, tables);
    } else {
      AdapterCombination combination = AdapterCombination.of(adapters, mode);
      tables.print(combination);
      inputs.moved(combination.adapter(), out).write(out);
    }
    spec.commandLine().getOut().println(out);
    spec.commandLine().getOut().flush();
    return ExitCodes.DONE;
  }

  private void intoBase(
      Path weights, Map<String, Weighted> adapters, CombinationMode mode, MergeTables tables) {
    Checkpoint checkpoint = Checkpoint.read(weights);
    Optional<NetworkCard> card =
        Optional.ofNullable(checkpoint.texts().get(NetworkCard.KEY))
            .map(json -> NetworkCard.parse(json, weights.toString()));
    tables.print(weights, checkpoint.notes());
    Map<String, StoredTensor> before = checkpoint.tensors();
    AdapterFile adapter = single(adapters, mode, tables);
    AdapterMerge merge = AdapterMerge.into(before, adapter, declared());
    tables.print(weights, merge.notes());
    tables.print(merge);
    LogitCheck check = LogitCheck.of(before, card, adapter, merge.tensors(), new Seed(PROBE_SEED));
    tables.print(check);
    requireTolerable(check, merge);
    NetworkFile.write(
        out, merge.tensors(), card.map(known -> NetworkFile.changed(known, merge.tensors())));
  }

  private Optional<List<String>> declared() {
    return Optional.ofNullable(fanInFanOut)
        .map(names -> names.equals(List.of("none")) ? List.of() : names);
  }

  private void requireTolerable(LogitCheck check, AdapterMerge merge) {
    double allowed =
        tolerance != null
            ? tolerance
            : LogitCheck.tolerance(
                merge.changes().keySet().stream().map(w -> merge.tensors().get(w).type()).toList());
    if (check instanceof LogitCheck.Compared compared && !(compared.relative() <= allowed)) {
      throw new InvalidInputException(
          "%s: not written, a logit changes by %.3g of the largest, more than --tolerance %s"
                  .formatted(out, compared.relative(), allowed)
              + "; a base of a wider type rounds less");
    }
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
}
