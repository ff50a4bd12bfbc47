package dev.collapsar.learn.settings;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Nearest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A recipe's settings with their values: defaults, overridden by what the user chose. Immutable.
 */
public final class Settings {
  private final List<Setting<?>> known;
  private final Map<String, Object> values;

  private Settings(List<Setting<?>> known, Map<String, Object> values) {
    this.known = List.copyOf(known);
    this.values = values;
  }

  /**
   * Checks what the user chose against what there is.
   *
   * @param chosen by dotted key
   * @throws InvalidInputException for a key that no setting has (naming the nearest) or a value
   *     that it does not allow
   */
  public static Settings resolve(List<Setting<?>> known, Map<String, SettingText> chosen) {
    Map<String, Setting<?>> byKey = new LinkedHashMap<>();
    known.forEach(setting -> byKey.put(setting.key(), setting));
    Map<String, Object> values = new LinkedHashMap<>();
    known.forEach(setting -> values.put(setting.key(), setting.initial()));
    chosen.forEach(
        (key, choice) -> {
          Setting<?> setting = byKey.get(key);
          if (setting == null) {
            throw new InvalidInputException(
                "%s %s: there is no such setting; %s"
                    .formatted(choice.origin(), key, Nearest.suggest(key, byKey.keySet())));
          }
          values.put(key, setting.parse(choice));
        });
    Settings written = new Settings(known, values);
    Map<String, Object> all = new LinkedHashMap<>(values);
    known.stream()
        .filter(setting -> !chosen.containsKey(setting.key()))
        .forEach(setting -> all.put(setting.key(), setting.initial(written)));
    return new Settings(known, all);
  }

  /** Whether the recipe has this setting. */
  public boolean have(Setting<?> setting) {
    return values.containsKey(setting.key());
  }

  /** The value of the setting of this key. */
  @SuppressWarnings(
      "unchecked") // resolve() put there what the setting's own parser or default gave
  public <T> T get(Setting<T> setting) {
    Object value = values.get(setting.key());
    if (value == null) {
      throw new IllegalArgumentException("this recipe has no setting " + setting.key());
    }
    return (T) value;
  }

  /**
   * Every value that takes part, by dotted key in the recipe's order: what belongs to an
   * architecture or an optimizer that is not used does not stand here.
   */
  public Map<String, Object> asMap() {
    Map<String, Object> taking = new LinkedHashMap<>();
    known.stream()
        .filter(setting -> setting.takesPart(this))
        .forEach(setting -> taking.put(setting.key(), values.get(setting.key())));
    return Collections.unmodifiableMap(taking);
  }

  /** What somebody chose that takes no part, a sentence each. */
  public List<String> idle() {
    return known.stream()
        .filter(setting -> !setting.takesPart(this))
        .filter(setting -> !setting.initial().equals(values.get(setting.key())))
        .map(
            setting ->
                "%s=%s takes no part: it counts with %s only."
                    .formatted(
                        setting.key(),
                        Setting.text(values.get(setting.key())),
                        setting.onlyWhere()))
        .toList();
  }
}
