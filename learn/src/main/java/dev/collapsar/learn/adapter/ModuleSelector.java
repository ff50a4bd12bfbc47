package dev.collapsar.learn.adapter;

import dev.collapsar.learn.adapter.layout.NameExpression;
import dev.collapsar.learn.adapter.layout.NamePatterns;
import dev.collapsar.learn.weight.WeightSite;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/** Which modules of a network are meant, in the three ways that PEFT's configuration knows. */
public sealed interface ModuleSelector {
  /** Whether the module of this dotted name is meant. */
  boolean selects(String module, WeightSite.Kind kind);

  /** Modules with one of these names, or whose name ends in a dot and one of these. */
  final class Named implements ModuleSelector {
    private final List<String> names;
    private final Set<String> known;

    public Named(List<String> names) {
      this.names = List.copyOf(names);
      this.known = Set.copyOf(new HashSet<>(names));
    }

    /** As they were listed. */
    public List<String> names() {
      return names;
    }

    @Override
    public boolean selects(String module, WeightSite.Kind kind) {
      return selects(module);
    }

    boolean selects(String module) {
      boolean found = known.contains(module);
      for (int dot = module.indexOf('.'); dot >= 0 && !found; dot = module.indexOf('.', dot + 1)) {
        found = known.contains(module.substring(dot + 1));
      }
      return found;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Named that && names.equals(that.names);
    }

    @Override
    public int hashCode() {
      return names.hashCode();
    }

    @Override
    public String toString() {
      return names.toString();
    }
  }

  /** Modules whose whole name matches a regular expression. */
  record Matching(NameExpression expression) implements ModuleSelector {
    @Override
    public boolean selects(String module, WeightSite.Kind kind) {
      return expression.matches(module);
    }

    @Override
    public String toString() {
      return expression.toString();
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
        NameExpression.of(
            modules.stream().sorted().map(NamePatterns::quoted).collect(Collectors.joining("|"))));
  }

  /**
   * Exactly these modules of a network: by their names if none of its others ends in one of them.
   *
   * @param network the names of all its modules, or of none if they are not known
   */
  static ModuleSelector of(Collection<String> modules, Collection<String> network) {
    Named named = new Named(List.copyOf(modules));
    Set<String> own = new HashSet<>(modules);
    return network.stream().filter(named::selects).allMatch(own::contains)
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
        NameExpression.of(
            each.stream()
                .map(
                    entry ->
                        isExpression(entry)
                            ? NameExpression.of(entry).toString()
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
        : new Matching(NameExpression.of(expression));
  }
}
