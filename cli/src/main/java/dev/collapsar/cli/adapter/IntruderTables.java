package dev.collapsar.cli.adapter;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.learn.spectra.AdapterIntruders;
import dev.collapsar.report.TextTable;
import dev.collapsar.update.Intruders;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;

/** How {@link AdapterIntruders} are written down. */
final class IntruderTables implements Finding {
  private final AdapterIntruders intruders;

  IntruderTables(AdapterIntruders intruders) {
    this.intruders = intruders;
  }

  @Override
  public void print(PrintWriter out) {
    TextTable table =
        new TextTable("layer", "intruders", "of first", "||D||/||W||", "rotated updates");
    intruders
        .layers()
        .forEach(
            (module, layer) ->
                table.row(
                    module,
                    Integer.toString(layer.count()),
                    Integer.toString(layer.cosines().count()),
                    Figures.digits(layer.size()),
                    rotated(layer)));
    out.println();
    out.print(table.folded());
    out.println(Intruders.MEANING);
    long fully = intruders.layers().values().stream().filter(AdapterIntruders.Layer::fully).count();
    out.printf(
        Locale.ROOT,
        "%d of %d weights took all singular vectors, bounds decided the others%n",
        fully,
        intruders.layers().size());
    intruders.others().forEach((module, why) -> out.println(module + ": no intruders, " + why));
  }

  private static String rotated(AdapterIntruders.Layer layer) {
    double[] counts = layer.rotated();
    return counts.length == 0
        ? "-"
        : String.format(
            Locale.ROOT,
            "%.1f (%.0f to %.0f of %d draws)",
            Arrays.stream(counts).average().orElseThrow(),
            Arrays.stream(counts).min().orElseThrow(),
            Arrays.stream(counts).max().orElseThrow(),
            counts.length);
  }

  @Override
  public void fill(ObjectNode root) {
    ObjectNode node = root.putObject("intruders").put("meaning", Intruders.MEANING);
    ObjectNode layers = node.putObject("layers");
    intruders
        .layers()
        .forEach(
            (module, layer) -> {
              ObjectNode own = layers.putObject(module);
              own.put("intruders", layer.count()).put("size", layer.size());
              Arrays.stream(layer.cosines().values()).forEach(own.putArray("cosines")::add);
              ArrayNode exact = own.putArray("exact");
              for (boolean one : layer.cosines().exact()) {
                exact.add(one);
              }
              own.put("all_singular_vectors", layer.fully());
              Arrays.stream(layer.rotated()).forEach(own.putArray("rotated")::add);
            });
    ObjectNode others = node.putObject("others");
    intruders.others().forEach(others::put);
  }
}
