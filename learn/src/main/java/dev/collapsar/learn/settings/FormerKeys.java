package dev.collapsar.learn.settings;

import dev.collapsar.InvalidInputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The keys that a recipe's settings once had, which files and habits still hold.
 *
 * @param now by former key, today's; one that stood for several has them all, one that never
 *     counted none
 */
public record FormerKeys(Map<String, List<String>> now) {
  private static final FormerKeys NONE = new FormerKeys(Map.of());

  public FormerKeys {
    now = Map.copyOf(now);
  }

  /** Of a recipe whose keys are the ones that it began with. */
  public static FormerKeys none() {
    return NONE;
  }

  /**
   * What a user chose, by today's keys.
   *
   * @param notes which former keys were read as what, a sentence each
   */
  public record Read(Map<String, SettingText> chosen, List<String> notes) {}

  /**
   * Reads former keys as today's; what was said later counts. One that never counted is left out of
   * what a file says, with a note; whoever types it now is not answered by that.
   *
   * @param chosen by dotted key, in the order in which it was said
   * @throws InvalidInputException if a file, or the command line, gives a setting by both names
   *     with different values
   */
  public Read read(Map<String, SettingText> chosen) {
    Map<String, SettingText> read = new LinkedHashMap<>();
    List<String> notes = new ArrayList<>();
    chosen.forEach(
        (key, text) -> {
          List<String> keys = now.get(key);
          if (keys != null && keys.isEmpty() && !isTyped(text)) {
            notes.add("%s is left out: it never counted, and is no setting today.".formatted(key));
            return;
          }
          if (keys == null || keys.isEmpty()) {
            put(key, text, key, read, chosen);
            return;
          }
          String names = String.join(" and ", keys);
          notes.add("%s is read as %s, its name today.".formatted(key, names));
          String origin = "%s %s, today".formatted(text.origin(), key);
          keys.forEach(
              today -> put(today, new SettingText(text.text(), origin), key, read, chosen));
        });
    return new Read(read, notes);
  }

  private static void put(
      String today,
      SettingText text,
      String said,
      Map<String, SettingText> read,
      Map<String, SettingText> chosen) {
    SettingText before = read.put(today, text);
    boolean both = before != null && !before.text().strip().equals(text.text().strip());
    if (both && isTyped(before) == isTyped(text)) {
      throw new InvalidInputException(
          "%s %s=%s: is given by its former name too, as %s; leave one out"
              .formatted(chosen.get(said).origin(), today, text.text(), before.text()));
    }
  }

  private static boolean isTyped(SettingText text) {
    return text.origin().startsWith("--");
  }
}
