package dev.collapsar.cli;

import dev.collapsar.learn.merge.AdapterCombination;
import dev.collapsar.learn.merge.AdapterMerge;
import dev.collapsar.learn.merge.LogitCheck;
import dev.collapsar.report.TextTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

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
    out.print(table.toText(""));
  }

  /** What was found or assumed of a base. */
  void print(Path base, List<String> notes) {
    notes.forEach(note -> out.println(base + ": " + note));
  }

  /** Whether the merged weights compute the same. */
  void print(LogitCheck check) {
    if (check instanceof LogitCheck.Compared compared) {
      out.printf(
          Locale.ROOT,
          "largest logit difference %.3g, of logits up to %.4g (%s, %d random samples)%n",
          compared.largestDifference(),
          compared.largestLogit(),
          compared.network(),
          compared.samples());
    } else if (check instanceof LogitCheck.NotCompared not) {
      out.println("logits not compared: " + not.reason());
    }
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
    out.print(table.toText(""));
  }
}
