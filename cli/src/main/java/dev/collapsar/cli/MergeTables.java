package dev.collapsar.cli;

import dev.collapsar.learn.merge.AdapterCombination;
import dev.collapsar.learn.merge.AdapterMerge;
import java.io.PrintWriter;
import java.util.OptionalDouble;

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
                    digits(deviation.norm()),
                    digits(deviation.distance()),
                    digits(deviation.relative())));
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
                    digits(change.base()),
                    digits(change.update()),
                    change.base() > 0
                        ? AdapterFormat.percent(change.update() / change.base())
                        : "-",
                    digits(change.rounding()),
                    digits(change.largestRounding())));
    table.print(out);
  }

  private static String digits(double value) {
    return AdapterFormat.digits(OptionalDouble.of(value));
  }
}
