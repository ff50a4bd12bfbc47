package dev.collapsar.study;

import dev.collapsar.InvalidInputException;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.RunRecord;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** One run among several: its record, and what sets it apart from the others. Immutable. */
public final class StudyRun {
  /** The setting that gives adaptation a seed of its own. */
  public static final String ADAPT_SEED = "adapt.seed";

  private final String name;
  private final RunRecord record;
  private final OptionalLong adaptSeed;
  private final Map<String, String> settings;
  private final MetricHistory history;

  /**
   * @param name as it is shown: as a rule its directory's
   * @throws InvalidInputException if the record's seed of adaptation is no whole number
   */
  public StudyRun(String name, RunRecord record) {
    this.name = name;
    this.record = record;
    Map<String, String> texts = new LinkedHashMap<>();
    record.settings().forEach((key, value) -> texts.put(key, text(value)));
    this.adaptSeed = seed(name, texts.remove(ADAPT_SEED));
    this.settings = Collections.unmodifiableMap(texts);
    this.history = MetricHistory.of(record.measurements());
  }

  private static OptionalLong seed(String name, String text) {
    if (text == null || text.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(text));
    } catch (NumberFormatException e) {
      throw new InvalidInputException(
          "%s: %s must be a whole number, got %s".formatted(name, ADAPT_SEED, text), e);
    }
  }

  /** A value as one writes it after {@code --set key=}. */
  static String text(Object value) {
    return value instanceof List<?> list
        ? String.join(",", list.stream().map(String::valueOf).toList())
        : String.valueOf(value);
  }

  public String name() {
    return name;
  }

  public RunRecord record() {
    return record;
  }

  /** The run's seed: of its base, where adaptation has another. */
  public long seed() {
    return record.seed();
  }

  /** The seed of its adaptation; empty where that is the run's. */
  public OptionalLong adaptSeed() {
    return adaptSeed;
  }

  /** Every setting but the seeds, as text, by its key in the order of the record. */
  public Map<String, String> settings() {
    return settings;
  }

  public MetricHistory history() {
    return history;
  }

  public boolean isComplete() {
    return record.status() == RunRecord.Status.COMPLETE;
  }

  @Override
  public String toString() {
    return name;
  }
}
