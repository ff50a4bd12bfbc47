package dev.collapsar.report;

import dev.collapsar.inference.Interval;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The differences between two runs: what went in, where they ran, what was decided, and the numbers
 * they ended with.
 *
 * @param numbers every final number that either run has, in the first's order; equal ones too
 * @param beside the metrics that are columns beside others: their nulls, the ends of intervals
 * @param intervals of the differences of those that have an interval in either run, of 95%
 */
public record RecordDiff(
    List<Change> recipe,
    List<Change> environment,
    List<Change> data,
    List<Change> variants,
    List<Change> answers,
    List<Final> numbers,
    Set<String> beside,
    Map<Final, Interval> intervals) {
  private static final String ABSENT = "(none)";

  /** A value that is not the same in both; {@code (none)} where one lacks it. */
  public record Change(String key, String before, String after) {}

  /**
   * A metric's last value for a variant in a stage of each run; null where it is absent or
   * undefined.
   */
  public record Final(
      String variant, String stage, String metric, String layer, Double before, Double after) {
    public boolean differs() {
      return !Objects.equals(before, after);
    }
  }

  private record Place(String variant, String stage, String metric, String layer) {
    static Place of(RunRecord.Row row) {
      return new Place(row.variant(), row.stage(), row.metric(), row.layer());
    }

    Final between(RunRecord.Row before, RunRecord.Row after) {
      return new Final(variant, stage, metric, layer, valueOf(before), valueOf(after));
    }

    private static Double valueOf(RunRecord.Row row) {
      return row == null ? null : row.value();
    }
  }

  public static RecordDiff between(RunRecord before, RunRecord after) {
    List<Final> numbers = finals(before, after);
    return new RecordDiff(
        changes(before, after, RecordDiff::recipeOf),
        changes(before, after, RecordDiff::environmentOf),
        changes(before, after, RecordDiff::dataOf),
        changes(before, after, RecordDiff::variantsOf),
        changes(before, after, RecordDiff::verdictsOf),
        numbers,
        Stream.of(before, after)
            .flatMap(record -> record.metrics().stream())
            .filter(DifferenceIntervals::isBeside)
            .map(MetricInfo::id)
            .collect(Collectors.toSet()),
        intervals(before, after, numbers));
  }

  private static Map<Final, Interval> intervals(
      RunRecord before, RunRecord after, List<Final> numbers) {
    DifferenceIntervals known = new DifferenceIntervals(before, after);
    Map<Final, Interval> intervals = new HashMap<>();
    numbers.forEach(
        n -> known.of(n.variant, n.stage, n.layer, n.metric).ifPresent(i -> intervals.put(n, i)));
    return Map.copyOf(intervals);
  }

  /**
   * The differences as aligned lines of text; each section says so if it has none.
   *
   * @param all whether the columns that stand beside other numbers have rows too
   */
  public String toText(String nameBefore, String nameAfter, boolean all) {
    StringBuilder text = new StringBuilder();
    section(text, "recipe and settings", recipe);
    section(text, "environment", environment);
    section(text, "data", data);
    section(text, "variants", variants);
    if (!answers.isEmpty()) {
      section(text, "verdicts", answers);
    }
    List<Final> own =
        numbers.stream().filter(number -> all || !beside.contains(number.metric())).toList();
    List<Final> differing = own.stream().filter(Final::differs).toList();
    text.append("final numbers: %s of %s differ%n".formatted(differing.size(), own.size()));
    if (!differing.isEmpty()) {
      text.append(table(differing, nameBefore, nameAfter).toText("  "));
      text.append(sureness(differing));
    }
    long hidden = numbers.stream().filter(Final::differs).count() - differing.size();
    if (hidden > 0) {
      text.append(
          "of the columns beside them (nulls, ends of intervals) %s differ; --all shows them%n"
              .formatted(hidden));
    }
    return text.toString();
  }

  private TextTable table(List<Final> differing, String nameBefore, String nameAfter) {
    boolean sure = differing.stream().anyMatch(intervals::containsKey);
    List<String> heads =
        new ArrayList<>(
            List.of("variant", "stage", "metric", nameBefore, nameAfter, "difference", "relative"));
    if (sure) {
      heads.add("95% of it");
    }
    TextTable table = new TextTable(heads.toArray(String[]::new));
    differing.forEach(number -> table.row(cells(number, sure)));
    return table;
  }

  /** How many differences are more than the samples explain, and what that does not say. */
  private String sureness(List<Final> differing) {
    List<Final> known = differing.stream().filter(intervals::containsKey).toList();
    if (known.isEmpty()) {
      return "";
    }
    long beyond = known.stream().filter(number -> isBeyond(intervals.get(number))).count();
    return """
        of %s differences with an interval %s leave out 0 (*): \
        those are more than other samples would explain
        what another seed would change is not in one run each; \
        collapsar study reads several together
        """
        .formatted(known.size(), beyond);
  }

  private static boolean isBeyond(Interval interval) {
    return !interval.contains(0);
  }

  private String[] cells(Final number, boolean sure) {
    String metric = number.metric + (number.layer.isEmpty() ? "" : " @ " + number.layer);
    List<String> cells = new ArrayList<>(List.of(number.variant, number.stage, metric));
    cells.add(number.before == null ? ABSENT : significant(number.before));
    cells.add(number.after == null ? ABSENT : significant(number.after));
    if (number.before == null || number.after == null) {
      cells.addAll(List.of("", ""));
    } else {
      double difference = number.after - number.before;
      cells.add(String.format(Locale.ROOT, "%+.3g", difference));
      cells.add(
          number.before == 0
              ? ""
              : String.format(Locale.ROOT, "%+.2f%%", 100 * difference / Math.abs(number.before)));
    }
    if (sure) {
      Interval interval = intervals.get(number);
      cells.add(
          interval == null
              ? ""
              : String.format(
                  Locale.ROOT,
                  "%+.3g to %+.3g%s",
                  interval.low(),
                  interval.high(),
                  isBeyond(interval) ? " *" : ""));
    }
    return cells.toArray(String[]::new);
  }

  private static String significant(double value) {
    return String.format(Locale.ROOT, "%.6g", value);
  }

  private static void section(StringBuilder text, String name, List<Change> changes) {
    text.append(name).append(changes.isEmpty() ? ": the same\n" : "\n");
    TextTable table = new TextTable("", "");
    changes.forEach(change -> table.row(change.key, change.before + " -> " + change.after));
    text.append(table.toText("  "));
  }

  private static List<Change> changes(
      RunRecord before, RunRecord after, Function<RunRecord, Map<String, String>> aspect) {
    Map<String, String> old = aspect.apply(before);
    Map<String, String> now = aspect.apply(after);
    Set<String> keys = new LinkedHashSet<>(old.keySet());
    keys.addAll(now.keySet());
    return keys.stream()
        .map(key -> new Change(key, old.getOrDefault(key, ABSENT), now.getOrDefault(key, ABSENT)))
        .filter(change -> !change.before.equals(change.after))
        .toList();
  }

  private static Map<String, String> recipeOf(RunRecord record) {
    Map<String, String> recipe = new LinkedHashMap<>();
    recipe.put("recipe", record.recipe());
    recipe.put("status", record.status().toString());
    recipe.put("seed", Long.toString(record.seed()));
    record.settings().forEach((key, value) -> recipe.put(key, String.valueOf(value)));
    return recipe;
  }

  private static Map<String, String> environmentOf(RunRecord record) {
    RunRecord.Environment where = record.environment();
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("collapsar", where.collapsar());
    environment.put("java", where.java());
    environment.put("os", where.os());
    environment.put("cpu", where.cpu());
    environment.put("threads", Integer.toString(where.threads()));
    environment.put("device", where.device());
    environment.putAll(where.natives());
    return environment;
  }

  private static Map<String, String> dataOf(RunRecord record) {
    Map<String, String> data = new LinkedHashMap<>();
    for (RunRecord.DataSet set : record.data()) {
      data.put(set.role(), set.name() + ", " + set.samples() + " samples, shape " + set.shape());
      set.sha256().forEach((file, hash) -> data.put(set.role() + " " + file, hash));
    }
    return data;
  }

  private static Map<String, String> variantsOf(RunRecord record) {
    Map<String, String> variants = new LinkedHashMap<>();
    for (RunRecord.Variant variant : record.variants()) {
      variants.put(
          variant.name() + " " + variant.stage(),
          "%s of %s parameters trained".formatted(variant.trainable(), variant.parameters()));
    }
    return variants;
  }

  private static Map<String, String> verdictsOf(RunRecord record) {
    Map<String, String> answers = new LinkedHashMap<>();
    for (ReportItem item : record.exhibits()) {
      if (item instanceof ReportItem.Answer answer) {
        answers.put(answer.title(), answer.answer());
      }
    }
    return answers;
  }

  private static List<Final> finals(RunRecord before, RunRecord after) {
    Map<Place, RunRecord.Row> old = lastRows(before);
    Map<Place, RunRecord.Row> now = lastRows(after);
    Set<Place> places = new LinkedHashSet<>(old.keySet());
    places.addAll(now.keySet());
    return places.stream().map(place -> place.between(old.get(place), now.get(place))).toList();
  }

  private static Map<Place, RunRecord.Row> lastRows(RunRecord record) {
    Map<Place, RunRecord.Row> last = new LinkedHashMap<>();
    for (RunRecord.Row row : record.measurements()) {
      last.put(Place.of(row), row);
    }
    return last;
  }
}
