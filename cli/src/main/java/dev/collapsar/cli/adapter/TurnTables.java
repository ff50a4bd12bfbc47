package dev.collapsar.cli.adapter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.learn.spectra.OutputTurns;
import dev.collapsar.report.TextTable;
import java.io.PrintWriter;

/** How {@link OutputTurns} are written down. */
final class TurnTables implements Finding {
  private final OutputTurns turns;

  TurnTables(OutputTurns turns) {
    this.turns = turns;
  }

  @Override
  public void print(PrintWriter out) {
    TextTable table = new TextTable("layer", "magnitude change", "direction change", "outputs");
    turns
        .layers()
        .forEach(
            (module, layer) ->
                table.row(
                    module,
                    Figures.digits(layer.magnitude()),
                    Figures.digits(layer.direction()),
                    Figures.count(layer.outputs())));
    out.println();
    out.print(table.folded());
    out.println(
        "magnitude: mean of | ||w'|| - ||w|| | over outputs; direction: mean of 1 - cos(w', w)");
  }

  @Override
  public void fill(ObjectNode root) {
    ObjectNode node = root.putObject("outputs");
    turns
        .layers()
        .forEach(
            (module, layer) ->
                node.putObject(module)
                    .put("magnitudeChange", layer.magnitude())
                    .put("directionChange", layer.direction())
                    .put("outputs", layer.outputs()));
  }
}
