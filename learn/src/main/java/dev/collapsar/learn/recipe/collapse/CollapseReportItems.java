package dev.collapsar.learn.recipe.collapse;

import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.RunRecord.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeSet;

/** The charts and tables of a collapse beside its numbers by epoch, from those numbers alone. */
final class CollapseReportItems {
  private static final String ERROR_FREE = LearnMetrics.ACCURACY_TRAIN_END.id();

  private final MetricHistory history;
  private final String representation;

  /**
   * What was measured of one variant in one stage.
   *
   * @param representation the tap that is the last of the network; empty if it was measured alone
   */
  CollapseReportItems(MetricHistory history, String representation) {
    this.history = history;
    this.representation = representation;
  }

  /** Whether the last measurement found no geometry, because the loss was not finite. */
  boolean diverged() {
    return value(ERROR_FREE, "", last()).isEmpty();
  }

  /** The last epoch. */
  int last() {
    List<Integer> epochs = history.epochs();
    return epochs.get(epochs.size() - 1);
  }

  /** The epochs that were measured. */
  private List<Integer> epochs() {
    return history.series(ERROR_FREE, "").defined().stream().map(Row::epoch).toList();
  }

  /** The first measured epoch after which no training image is misclassified. */
  private OptionalInt terminal() {
    return epochs().stream()
        .mapToInt(Integer::intValue)
        .filter(epoch -> value(ERROR_FREE, "", epoch).getAsDouble() == 1)
        .findFirst();
  }

  private OptionalDouble value(String metric, String layer, int epoch) {
    return history.series(metric, layer).at(epoch);
  }

  /** Where the terminal phase begins, in a sentence. */
  String terminalPhase() {
    OptionalInt begins = terminal();
    return begins.isPresent()
        ? ("The terminal phase begins at epoch %s: the first measured one after which no"
                + " training image is misclassified.")
            .formatted(begins.getAsInt())
        : "The terminal phase was not reached: after epoch %s the training accuracy is %s."
            .formatted(last(), number(value(ERROR_FREE, "", last())));
  }

  /**
   * Each number of the representation at the beginning, where the terminal phase begins, and at the
   * end; nothing where that is the beginning.
   */
  Optional<ReportItem> landmarks() {
    if (epochs().get(0) == last()) {
      return Optional.empty();
    }
    TreeSet<Integer> landmarks = new TreeSet<>(List.of(epochs().get(0), last()));
    terminal().ifPresent(landmarks::add);
    List<String> columns = new ArrayList<>(List.of("metric"));
    for (int epoch : landmarks) {
      boolean begins = terminal().isPresent() && terminal().getAsInt() == epoch;
      columns.add("epoch " + epoch + (begins ? ", terminal phase begins" : ""));
    }
    List<List<String>> table =
        history.keys().stream()
            .filter(key -> key.layer().isEmpty() || key.layer().equals(representation))
            .filter(key -> measuredAt(key, epochs().get(0)) && measuredAt(key, last()))
            .map(
                key -> {
                  List<String> cells = new ArrayList<>(List.of(key.metric()));
                  landmarks.forEach(e -> cells.add(number(value(key.metric(), key.layer(), e))));
                  return cells;
                })
            .toList();
    return Optional.of(
        new ReportItem.Table(
            terminal().isPresent()
                ? "From the first step to the terminal phase"
                : "From the first step on",
            terminalPhase(),
            columns,
            List.copyOf(table)));
  }

  private boolean measuredAt(MetricHistory.Key key, int epoch) {
    return history.series(key.metric(), key.layer()).rows().stream()
        .anyMatch(row -> row.epoch() == epoch);
  }

  private static String number(OptionalDouble value) {
    return value.isEmpty() ? "undefined" : String.format(Locale.ROOT, "%.4g", value.getAsDouble());
  }
}
