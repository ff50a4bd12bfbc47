package dev.collapsar.learn.settings;

import dev.collapsar.InvalidInputException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** One value that a recipe lets its user choose: its dotted key, default and bounds. */
public final class Setting<T> {
  private final String key;
  private final T initial;
  private final String meaning;
  private final String allowed;
  private final Function<String, T> parser;
  private final Optional<Condition> condition;
  private final Optional<Elsewhere<T>> elsewhere;
  private final Function<T, Optional<Path>> file;

  /**
   * Where a setting takes part, or has another default.
   *
   * @param words beside which values of another it does, such as {@code network=resnet18}; empty if
   *     that is not what it depends on
   */
  private record Condition(Predicate<Settings> holds, String words) {
    static Condition of(Setting<String> other, Predicate<String> values, String words) {
      return new Condition(settings -> values.test(settings.get(other)), other.key + "=" + words);
    }
  }

  /** Another default, and where it holds. */
  private record Elsewhere<T>(T initial, Condition where) {}

  /**
   * A setting.
   *
   * @param key dotted, as spelled in {@code --set key=value} and in recipe.yaml
   * @param initial the default
   * @param meaning one line for {@code --help} and the report
   * @param allowed what is allowed, in words: "a whole number in 1..10"
   * @param parser from the text that the user wrote to a checked value; null if it is not allowed
   */
  public Setting(
      String key, T initial, String meaning, String allowed, Function<String, T> parser) {
    this(
        key,
        initial,
        meaning,
        allowed,
        parser,
        Optional.empty(),
        Optional.empty(),
        value -> Optional.empty());
  }

  private Setting(
      String key,
      T initial,
      String meaning,
      String allowed,
      Function<String, T> parser,
      Optional<Condition> condition,
      Optional<Elsewhere<T>> elsewhere,
      Function<T, Optional<Path>> file) {
    this.key = key;
    this.initial = initial;
    this.meaning = meaning;
    this.allowed = allowed;
    this.parser = parser;
    this.condition = condition;
    this.elsewhere = elsewhere;
    this.file = file;
  }

  /** The same, which takes part only where another setting has one of these values. */
  public Setting<T> onlyWith(Setting<String> other, String... values) {
    return onlyWith(other, List.of(values)::contains, String.join(" or ", values));
  }

  /**
   * The same, which takes part only where another setting has such a value.
   *
   * @param words what such values are, to stand after {@code key=}
   */
  public Setting<T> onlyWith(Setting<String> other, Predicate<String> values, String words) {
    Condition where = Condition.of(other, values, words);
    return new Setting<>(
        key, initial, meaning, allowed, parser, Optional.of(where), elsewhere, file);
  }

  /**
   * The same, with another default where another setting has such a value.
   *
   * @param words what such values are, to stand after {@code key=}
   */
  public Setting<T> initially(
      T value, Setting<String> other, Predicate<String> values, String words) {
    Elsewhere<T> second = new Elsewhere<>(value, Condition.of(other, values, words));
    return new Setting<>(
        key, initial, meaning, allowed, parser, condition, Optional.of(second), file);
  }

  /** The same, which takes part only where it has another value than its default. */
  public Setting<T> onlyIfChosen() {
    Condition chosen = new Condition(settings -> !initial.equals(settings.get(this)), "");
    return new Setting<>(
        key, initial, meaning, allowed, parser, Optional.of(chosen), elsewhere, file);
  }

  /**
   * The same, of which a value may name a file that the run's numbers depend on: its content is
   * recorded before the first number, and compared when the run is resumed.
   *
   * @param named the file, as the user spelled it; empty for a value that names none
   */
  public Setting<T> naming(Function<T, Optional<Path>> named) {
    return new Setting<>(key, initial, meaning, allowed, parser, condition, elsewhere, named);
  }

  /** The file that its value names; empty if it names none. */
  public Optional<Path> file(Settings settings) {
    return file.apply(settings.get(this));
  }

  public String key() {
    return key;
  }

  /** The default. */
  public T initial() {
    return initial;
  }

  /** One line for {@code --help} and the report. */
  public String meaning() {
    return meaning;
  }

  /** The default beside these values of other settings. */
  T initial(Settings settings) {
    return elsewhere
        .filter(other -> other.where.holds.test(settings))
        .map(Elsewhere::initial)
        .orElse(initial);
  }

  /** What is allowed, in words, and where it counts if that is not everywhere. */
  public String allowed() {
    String counts = onlyWhere().isEmpty() ? "" : "; counts with " + onlyWhere();
    return elsewhere
        .map(
            other ->
                "%s; %s by default with %s"
                    .formatted(allowed + counts, text(other.initial), other.where.words))
        .orElse(allowed + counts);
  }

  /** Whether it takes part beside these values of other settings. */
  boolean takesPart(Settings settings) {
    return condition.map(c -> c.holds.test(settings)).orElse(true);
  }

  /** Beside what it takes part, such as {@code network=resnet18}; empty if it always does. */
  String onlyWhere() {
    return condition.map(Condition::words).orElse("");
  }

  /** A count of things of which nobody knows yet how many there are: at least one. */
  public static Setting<Integer> count(String key, int initial, String meaning) {
    return new Setting<>(
        key,
        initial,
        meaning,
        "a whole number of at least 1",
        text -> parseInteger(text, 1, Integer.MAX_VALUE));
  }

  public static Setting<Integer> integer(
      String key, int initial, int least, int most, String meaning) {
    String allowed = "a whole number in %s..%s".formatted(least, most);
    return new Setting<>(key, initial, meaning, allowed, text -> parseInteger(text, least, most));
  }

  /** One or several counts separated by commas; several make one variant each. */
  public static Setting<List<Integer>> counts(String key, List<Integer> initial, String meaning) {
    String allowed = "whole numbers of at least 1, all different, separated by commas";
    return new Setting<>(
        key,
        initial,
        meaning,
        allowed,
        text -> {
          List<Integer> values = new ArrayList<>();
          for (String part : text.replaceAll("^\\[|\\]$", "").split(",", -1)) {
            Integer value = parseInteger(part.strip(), 1, Integer.MAX_VALUE);
            if (value == null || values.contains(value)) {
              return null;
            }
            values.add(value);
          }
          return List.copyOf(values);
        });
  }

  /** A finite number in [least, most]. */
  public static Setting<Double> number(
      String key, double initial, double least, double most, String meaning) {
    String allowed = "a number in %s..%s".formatted(plain(least), plain(most));
    return new Setting<>(
        key, initial, meaning, allowed, text -> parseNumber(text, v -> v >= least && v <= most));
  }

  /** A finite number above zero. */
  public static Setting<Double> positive(String key, double initial, double most, String meaning) {
    String allowed = "a number above 0, at most %s".formatted(plain(most));
    return new Setting<>(
        key, initial, meaning, allowed, text -> parseNumber(text, v -> v > 0 && v <= most));
  }

  public static Setting<String> choice(
      String key, String initial, List<String> choices, String meaning) {
    String allowed = "one of " + String.join(", ", choices);
    return new Setting<>(
        key, initial, meaning, allowed, text -> choices.contains(text) ? text : null);
  }

  /** One or several of the choices separated by commas. */
  public static Setting<List<String>> choices(
      String key, List<String> initial, List<String> choices, String meaning) {
    return new Setting<>(
        key,
        initial,
        meaning,
        "some of %s, all different, separated by commas".formatted(String.join(", ", choices)),
        text -> {
          List<String> values =
              Arrays.stream(text.replaceAll("^\\[|\\]$", "").split(",", -1))
                  .map(String::strip)
                  .toList();
          boolean distinct = values.stream().distinct().count() == values.size();
          return distinct && choices.containsAll(values) ? values : null;
        });
  }

  public static Setting<Boolean> flag(String key, boolean initial, String meaning) {
    return new Setting<>(
        key,
        initial,
        meaning,
        "true or false",
        text -> text.equals("true") || text.equals("false") ? Boolean.valueOf(text) : null);
  }

  /** The path of a file, or nothing: an empty text, which is the default. */
  public static Setting<String> file(String key, String meaning) {
    return new Setting<>(key, "", meaning, "a file, or nothing", Setting::parsePath)
        .naming(text -> text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text)));
  }

  private static String parsePath(String text) {
    try {
      return Path.of(text).toString();
    } catch (InvalidPathException e) {
      return null; // the caller says what is allowed
    }
  }

  /** A value as one writes it after {@code --set key=}. */
  public static String text(Object value) {
    return value instanceof List<?> list
        ? String.join(",", list.stream().map(Object::toString).toList())
        : String.valueOf(value);
  }

  /** This value instead of the default. */
  public Preset preset(T value) {
    return new Preset(key, text(value));
  }

  /** The checked value of what the user wrote. */
  public T parse(SettingText chosen) {
    T value = parser.apply(chosen.text().strip());
    if (value == null) {
      throw new InvalidInputException(
          "%s %s=%s: must be %s".formatted(chosen.origin(), key, chosen.text(), allowed));
    }
    return value;
  }

  static Integer parseInteger(String text, int least, int most) {
    try {
      long value = Long.parseLong(text.replace("_", ""));
      return value < least || value > most ? null : (Integer) (int) value;
    } catch (NumberFormatException e) {
      return null; // the caller says what is allowed
    }
  }

  private static Double parseNumber(String text, java.util.function.DoublePredicate within) {
    try {
      double value = Double.parseDouble(text);
      return Double.isFinite(value) && within.test(value) ? value : null;
    } catch (NumberFormatException e) {
      return null; // the caller says what is allowed
    }
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) <= 1e6
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
