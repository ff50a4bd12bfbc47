package dev.collapsar.board;

import dev.collapsar.InvalidInputException;
import dev.collapsar.board.BoardState.Point;
import dev.collapsar.board.BoardState.Status;
import dev.collapsar.board.BoardState.Value;
import dev.collapsar.board.BoardState.Variant;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.MetricSeries;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunGlance;
import dev.collapsar.run.RunRecord;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;

/**
 * A run as a board keeps it: its settings, and the numbers that sum it up.
 *
 * @param settings all of them, as text, with the seed
 * @param metrics what sums it up, in their order
 * @param problem why it cannot be read, or null
 */
record RunLook(
    Status status,
    String recipe,
    String title,
    String started,
    Double seconds,
    Map<String, String> settings,
    List<MetricInfo> metrics,
    List<Variant> variants,
    String problem) {
  /** Of a run that no metric sums up, so many are shown. */
  private static final int WITHOUT_HEADLINES = 6;

  /** A curve is some 70 points wide. */
  private static final int MOST_POINTS = 60;

  private static final MathContext DRAWN = new MathContext(4);

  /** Reads what a run directory says now. */
  static RunLook at(RunDirectory directory) {
    if (!directory.hasRecord()) {
      return directory.isHeld()
          ? without(Status.STARTING, "it has no numbers yet")
          : without(Status.UNREADABLE, "it has no record.json");
    }
    try {
      return of(directory.glance(), directory.isHeld());
    } catch (InvalidInputException e) {
      return without(Status.UNREADABLE, e.getMessage());
    }
  }

  private static RunLook without(Status status, String problem) {
    return new RunLook(status, "", "", "", null, Map.of(), List.of(), List.of(), problem);
  }

  private static RunLook of(RunGlance run, boolean held) {
    List<MetricInfo> metrics = summing(run);
    Map<String, String> settings = new LinkedHashMap<>();
    run.settings().forEach((key, value) -> settings.put(key, text(value)));
    settings.put("seed", Long.toString(run.seed()));
    return new RunLook(
        status(run.status(), held),
        run.recipe(),
        run.title(),
        run.started().toString(),
        run.finished() == null
            ? null
            : (run.finished().toEpochMilli() - run.started().toEpochMilli()) * 1e-3,
        settings,
        metrics,
        variants(run, metrics),
        null);
  }

  private static Status status(RunRecord.Status said, boolean held) {
    return switch (said) {
      case RUNNING -> held ? Status.RUNNING : Status.BROKEN_OFF;
      case COMPLETE -> Status.COMPLETE;
      case INTERRUPTED -> held ? Status.RUNNING : Status.INTERRUPTED;
      case FAILED -> held ? Status.RUNNING : Status.FAILED;
    };
  }

  private static String text(Object value) {
    return value instanceof List<?> list
        ? String.join(",", list.stream().map(String::valueOf).toList())
        : String.valueOf(value);
  }

  /** The headlines or, where others' numbers have none, those that were measured first. */
  private static List<MetricInfo> summing(RunGlance run) {
    List<MetricInfo> headlines =
        run.metrics().stream()
            .filter(info -> info.headline() != null)
            .sorted(Comparator.comparingInt(info -> info.headline().place()))
            .toList();
    if (!headlines.isEmpty()) {
      return headlines;
    }
    Map<String, MetricInfo> infos = new LinkedHashMap<>();
    run.metrics().forEach(info -> infos.put(info.id(), info));
    return run.measurements().stream()
        .map(RunRecord.Row::metric)
        .distinct()
        .map(id -> infos.getOrDefault(id, MetricInfo.unknown(id)))
        .filter(info -> info.calibrated() == null)
        .limit(WITHOUT_HEADLINES)
        .toList();
  }

  private static List<Variant> variants(RunGlance run, List<MetricInfo> metrics) {
    Beside beside = Beside.of(run, metrics);
    MetricHistory history = MetricHistory.of(beside.rows(run));
    String lastStage = run.variants().isEmpty() ? "" : last(run.variants()).stage();
    List<Variant> variants = new ArrayList<>();
    for (RunRecord.Variant each : run.variants()) {
      MetricHistory own = history.variant(each.name()).stage(each.stage());
      Map<String, Value> numbers = new LinkedHashMap<>();
      for (MetricInfo metric : metrics) {
        MetricSeries series = own.series(metric.id());
        if (!series.isEmpty()) {
          numbers.put(metric.id(), value(beside, own, metric, series));
        }
      }
      variants.add(
          new Variant(
              each.name(),
              each.stage(),
              each.stage().equals(lastStage),
              epoch(run, each),
              numbers));
    }
    return variants;
  }

  /** The last at which anything was measured. */
  private static int epoch(RunGlance run, RunRecord.Variant of) {
    int epoch = 0;
    for (RunRecord.Row row : run.measurements()) {
      if (row.variant().equals(of.name()) && row.stage().equals(of.stage())) {
        epoch = Math.max(epoch, row.epoch());
      }
    }
    return epoch;
  }

  private static <T> T last(List<T> list) {
    return list.get(list.size() - 1);
  }

  private static Value value(
      Beside beside, MetricHistory own, MetricInfo metric, MetricSeries series) {
    RunRecord.Row number = last(series.rows());
    Function<Column, Double> at = column -> beside.at(metric, column, own, number);
    boolean plain = at.apply(Column.INTERVAL_LOW) != null;
    return new Value(
        number.value(),
        at.apply(plain ? Column.INTERVAL_LOW : Column.CORRECTED_LOW),
        at.apply(plain ? Column.INTERVAL_HIGH : Column.CORRECTED_HIGH),
        plain ? null : at.apply(Column.CORRECTED),
        number.note(),
        curve(series));
  }

  /**
   * What stands beside the numbers that sum a run up: the id of each column, by the number's and
   * its own.
   */
  private record Beside(Map<String, Map<Column, String>> ids) {
    private static final Set<Column> SHOWN =
        EnumSet.of(
            Column.INTERVAL_LOW,
            Column.INTERVAL_HIGH,
            Column.CORRECTED_LOW,
            Column.CORRECTED_HIGH,
            Column.CORRECTED);

    static Beside of(RunGlance run, List<MetricInfo> numbers) {
      Map<String, Map<Column, String>> ids = new HashMap<>();
      numbers.forEach(number -> ids.put(number.id(), new EnumMap<>(Column.class)));
      for (MetricInfo info : run.metrics()) {
        MetricInfo.Calibrated of = info.calibrated();
        if (of != null && ids.containsKey(of.metric()) && SHOWN.contains(of.column())) {
          if (info.isOf(of.metric(), of.column())) {
            ids.get(of.metric()).put(of.column(), info.id());
          }
        }
      }
      return new Beside(ids);
    }

    /** The rows of all of them, among so many others. */
    List<RunRecord.Row> rows(RunGlance run) {
      Set<String> wanted = new HashSet<>(ids.keySet());
      ids.values().forEach(columns -> wanted.addAll(columns.values()));
      return run.measurements().stream().filter(row -> wanted.contains(row.metric())).toList();
    }

    /** The value in the row of a number; null where there is none. */
    Double at(MetricInfo metric, Column column, MetricHistory own, RunRecord.Row number) {
      String id = ids.get(metric.id()).get(column);
      OptionalDouble value =
          id == null ? OptionalDouble.empty() : own.series(id, number.layer()).at(number.epoch());
      return value.isPresent() ? value.getAsDouble() : null;
    }
  }

  /** As finely as a curve can show. */
  private static double rounded(double value) {
    return new BigDecimal(value).round(DRAWN).doubleValue();
  }

  /** The defined values, with the last of them; of a long course some. */
  private static List<Point> curve(MetricSeries series) {
    List<Point> all =
        series.rows().stream()
            .filter(row -> row.value() != null)
            .map(row -> new Point(row.epoch(), rounded(row.value())))
            .toList();
    int step = (all.size() + MOST_POINTS - 1) / MOST_POINTS;
    List<Point> some = new ArrayList<>();
    for (int i = all.size() - 1; i >= 0; i -= step) {
      some.add(0, all.get(i));
    }
    return some;
  }
}
