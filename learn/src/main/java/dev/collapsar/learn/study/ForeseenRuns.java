package dev.collapsar.learn.study;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.TrainingSettings;
import dev.collapsar.study.Hypothesis;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What is known of a study's runs before the first of them: their settings and variants. */
final class ForeseenRuns {
  /**
   * Of one.
   *
   * @param settings as a record will have them, as text, without the seeds
   * @param variants none if the recipe does not say
   */
  private record Foreseen(Map<String, String> settings, List<String> variants) {}

  private final List<Foreseen> all = new ArrayList<>();

  void add(Map<String, Object> settings, List<String> variants) {
    Map<String, String> texts = new LinkedHashMap<>();
    settings.forEach((key, value) -> texts.put(key, Setting.text(value)));
    texts.remove(TrainingSettings.ADAPT_SEED.key());
    all.add(new Foreseen(texts, variants));
  }

  /** Refuses a choice of the axes that no run will have, or none with the variant. */
  void requireChoice(String whose, Hypothesis hypothesis) {
    hypothesis.where().forEach((key, value) -> requireValue(whose, key, value));
    boolean any =
        all.stream()
            .filter(run -> run.settings.entrySet().containsAll(hypothesis.where().entrySet()))
            .anyMatch(run -> run.variants.isEmpty() || run.variants.contains(hypothesis.of()));
    if (!any) {
      throw new InvalidInputException(
          "%s: no run has a variant %s with %s"
              .formatted(whose, hypothesis.of(), words(hypothesis.where())));
    }
  }

  private void requireValue(String whose, String key, String value) {
    TreeSet<String> values = new TreeSet<>();
    all.forEach(run -> values.add(run.settings.getOrDefault(key, "")));
    if (values.size() < 2) {
      throw new InvalidInputException(
          "%s, where %s: no axis has this key; axes: %s".formatted(whose, key, axes()));
    }
    if (!values.contains(value)) {
      throw new InvalidInputException(
          "%s, where %s=%s: no run has this value; values: %s"
              .formatted(whose, key, value, String.join("|", values)));
    }
  }

  /** The keys whose values differ. */
  private String axes() {
    TreeSet<String> keys = new TreeSet<>();
    all.forEach(run -> keys.addAll(run.settings.keySet()));
    keys.removeIf(
        key -> all.stream().map(run -> run.settings.getOrDefault(key, "")).distinct().count() < 2);
    return keys.isEmpty() ? "none" : String.join(", ", keys);
  }

  private static String words(Map<String, String> where) {
    return where.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.joining(", "));
  }
}
