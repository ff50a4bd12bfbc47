package dev.collapsar.learn.adapter.layout;

import dev.collapsar.InvalidInputException;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * Values of some modules, by regular expressions for their names, in the order in which they were
 * written. As PEFT has it, an expression is for the whole name or for what follows one of its dots;
 * one that begins with {@code ^} can only be for the whole. Names are looked up and not tried one
 * after the other, those with dots that stand for any letter too.
 */
public final class NamePatterns<V> extends AbstractMap<String, V> {
  private static final long MOST_TRIALS = 1 << 22;

  /** Stands for a letter that may be any: no name has it. */
  private static final char ANY = '\uffff';

  private final Map<String, V> values;

  /** Places among the values of names with letters left open, by which letters those are. */
  private final Map<List<Integer>, Map<String, List<Integer>>> names = new LinkedHashMap<>();

  /** Likewise, of those for whole names alone. */
  private final Map<List<Integer>, Map<String, List<Integer>>> wholeNames = new LinkedHashMap<>();

  private final Map<Integer, NameExpression> others = new LinkedHashMap<>();
  private final List<Entry<String, V>> inOrder;
  private long trials;

  /**
   * @throws PatternSyntaxException if one is no regular expression
   */
  public NamePatterns(Map<String, V> values) {
    this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    this.inOrder = List.copyOf(this.values.entrySet());
    for (int i = 0; i < inOrder.size(); i++) {
      add(inOrder.get(i).getKey(), i);
    }
  }

  private void add(String expression, int place) {
    boolean whole = expression.startsWith("^");
    Optional<String> name = openName(whole ? expression.substring(1) : expression);
    if (name.isEmpty()) {
      others.put(place, NameExpression.of("(.*\\.)?(" + expression + ")"));
      return;
    }
    List<Integer> open = openLetters(name.get());
    (whole ? wholeNames : names)
        .computeIfAbsent(open, letters -> new LinkedHashMap<>())
        .computeIfAbsent(name.get(), n -> new ArrayList<>())
        .add(place);
  }

  /** The value of the first expression that matches. */
  public Optional<V> first(String module) {
    return places(module).findFirst().map(place -> inOrder.get(place).getValue());
  }

  /**
   * Two expressions that match one of the modules and have different values, in a few words; empty
   * if there are none.
   */
  public Optional<String> conflict(Collection<String> modules) {
    for (String module : modules) {
      List<Entry<String, V>> matching = places(module).map(inOrder::get).toList();
      for (Entry<String, V> other : matching) {
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

  /** Where the expressions that match stand, in order. */
  private Stream<Integer> places(String module) {
    Set<Integer> found = new LinkedHashSet<>(find(wholeNames, module));
    found.addAll(find(names, module));
    for (int dot = module.indexOf('.'); dot >= 0; dot = module.indexOf('.', dot + 1)) {
      found.addAll(find(names, module.substring(dot + 1)));
    }
    trials += others.size();
    if (trials > MOST_TRIALS) {
      throw new InvalidInputException(
          "%s regular expressions for modules would be tried more than %s times; name the modules"
              .formatted(others.size(), MOST_TRIALS));
    }
    others.forEach(
        (place, expression) -> {
          if (expression.matches(module)) {
            found.add(place);
          }
        });
    return found.stream().sorted();
  }

  private List<Integer> find(Map<List<Integer>, Map<String, List<Integer>>> among, String name) {
    List<Integer> found = new ArrayList<>();
    trials += among.size();
    among.forEach(
        (open, places) -> {
          int last = open.isEmpty() ? -1 : open.get(open.size() - 1);
          if (last < name.length()) {
            StringBuilder masked = new StringBuilder(name);
            open.forEach(letter -> masked.setCharAt(letter, ANY));
            found.addAll(places.getOrDefault(masked.toString(), List.of()));
          }
        });
    return found;
  }

  private static List<Integer> openLetters(String name) {
    List<Integer> open = new ArrayList<>();
    for (int i = name.indexOf(ANY); i >= 0; i = name.indexOf(ANY, i + 1)) {
      open.add(i);
    }
    return open;
  }

  /** The name that an expression is, where it is letters and dots; a bare dot is any letter. */
  private static Optional<String> openName(String expression) {
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < expression.length(); i++) {
      char next = expression.charAt(i);
      boolean escaped = next == '\\' && i + 1 < expression.length();
      if (escaped && isMark(expression.charAt(i + 1))) {
        name.append(expression.charAt(++i));
      } else if (next == '.') {
        name.append(ANY);
      } else if (Character.isLetterOrDigit(next) || next == '_' || next == '-') {
        name.append(next);
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(name.toString());
  }

  private static boolean isMark(char letter) {
    return letter < 128 && letter != '_' && !Character.isLetterOrDigit(letter);
  }

  @Override
  public Set<Entry<String, V>> entrySet() {
    return values.entrySet();
  }

  @Override
  public V get(Object expression) {
    return values.get(expression);
  }

  /** The expression for this module and no other. */
  public static String exactly(String module) {
    return "^" + quoted(module);
  }

  /** The expression for this name. */
  public static String quoted(String name) {
    return name.replaceAll("[^A-Za-z0-9_]", "\\\\$0");
  }
}
