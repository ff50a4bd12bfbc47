package dev.collapsar.learn.adapter;

import dev.collapsar.learn.network.WeightSite;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/** Which modules of a network are meant, in the three ways that PEFT's configuration knows. */
public sealed interface ModuleSelector {
  /** Whether the module of this dotted name is meant. */
  boolean selects(String module, WeightSite.Kind kind);

  /** Modules with one of these names, or whose name ends in a dot and one of these. */
  record Named(List<String> names) implements ModuleSelector {
    public Named {
      names = List.copyOf(names);
    }

    @Override
    public boolean selects(String module, WeightSite.Kind kind) {
      return selects(module);
    }

    boolean selects(String module) {
      return names.stream().anyMatch(name -> module.equals(name) || module.endsWith("." + name));
    }

    @Override
    public String toString() {
      return names.toString();
    }
  }

  /** Modules whose whole name matches a regular expression. */
  record Matching(Pattern pattern) implements ModuleSelector {
    @Override
    public boolean selects(String module, WeightSite.Kind kind) {
      return pattern.matcher(module).matches();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Matching that && pattern.pattern().equals(that.pattern.pattern());
    }

    @Override
    public int hashCode() {
      return pattern.pattern().hashCode();
    }

    @Override
    public String toString() {
      return pattern.pattern();
    }
  }

  /** Every Linear layer, a classifier's head included. */
  record AllLinear() implements ModuleSelector {
    static final String NAME = "all-linear";

    @Override
    public boolean selects(String module, WeightSite.Kind kind) {
      return kind == WeightSite.Kind.LINEAR;
    }

    @Override
    public String toString() {
      return NAME;
    }
  }

  /** Modules by exact name or suffix. */
  static ModuleSelector named(String... names) {
    return new Named(List.of(names));
  }

  /** Exactly these modules, whatever the network's others are called: a regular expression. */
  static ModuleSelector exactly(Collection<String> modules) {
    return new Matching(
        Pattern.compile(
            modules.stream().sorted().map(NamePatterns::quoted).collect(Collectors.joining("|"))));
  }

  /**
   * Exactly these modules of a network: by their names if none of its others ends in one of them.
   *
   * @param network the names of all its modules, or of none if they are not known
   */
  static ModuleSelector of(Collection<String> modules, Collection<String> network) {
    Named named = new Named(List.copyOf(modules));
    return network.stream().filter(named::selects).allMatch(modules::contains)
        ? named
        : exactly(modules);
  }

  /**
   * {@code all-linear}, or entries separated by commas: a plain one is a name or the end of one, as
   * in PEFT's lists, one with metacharacters a regular expression for whole names.
   *
   * @throws PatternSyntaxException if one of these is no regular expression
   * @throws IllegalArgumentException if an entry is empty
   */
  static ModuleSelector list(String entries) {
    if (entries.equals(AllLinear.NAME)) {
      return new AllLinear();
    }
    // A comma within braces is a repetition's.
    List<String> each =
        Arrays.stream(entries.split(",(?![^{]*\\})", -1)).map(String::strip).toList();
    if (each.contains("")) {
      throw new IllegalArgumentException("an entry of '%s' is empty".formatted(entries));
    }
    if (each.stream().noneMatch(ModuleSelector::isExpression)) {
      return new Named(each);
    }
    return new Matching(
        Pattern.compile(
            each.stream()
                .map(
                    entry ->
                        isExpression(entry)
                            ? Pattern.compile(entry).pattern()
                            : "(.*\\.)?" + NamePatterns.quoted(entry))
                .map("(%s)"::formatted)
                .collect(Collectors.joining("|"))));
  }

  private static boolean isExpression(String entry) {
    return entry.matches(".*[\\\\^$|?*+()\\[\\]{}].*");
  }

  /**
   * {@code all-linear}, or a regular expression for whole names.
   *
   * @throws PatternSyntaxException if it is no regular expression
   */
  static ModuleSelector matching(String expression) {
    return expression.toLowerCase(Locale.ROOT).equals(AllLinear.NAME)
        ? new AllLinear()
        : new Matching(Pattern.compile(expression));
  }
}
