package dev.collapsar.cli.adapter;

import dev.collapsar.learn.spectra.AdapterComparison;
import dev.collapsar.learn.spectra.LayerComparison;
import dev.collapsar.report.ReportItemPage;
import dev.collapsar.run.ReportItem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Two adapters side by side as a page: maps over layers, then every layer's numbers. */
final class ComparisonPage {
  private ComparisonPage() {}

  private static List<ReportItem> maps(Map<String, LayerComparison> layers) {
    List<ReportItem> maps = new ArrayList<>();
    LayerMap.of(
            "Overlap at the inputs",
            "The share of the smaller input span that lies in the larger, less what chance gives"
                + " (rank over dimensions). 0: no more than chance.",
            true,
            layers,
            layer -> layer.inputs().whole() - layer.inputs().chance())
        .ifPresent(maps::add);
    LayerMap.of(
            "Overlap at the outputs",
            "The same of the output spans, less what chance gives.",
            true,
            layers,
            layer -> layer.outputs().whole() - layer.outputs().chance())
        .ifPresent(maps::add);
    LayerMap.of(
            "Cosine of the updates",
            "1: the same update, -1: its opposite; by chance 0, give or take one over the root of"
                + " the weight's elements.",
            true,
            layers,
            LayerComparison::cosine)
        .ifPresent(maps::add);
    LayerMap.of(
            "Sign conflict",
            "Elements that the two move in opposite directions, in percentage points above the"
                + " 50% of chance.",
            true,
            layers,
            layer -> 100 * (layer.signConflict().orElse(Double.NaN) - .5))
        .ifPresent(maps::add);
    return maps;
  }

  static String render(Path one, Path two, AdapterComparison comparison) {
    Map<String, LayerComparison> layers = comparison.layers();
    List<ReportItem> items = new ArrayList<>();
    items.addAll(maps(layers));
    items.add(table(layers));
    if (!comparison.left().isEmpty()) {
      List<List<String>> rows = new ArrayList<>();
      comparison.left().forEach((module, why) -> rows.add(List.of(module, why)));
      items.add(new ReportItem.Table("Not compared", "", List.of("module", "why"), rows));
    }
    return ReportItemPage.render(
        "Two adapters, layer by layer", List.of("First: " + one, "Second: " + two), items);
  }

  private static ReportItem table(Map<String, LayerComparison> layers) {
    List<List<String>> rows = new ArrayList<>();
    layers.forEach(
        (module, layer) ->
            rows.add(
                List.of(
                    module,
                    Figures.digits(layer.first().norm()),
                    Figures.digits(layer.second().norm()),
                    beside(layer.inputs().whole(), layer.inputs().chance()),
                    beside(layer.outputs().whole(), layer.outputs().chance()),
                    ComparisonFormat.share(layer.cosine()),
                    layer.signConflict().isPresent()
                        ? Figures.percent(layer.signConflict().getAsDouble())
                        : "-",
                    layer.amplifications()[0].isPresent()
                        ? Figures.digits(layer.amplifications()[0].getAsDouble())
                        : "-",
                    layer.amplifications()[1].isPresent()
                        ? Figures.digits(layer.amplifications()[1].getAsDouble())
                        : "-")));
    return new ReportItem.Table(
        "Every layer",
        "Overlaps with what chance gives behind them. Amplification: the update's norm over that of"
            + " what the weight does already between the same directions (with a base).",
        List.of(
            "layer",
            "norm of the first",
            "of the second",
            "overlap at inputs",
            "at outputs",
            "cosine",
            "opposite signs",
            "first amplifies",
            "second amplifies"),
        rows);
  }

  private static String beside(double value, double chance) {
    return "%s (%s)".formatted(ComparisonFormat.share(value), ComparisonFormat.share(chance));
  }
}
