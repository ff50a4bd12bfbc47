package dev.collapsar.learn.recipe.digitnine;

import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evaluation.Score;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.variant.ConfusionMatrix;
import dev.collapsar.learn.variant.EpochMetrics;
import dev.collapsar.metric.Measurement;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.ReportItem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The cost of an adapter that learns one class on the others: before, after, and on the way. */
final class ForgettingLedger {
  private static final String ALL = LearnMetrics.ACCURACY_TEST.id();
  private static final String DIGIT = LearnMetrics.ACCURACY_DIGIT.id();
  private static final String OTHERS = LearnMetrics.ACCURACY_OTHERS.id();

  private final int digit;
  private final ConfusionMatrix before;

  ForgettingLedger(int digit, ConfusionMatrix before) {
    this.digit = digit;
    this.before = before;
  }

  /**
   * Accuracies at one place of a curve.
   *
   * @param at batches seen, or the factor of alpha
   */
  record Point(double at, double all, double digit, double others) {
    List<Measurement> measurements(String note) {
      return List.of(
          Measurement.of(ALL, all, note),
          Measurement.of(DIGIT, digit, note),
          Measurement.of(OTHERS, others, note));
    }
  }

  Point point(double at, Evaluation test) {
    ConfusionMatrix confusion = ConfusionMatrix.of(before.classes(), test);
    return new Point(
        at,
        test.score().accuracy(),
        confusion.accuracy(digit, false),
        confusion.accuracy(digit, true));
  }

  /** The digit that is learned. */
  int digit() {
    return digit;
  }

  /** The accuracies at an epoch, beside that on all images. */
  EpochMetrics follow() {
    return (network, tests, evaluated) -> {
      if (!tests.get(0).score().isFinite()) {
        return List.of(
            Measurement.undefined(DIGIT, Score.DIVERGED),
            Measurement.undefined(OTHERS, Score.DIVERGED));
      }
      Point point = point(0, tests.get(0));
      return List.of(Measurement.of(DIGIT, point.digit), Measurement.of(OTHERS, point.others));
    };
  }

  /**
   * The accuracies of a variant as they were recorded: a point an epoch of {@code every} batches,
   * up to {@code batches}.
   */
  static List<Point> curve(MetricHistory recorded, int every, int batches) {
    return recorded.series(ALL, "").defined().stream()
        .map(
            row ->
                new Point(
                    Math.min(row.epoch() * every, batches),
                    row.value(),
                    recorded.series(DIGIT, "").at(row.epoch()).getAsDouble(),
                    recorded.series(OTHERS, "").at(row.epoch()).getAsDouble()))
        .toList();
  }

  /** The network's own parameters. */
  static ReportItem layers(Network network) {
    return parameters(
        "Layers", "The network that is adapted.", network.weights().parameterShapes());
  }

  /** What the adapter adds to the network that carries it. */
  static ReportItem adapter(Network network) {
    long added = count(network.weights().reparametrizationShapes());
    long own = count(network.weights().parameterShapes());
    String caption =
        String.format(
            Locale.ROOT,
            "%,d parameters beside %,d: %.3f%% more.",
            added,
            own,
            100.0 * added / own);
    return parameters("The adapter", caption, network.weights().reparametrizationShapes());
  }

  private static ReportItem parameters(
      String title, String caption, Map<String, List<Long>> shapes) {
    List<List<String>> rows = new ArrayList<>();
    shapes.forEach(
        (name, shape) -> rows.add(List.of(name, shape.toString(), integer(product(shape)))));
    rows.add(List.of("all", "", integer(count(shapes))));
    return new ReportItem.Table(title, caption, List.of("tensor", "shape", "parameters"), rows);
  }

  private static long count(Map<String, List<Long>> shapes) {
    return shapes.values().stream().mapToLong(ForgettingLedger::product).sum();
  }

  private static long product(List<Long> shape) {
    return shape.stream().reduce(1L, (a, b) -> a * b);
  }

  /** Errors by class before, with the adapter, and with it disabled. */
  ReportItem errors(ConfusionMatrix after, ConfusionMatrix disabled) {
    List<List<String>> rows = new ArrayList<>();
    for (int k = 0; k < before.classes().size(); k++) {
      rows.add(
          List.of(
              before.classes().get(k) + (k == digit ? " (learned)" : ""),
              integer(before.samples(k)),
              integer(before.errors(k)),
              integer(after.errors(k)),
              String.format(Locale.ROOT, "%+d", after.errors(k) - before.errors(k)),
              integer(disabled.errors(k))));
    }
    return new ReportItem.Table(
        "Errors by digit",
        String.format(
            Locale.ROOT,
            "The adapter changed accuracy on digit %d by %+.2f points and on the other digits by"
                + " %+.2f points. Disabled, it leaves the network as it was.",
            digit,
            100 * (after.accuracy(digit, false) - before.accuracy(digit, false)),
            100 * (after.accuracy(digit, true) - before.accuracy(digit, true))),
        List.of("digit", "test images", "before", "with adapter", "change", "disabled"),
        rows);
  }

  ReportItem overBatches(String variant, List<Point> points) {
    return curves(
        variant,
        "Forgetting, batch by batch",
        "Test accuracy while the adapter sees batches of one digit.",
        "batches seen",
        points);
  }

  ReportItem overScales(String variant, List<Point> points) {
    return curves(
        variant,
        "The trained adapter, turned down and up",
        "Test accuracy with alpha multiplied after training: 0 is the base, 1 is as trained.",
        "alpha times",
        points);
  }

  List<ReportItem> confusions(ConfusionMatrix after) {
    return List.of(
        before.grid("Confusion before", "Test images by true digit and decision."),
        after.grid("Confusion with the adapter", "The same images with the adapter."),
        after.gridSince(before, "What changed", "Decisions that the adapter added or took away."));
  }

  private ReportItem curves(
      String variant, String title, String caption, String x, List<Point> points) {
    return new ReportItem.LineChart(
        title,
        caption,
        ReportItem.Axis.linear(x),
        ReportItem.Axis.percent("test accuracy"),
        List.of(
            curve("digit " + digit, null, points, Point::digit),
            curve("other digits", null, points, Point::others),
            curve("all", variant, points, Point::all)));
  }

  private static ReportItem.Curve curve(
      String name, String variant, List<Point> points, ToDoubleFunction<Point> y) {
    return new ReportItem.Curve(
        name,
        variant,
        points.stream().map(Point::at).toList(),
        points.stream().map(y::applyAsDouble).toList());
  }

  private static String integer(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }
}
