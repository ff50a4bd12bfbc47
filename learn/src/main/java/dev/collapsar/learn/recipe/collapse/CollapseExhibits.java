package dev.collapsar.learn.recipe.collapse;

import dev.collapsar.run.Exhibit;
import dev.collapsar.run.RunRecord.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;

/** What a report shows of a collapse beside its numbers by epoch, from those numbers alone. */
final class CollapseExhibits {
  private static final String ERROR_FREE = "accuracy_train_end";

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

  private static String number(Double value) {
    return value == null ? "undefined" : String.format(Locale.ROOT, "%.4g", value);
  }
}
