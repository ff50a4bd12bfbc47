package dev.collapsar.learn.adapter;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Values of some modules, by regular expressions for their names. As PEFT has it, an expression is
 * for the whole name or for what follows one of its dots; one that begins with {@code ^} can only
 * be for the whole.
 */
final class NamePatterns {
  private NamePatterns() {}

  /**
   * @throws PatternSyntaxException if one is no regular expression
   */
  static void requireValid(Map<String, ?> values) {
    values.keySet().forEach(NamePatterns::compiled);
  }

  /** The value of the first expression, in the map's order, that matches. */
  static <T> Optional<T> first(Map<String, T> values, String module) {
    return values.entrySet().stream()
        .filter(entry -> compiled(entry.getKey()).matcher(module).matches())
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /**
   * Two expressions that match one of the modules and have different values, in a few words; empty
   * if there are none.
   */
  static Optional<String> conflict(Map<String, ?> values, Collection<String> modules) {
    for (String module : modules) {
      List<Map.Entry<String, ?>> matching = new ArrayList<>();
      for (Map.Entry<String, ?> entry : values.entrySet()) {
        if (compiled(entry.getKey()).matcher(module).matches()) {
          matching.add(entry);
        }
      }
      for (Map.Entry<String, ?> other : matching) {
        if (!other.getValue().equals(matching.get(0).getValue())) {
          return Optional.of(
              "'%s' (%s) and '%s' (%s) both match %s"
                  .formatted(
                      matching.get(0).getKey(),
                      matching.get(0).getValue(),
                      other.getKey(),
                      other.getValue(),
                      module));
        }
      }
    }
    return Optional.empty();
  }

  /** The expression for this module and no other. */
  static String exactly(String module) {
    return "^" + quoted(module);
  }

  /** The expression for this name. */
  static String quoted(String name) {
    return name.replaceAll("[^A-Za-z0-9_]", "\\\\$0");
  }

  private static Pattern compiled(String expression) {
    return Pattern.compile("(.*\\.)?(" + expression + ")");
  }
}
