package dev.collapsar.cli.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.merge.AdapterCombination;
import dev.collapsar.learn.merge.Change;
import dev.collapsar.learn.merge.LogitCheck;
import dev.collapsar.report.TextTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** The effect of merging, layer by layer. */
public final class MergeTables {
  private final PrintWriter out;

  MergeTables(PrintWriter out) {
    this.out = out;
  }

  /** How far each layer is from what the mode promises. */
  void print(AdapterCombination combination) {
    TextTable table = new TextTable("layer", "rank", "promised norm", "deviation", "relative");
    combination
        .errors()
        .forEach(
            (layer, error) ->
                table.row(
                    layer,
                    Integer.toString(combination.adapter().modules().get(layer).rank()),
                    Figures.digits(error.norm()),
                    Figures.digits(error.distance()),
                    Figures.digits(error.relative())));
    out.print(table.folded());
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

  /**
   * Refuses merged weights that compute something else.
   *
   * @param allowed the largest change of a logit, as a share of the largest
   */
  void requireTolerable(LogitCheck check, double allowed, Path out) {
    if (check instanceof LogitCheck.Compared compared && !(compared.relative() <= allowed)) {
      throw new InvalidInputException(
          String.format(
                  Locale.ROOT,
                  "%s: not written, a logit changes by %.3g of the largest, more than --tolerance"
                      + " %s",
                  out,
                  compared.relative(),
                  allowed)
              + "; a base of a wider type rounds less");
    }
  }

  /** How each weight changed, and what rounding it cost. */
  void print(Map<String, Change> changes) {
    TextTable table =
        new TextTable("weight", "norm", "update norm", "of weight", "rounding", "largest rounding");
    changes.forEach(
        (weight, change) ->
            table.row(
                weight,
                Figures.digits(change.base()),
                Figures.digits(change.update()),
                change.base() > 0 ? Figures.percent(change.update() / change.base()) : "-",
                Figures.digits(change.rounding()),
                Figures.digits(change.largestRounding())));
    out.print(table.folded());
  }
}
