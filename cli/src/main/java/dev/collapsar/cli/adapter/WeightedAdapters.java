package dev.collapsar.cli.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.PathNames;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.BaseModel;
import dev.collapsar.learn.merge.AdapterCombination.Weighted;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Adapters with their weights, as arguments of a command. */
public final class WeightedAdapters {
  @Parameters(arity = "1..*", paramLabel = "DIR", description = "adapters as PEFT writes them")
  private List<Path> folders;

  @Option(
      names = "--weights",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "w,...",
      description = "of the adapters, in their order (default: all 1)")
  private List<Double> weights;

  /** Where they are, in their order. */
  List<Path> folders() {
    return List.copyOf(folders);
  }

  /** The adapter, if it is one alone and as it is. */
  Optional<Path> single() {
    boolean alone = folders.size() == 1 && (weights == null || weights.equals(List.of(1.0)));
    return alone ? Optional.of(folders.get(0)) : Optional.empty();
  }

  /** Reads them, by the names of their folders; warnings are printed. */
  Map<String, Weighted> read(PrintWriter warnings) {
    if (weights != null && weights.size() != folders.size()) {
      throw new InvalidInputException(
          "--weights: %s weights for %s adapters, must be as many"
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
      adapter.warnings().forEach(line -> warnings.println("warning: " + line));
      if (adapters.put(names.get(i), new Weighted(adapter, weight)) != null) {
        throw new InvalidInputException(
            folders.get(i) + ": is named twice; give it a larger weight instead");
      }
    }
    return adapters;
  }

  /**
   * The weights that all of them point at.
   *
   * @throws InvalidInputException if one points nowhere, its base is not there or another than it
   *     was, or they point at different ones
   */
  Path base() {
    Path found = null;
    String hash = null;
    for (Path folder : folders) {
      BaseModel told = AdapterFile.read(folder).config().base();
      Path file =
          told.file(folder)
              .orElseThrow(
                  () ->
                      new InvalidInputException(
                          folder + ": does not say which file its base is; name it with --base"));
      if (hash != null && !hash.equals(told.sha256())) {
        throw new InvalidInputException(
            "%s: its base %s is another than %s, that of %s; name one with --base"
                .formatted(folder, file, found, folders.get(0)));
      }
      found = found == null ? file : found;
      hash = told.sha256();
    }
    return found;
  }

  /** A combination that points at the first one's base from its own folder. */
  AdapterFile moved(AdapterFile combination, Path folder) {
    return combination.on(combination.config().base().moved(folders.get(0), folder));
  }
}
