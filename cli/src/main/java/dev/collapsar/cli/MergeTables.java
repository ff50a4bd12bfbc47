package dev.collapsar.cli;

import dev.collapsar.learn.merge.AdapterCombination;
import dev.collapsar.learn.merge.AdapterMerge;
import java.io.PrintWriter;

/** What merging did, layer by layer. */
final class MergeTables {
  private final PrintWriter out;

  MergeTables(PrintWriter out) {
    this.out = out;
  }

  /** How far each layer is from what the mode promises. */
  void print(AdapterCombination combination) {
    TextTable table = new TextTable("layer", "rank", "promised norm", "deviation", "relative");
    combination
        .deviations()
        .forEach(
            (layer, deviation) ->
                table.row(
                    layer,
                    Integer.toString(combination.adapter().modules().get(layer).rank()),
                    AdapterFormat.digits(deviation.norm()),
                    AdapterFormat.digits(deviation.distance()),
                    AdapterFormat.digits(deviation.relative())));
    table.print(out);
  }

  /** How each weight changed, and what rounding it cost. */
  void print(AdapterMerge merge) {
    TextTable table =
        new TextTable("weight", "norm", "update norm", "of weight", "rounding", "largest rounding");
    merge
        .changes()
        .forEach(
            (weight, change) ->
                table.row(
                    weight,
                    AdapterFormat.digits(change.base()),
                    AdapterFormat.digits(change.update()),
                    change.base() > 0
                        ? AdapterFormat.percent(change.update() / change.base())
                        : "-",
                    AdapterFormat.digits(change.rounding()),
                    AdapterFormat.digits(change.largestRounding())));
    table.print(out);
  }
}
