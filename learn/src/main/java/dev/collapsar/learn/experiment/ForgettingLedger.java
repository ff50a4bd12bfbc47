package dev.collapsar.learn.experiment;

import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.metric.Measurement;
import dev.collapsar.run.Exhibit;
import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** What an adapter that learns one class costs on the others: before, after, and on the way. */
final class ForgettingLedger {
  private final int digit;
  private final Confusion before;

  ForgettingLedger(int digit, Confusion before) {
    this.digit = digit;
    this.before = before;
  }

  /**
   * Accuracies at one place of a curve.
   *
   * @param at batches seen, or the factor of alpha
   */
  record Point(double at, double all, double digit, double others) {
    List<Measurement> measurements() {
      return List.of(
          Measurement.of("accuracy_test", all),
          Measurement.of("accuracy_digit", digit),
          Measurement.of("accuracy_others", others));
    }
  }

  Point point(double at, Evaluation test) {
    Confusion confusion = Confusion.of(before.classes(), test);
    return new Point(
        at,
        test.score().accuracy(),
        confusion.accuracy(digit, false),
        confusion.accuracy(digit, true));
  }

  /** The accuracies at an epoch, beside that on all images. */
  FineTuning.Measure follow() {
    return (network, tests, evaluated) -> point(0, tests.get(0)).measurements().subList(1, 3);
  }

  /**
   * The way of a variant as it was recorded: a point an epoch of {@code every} batches, up to
   * {@code batches}.
   */
  static List<Point> way(
      List<RunRecord.Row> recorded, String variant, String stage, int every, int batches) {
    Map<Integer, Map<String, Double>> byEpoch = new TreeMap<>();
    recorded.stream()
        .filter(row -> row.variant().equals(variant) && row.stage().equals(stage))
        .filter(row -> row.metric().startsWith("accuracy_") && row.value() != null)
        .forEach(
            row ->
                byEpoch
                    .computeIfAbsent(row.epoch(), e -> new LinkedHashMap<>())
                    .put(row.metric(), row.value()));
    List<Point> way = new ArrayList<>();
    byEpoch.forEach(
        (epoch, accuracy) ->
            way.add(
                new Point(
                    Math.min(epoch * every, batches),
                    accuracy.get("accuracy_test"),
                    accuracy.get("accuracy_digit"),
                    accuracy.get("accuracy_others"))));
    return way;
  }

  /** The network's own parameters. */
  static Exhibit layers(Network network) {
    return parameters(
        "Layers", "The network that is adapted.", network.weights().parameterShapes());
  }

  /** What the adapter adds to the network that carries it. */
  static Exhibit adapter(Network network) {
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

  private static Exhibit parameters(String title, String caption, Map<String, List<Long>> shapes) {
    List<List<String>> rows = new ArrayList<>();
    shapes.forEach(
        (name, shape) -> rows.add(List.of(name, shape.toString(), whole(product(shape)))));
    rows.add(List.of("all", "", whole(count(shapes))));
    return new Exhibit.Table(title, caption, List.of("tensor", "shape", "parameters"), rows);
  }

  private static long count(Map<String, List<Long>> shapes) {
    return shapes.values().stream().mapToLong(ForgettingLedger::product).sum();
  }

  private static long product(List<Long> shape) {
    return shape.stream().reduce(1L, (a, b) -> a * b);
  }

  /** Errors by class before, with the adapter, and with it disabled. */
  Exhibit errors(Confusion after, Confusion disabled) {
    List<List<String>> rows = new ArrayList<>();
    for (int k = 0; k < before.classes().size(); k++) {
      rows.add(
          List.of(
              before.classes().get(k) + (k == digit ? " (learned)" : ""),
              whole(before.samples(k)),
              whole(before.errors(k)),
              whole(after.errors(k)),
              String.format(Locale.ROOT, "%+d", after.errors(k) - before.errors(k)),
              whole(disabled.errors(k))));
    }
    return new Exhibit.Table(
        "Errors by digit",
        String.format(
            Locale.ROOT,
            "The adapter changed accuracy on digit %d by %+.2f points and on the other digits by %+.2f points."
                + " Disabled, it leaves the network as it was.",
            digit,
            100 * (after.accuracy(digit, false) - before.accuracy(digit, false)),
            100 * (after.accuracy(digit, true) - before.accuracy(digit, true))),
        List.of("digit", "test images", "before", "with adapter", "change", "disabled"),
        rows);
  }

  Exhibit overBatches(String variant, List<Point> way) {
    return curves(
        variant,
        "Forgetting, batch by batch",
        "Test accuracy while the adapter sees batches of one digit.",
        "batches seen",
        way);
  }

  Exhibit overScales(String variant, List<Point> points) {
    return curves(
        variant,
        "The trained adapter, turned down and up",
        "Test accuracy with alpha multiplied after training: 0 is the base, 1 is as trained.",
        "alpha times",
        points);
  }

  List<Exhibit> confusions(Confusion after) {
    return List.of(
        before.grid("Confusion before", "Test images by true digit and decision."),
        after.grid("Confusion with the adapter", "The same images with the adapter."),
        after.gridSince(before, "What changed", "Decisions that the adapter added or took away."));
  }

  private Exhibit curves(
      String variant, String title, String caption, String x, List<Point> points) {
    return new Exhibit.Curves(
        title,
        caption,
        Exhibit.Axis.linear(x),
        Exhibit.Axis.percent("test accuracy"),
        List.of(
            curve("digit " + digit, null, points, Point::digit),
            curve("other digits", null, points, Point::others),
            curve("all", variant, points, Point::all)));
  }

  private static Exhibit.Curve curve(
      String name, String variant, List<Point> points, ToDoubleFunction<Point> y) {
    return new Exhibit.Curve(
        name,
        variant,
        points.stream().map(Point::at).toList(),
        points.stream().map(y::applyAsDouble).toList());
  }

  private static String whole(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }
}
