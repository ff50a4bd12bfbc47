package dev.collapsar.cli.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.ModuleSelector;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.Option;

/** Which layers an adapter is for, in one of two ways; without either, all of them. */
public final class TargetLayers {
  private static final String ALL_LINEAR = "all-linear";

  @Option(
      names = "--targets",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "NAME,...|" + ALL_LINEAR,
      description =
          "layers by name or by its end after a dot, or every Linear one; default: all layers")
  private List<String> names;

  @Option(
      names = "--matching",
      paramLabel = "REGEX",
      description = "layers whose whole name matches")
  private String expression;

  ModuleSelector selector() {
    if (names == null && expression == null) {
      return ModuleSelector.matching(".*");
    }
    if (names != null && !names.equals(List.of(ALL_LINEAR))) {
      return new ModuleSelector.Named(names);
    }
    try {
      return ModuleSelector.matching(names == null ? expression : ALL_LINEAR);
    } catch (PatternSyntaxException e) {
      throw new InvalidInputException(
          "--matching %s: is no regular expression: %s".formatted(expression, e.getDescription()),
          e);
    }
  }
}
