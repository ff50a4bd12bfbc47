package dev.collapsar.cli.adapter;

import dev.collapsar.learn.spectra.LayerOrder;
import dev.collapsar.run.ReportItem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/** A number of every layer as a map: a row for each type of module, a column for each layer. */
final class LayerMap {
  private LayerMap() {}

  /** Empty if fewer than two layers have a number in their names. */
  static <T> Optional<ReportItem> of(
      String title,
      String caption,
      boolean diverging,
      Map<String, T> modules,
      ToDoubleFunction<T> number) {
    Map<String, Map<Integer, Double>> rows = new TreeMap<>(LayerOrder.NATURAL);
    TreeSet<Integer> columns = new TreeSet<>();
    modules.forEach(
        (module, value) ->
            LayerOrder.index(module)
                .ifPresent(
                    index -> {
                      columns.add(index);
                      rows.computeIfAbsent(LayerOrder.type(module), t -> new TreeMap<>())
                          .put(index, number.applyAsDouble(value));
                    }));
    if (columns.size() < 2) {
      return Optional.empty();
    }
    List<List<Double>> values = new ArrayList<>();
    for (Map<Integer, Double> row : rows.values()) {
      values.add(columns.stream().map(index -> row.getOrDefault(index, Double.NaN)).toList());
    }
    return Optional.of(
        new ReportItem.Heatmap(
            title,
            caption,
            "module",
            "layer",
            List.copyOf(rows.keySet()),
            columns.stream().map(index -> Integer.toString(index)).toList(),
            values,
            diverging));
  }
}
