package dev.collapsar.learn.experiment;

import dev.collapsar.metric.MetricId;
import dev.collapsar.run.Exhibit;
import dev.collapsar.run.Exhibit.Axis;
import dev.collapsar.run.Exhibit.Curve;
import dev.collapsar.run.RunRecord.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What a report shows of a collapse beside its numbers by epoch, from those numbers alone. */
final class CollapseExhibits {
  private static final String ERROR_FREE = "accuracy_train_end";

  /** Those that are shown layer by layer. */
  private static final List<MetricId> LAYERWISE =
      List.of(
          MetricId.NC1_PINV,
          MetricId.NC1_QUOT,
          MetricId.NC1_CDNV,
          MetricId.NC2_ETF_ERR,
          MetricId.NC2_NORM_COV_MEANS,
          MetricId.NC2_COHERENCE_MEANS,
          MetricId.NC5_OOD_DEV);

  /** Curves over the layers are drawn for at most so many epochs. */
  private static final int CURVES = 5;

  private final List<Row> rows;
  private final List<String> layers;
  private final Map<Place, Double> values = new HashMap<>();

  private record Place(String metric, String layer, int epoch) {}

  /**
   * @param rows all of one variant's and stage's
   * @param layers the taps in the network's order, empty for the representation
   */
  CollapseExhibits(List<Row> rows, List<String> layers) {
    this.rows = rows;
    this.layers = layers;
    rows.forEach(row -> values.put(new Place(row.metric(), row.layer(), row.epoch()), row.value()));
  }

  /** Whether the last measurement found no geometry, because the loss was not finite. */
  boolean diverged() {
    return value(ERROR_FREE, "", last()) == null;
  }

  /** The last epoch. */
  int last() {
    return rows.get(rows.size() - 1).epoch();
  }

  /** The epochs that were measured. */
  private List<Integer> epochs() {
    return rows.stream()
        .filter(row -> row.metric().equals(ERROR_FREE) && row.value() != null)
        .map(Row::epoch)
        .toList();
  }

  /** The first measured epoch after which no training image is misclassified. */
  private OptionalInt terminal() {
    return epochs().stream()
        .mapToInt(Integer::intValue)
        .filter(epoch -> value(ERROR_FREE, "", epoch) == 1)
        .findFirst();
  }

  private Double value(String metric, String layer, int epoch) {
    return values.get(new Place(metric, layer, epoch));
  }

  /** Where the terminal phase begins, in a sentence. */
  String terminalPhase() {
    OptionalInt begins = terminal();
    return begins.isPresent()
        ? "The terminal phase begins at epoch %d: the first measured one after which no training image is misclassified."
            .formatted(begins.getAsInt())
        : "The terminal phase was not reached: after epoch %d the training accuracy is %s."
            .formatted(last(), number(value(ERROR_FREE, "", last())));
  }

  /**
   * Each number of the representation at the beginning, where the terminal phase begins, and at the
   * end.
   */
  Exhibit landmarks() {
    TreeSet<Integer> landmarks = new TreeSet<>(List.of(epochs().get(0), last()));
    terminal().ifPresent(landmarks::add);
    List<String> columns = new ArrayList<>(List.of("metric"));
    for (int epoch : landmarks) {
      boolean begins = terminal().isPresent() && terminal().getAsInt() == epoch;
      columns.add("epoch " + epoch + (begins ? ", terminal phase begins" : ""));
    }
    String layer = layers.get(layers.size() - 1);
    List<List<String>> table =
        rows.stream()
            .filter(row -> row.epoch() == last())
            .filter(row -> row.layer().isEmpty() || row.layer().equals(layer))
            .map(
                row -> {
                  List<String> cells = new ArrayList<>(List.of(row.metric()));
                  landmarks.forEach(e -> cells.add(number(value(row.metric(), row.layer(), e))));
                  return cells;
                })
            .toList();
    return new Exhibit.Table(
        "From the first step to the terminal phase", terminalPhase(), columns, List.copyOf(table));
  }

  /** For each metric that every layer has: a heat map over layers and epochs, and curves. */
  List<Exhibit> byLayer() {
    if (layers.size() < 2) {
      return List.of();
    }
    return LAYERWISE.stream()
        .map(MetricId::id)
        .filter(
            metric ->
                epochs().stream()
                    .allMatch(e -> layers.stream().allMatch(l -> value(metric, l, e) != null)))
        .flatMap(metric -> Stream.of(heatMap(metric), curves(metric)))
        .toList();
  }

  private Exhibit heatMap(String metric) {
    boolean log = isPositive(metric);
    List<List<Double>> values =
        layers.stream()
            .map(
                layer ->
                    epochs().stream()
                        .map(epoch -> value(metric, layer, epoch))
                        .map(value -> log ? (Double) Math.log10(value) : value)
                        .toList())
            .toList();
    return new Exhibit.Grid(
        metric + " by layer and epoch",
        "%s%s after each measured epoch at each tap."
            .formatted(log ? "Decimal logarithm of " : "", metric),
        "layer",
        "epoch",
        names(),
        epochs().stream().map(String::valueOf).toList(),
        values,
        false);
  }

  private Exhibit curves(String metric) {
    List<Integer> epochs = epochs();
    int shown = Math.min(CURVES, epochs.size());
    List<Double> x = IntStream.rangeClosed(1, layers.size()).mapToObj(i -> (double) i).toList();
    List<Curve> curves =
        IntStream.range(0, shown)
            .map(i -> shown == 1 ? 0 : i * (epochs.size() - 1) / (shown - 1))
            .map(epochs::get)
            .mapToObj(
                epoch ->
                    new Curve(
                        "epoch " + epoch,
                        null,
                        x,
                        layers.stream().map(layer -> value(metric, layer, epoch)).toList()))
            .toList();
    return new Exhibit.Curves(
        metric + " from layer to layer",
        "Taps in the network's order: " + String.join(", ", names()) + ".",
        Axis.linear("tap"),
        new Axis(metric, isPositive(metric) ? Axis.Scale.LOG : Axis.Scale.LINEAR),
        curves);
  }

  private boolean isPositive(String metric) {
    return rows.stream()
        .filter(row -> row.metric().equals(metric) && row.value() != null)
        .allMatch(row -> row.value() > 0);
  }

  private List<String> names() {
    return layers.stream().map(l -> l.isEmpty() ? "representation" : l).toList();
  }

  private static String number(Double value) {
    return value == null ? "undefined" : String.format(Locale.ROOT, "%.4g", value);
  }
}
