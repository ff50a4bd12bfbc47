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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a board keeps of a run: its settings, and the numbers that sum it up.
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
    MetricHistory history = MetricHistory.of(run.measurements());
    List<MetricInfo> metrics = summing(run, history);
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
        variants(run, history, metrics),
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
  private static List<MetricInfo> summing(RunGlance run, MetricHistory history) {
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
    return history.keys().stream()
        .map(MetricHistory.Key::metric)
        .distinct()
        .map(id -> infos.getOrDefault(id, MetricInfo.unknown(id)))
        .filter(info -> info.calibrated() == null)
        .limit(WITHOUT_HEADLINES)
        .toList();
  }

  private static List<Variant> variants(
      RunGlance run, MetricHistory history, List<MetricInfo> metrics) {
    List<Variant> variants = new ArrayList<>();
    for (RunRecord.Variant each : run.variants()) {
      MetricHistory own = history.variant(each.name()).stage(each.stage());
      Map<String, Value> numbers = new LinkedHashMap<>();
      for (MetricInfo metric : metrics) {
        MetricSeries series = own.series(metric.id());
        if (!series.isEmpty()) {
          numbers.put(metric.id(), value(run, own, metric, series));
        }
      }
      String lastStage = run.variants().get(run.variants().size() - 1).stage();
      int epoch = own.epochs().stream().reduce(0, Math::max);
      variants.add(
          new Variant(each.name(), each.stage(), each.stage().equals(lastStage), epoch, numbers));
    }
    return variants;
  }

  private static Value value(
      RunGlance run, MetricHistory own, MetricInfo metric, MetricSeries series) {
    RunRecord.Row last = series.rows().get(series.rows().size() - 1);
    Beside beside = new Beside(run, own, metric.id(), last);
    boolean plain = beside.at(Column.INTERVAL_LOW).isPresent();
    return new Value(
        last.value(),
        beside.at(plain ? Column.INTERVAL_LOW : Column.CORRECTED_LOW).orElse(null),
        beside.at(plain ? Column.INTERVAL_HIGH : Column.CORRECTED_HIGH).orElse(null),
        plain ? null : beside.at(Column.CORRECTED).orElse(null),
        last.note(),
        curve(series));
  }

  /** What stands beside a number in its own row. */
  private record Beside(RunGlance run, MetricHistory own, String metric, RunRecord.Row number) {
    Optional<Double> at(Column column) {
      return run.metrics().stream()
          .filter(info -> info.isOf(metric, column))
          .flatMap(info -> own.series(info.id(), number.layer()).rows().stream())
          .filter(row -> row.epoch() == number.epoch() && row.value() != null)
          .map(RunRecord.Row::value)
          .reduce((a, b) -> b);
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
