package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.metric.Measurement;
import dev.collapsar.run.ReportItem;
import dev.collapsar.update.SpanOverlap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How much of what each variant moved the layers before the head by lies along their classes. */
final class LayerDirections {
  private static final String ENERGY = SpanOverlap.SPAN_ENERGY.id();

  private final Map<String, Map<String, List<Measurement>>> found = new LinkedHashMap<>();

  /**
   * Takes what was found of a variant after its last epoch.
   *
   * @param overlaps by layer; none where nothing before the head has moved
   */
  void add(String variant, Map<String, List<Measurement>> overlaps) {
    if (!overlaps.isEmpty()) {
      found.put(variant, overlaps);
    }
  }

  /** A table of {@code align_span_energy}, a column for each variant that moved such layers. */
  List<ReportItem> items() {
    if (found.isEmpty()) {
      return List.of();
    }
    Set<String> layers = new LinkedHashSet<>();
    found.values().forEach(of -> layers.addAll(of.keySet()));
    List<String> columns = new ArrayList<>(List.of("layer", "by chance"));
    columns.addAll(found.keySet());
    return List.of(
        new ReportItem.Table(
            "Updates of the layers before the head",
            "align_span_energy: the share of each update's squared length in the span of the class"
                + " means of what enters the layer (of a convolution: of what a filter sees, over"
                + " its places), with its two-sided p against updates turned at random. Near"
                + " collapse updates under any labels lie there.",
            columns,
            layers.stream().map(this::row).toList()));
  }

  private List<String> row(String layer) {
    List<String> cells = new ArrayList<>(List.of(layer));
    cells.add(
        found.values().stream()
            .flatMap(of -> value(of, layer, "_null_closed_form").stream())
            .findFirst()
            .map(LayerDirections::digits)
            .orElse("–"));
    found.values().forEach(of -> cells.add(cell(of, layer)));
    return cells;
  }

  private static String cell(Map<String, List<Measurement>> of, String layer) {
    Optional<Double> p = value(of, layer, "_p");
    String said =
        p.map(known -> known < 0.001 ? " (p < .001)" : " (p %s)".formatted(digits(known)))
            .orElse("");
    return value(of, layer, "").map(share -> digits(share) + said).orElse("–");
  }

  private static Optional<Double> value(
      Map<String, List<Measurement>> of, String layer, String end) {
    return of.getOrDefault(layer, List.of()).stream()
        .filter(number -> number.id().equals(ENERGY + end))
        .filter(Measurement.Defined.class::isInstance)
        .map(number -> ((Measurement.Defined) number).value())
        .findFirst();
  }

  private static String digits(double value) {
    return String.format(Locale.ROOT, "%.2g", value);
  }
}
