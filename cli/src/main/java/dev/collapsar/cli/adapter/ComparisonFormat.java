package dev.collapsar.cli.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.cli.output.Wrapped;
import dev.collapsar.learn.spectra.AdapterComparison;
import dev.collapsar.learn.spectra.LayerComparison;
import dev.collapsar.learn.spectra.LayerOrder;
import dev.collapsar.learn.spectra.Overlap;
import dev.collapsar.learn.spectra.UpdateSpectrum;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.report.TextTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** How an {@link AdapterComparison} is written down. */
enum ComparisonFormat {
  /** For eyes. */
  TABLE {
    @Override
    void print(Path one, Path two, AdapterComparison comparison, PrintWriter out) {
      out.println("first: " + one);
      out.println("second: " + two);
      out.println();
      out.print(layers(comparison).folded());
      if (comparison.layers().size() > 1) {
        out.println();
        out.print(types(comparison).folded());
      }
      out.println();
      out.println(
          Wrapped.behind(
              "",
              "Overlap: the share of the smaller span that lies in the larger, at the layer's"
                  + " inputs and outputs; chance: rank over dimensions. Cosine: of the updates, by"
                  + " chance 0. Opposite: elements moved in opposite directions, by chance 50%."));
      comparison.left().forEach((module, why) -> out.println(module + ": not compared, " + why));
    }
  },

  /** One object with every number; each reads back to the same double. */
  JSON {
    @Override
    void print(Path one, Path two, AdapterComparison comparison, PrintWriter out) {
      ObjectMapper mapper = new ObjectMapper();
      ObjectNode root = mapper.createObjectNode();
      root.put("first", one.toString()).put("second", two.toString());
      ObjectNode layers = root.putObject("layers");
      comparison.layers().forEach((module, layer) -> fill(layers.putObject(module), layer));
      ObjectNode left = root.putObject("notCompared");
      comparison.left().forEach(left::put);
      try {
        out.println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("a tree of numbers and text is always JSON", e);
      }
    }
  };

  abstract void print(Path one, Path two, AdapterComparison comparison, PrintWriter out);

  private static TextTable layers(AdapterComparison comparison) {
    TextTable table =
        new TextTable(
            "layer",
            "norm",
            "of second",
            "overlap in",
            "chance",
            "overlap out",
            "chance",
            "cosine",
            "opposite",
            "amplifies",
            "second");
    comparison
        .layers()
        .forEach(
            (module, layer) ->
                table.row(
                    module,
                    Figures.digits(layer.first().norm()),
                    Figures.digits(layer.second().norm()),
                    share(layer.inputs().whole()),
                    share(layer.inputs().chance()),
                    share(layer.outputs().whole()),
                    share(layer.outputs().chance()),
                    share(layer.cosine()),
                    layer.signConflict().isPresent()
                        ? Figures.percent(layer.signConflict().getAsDouble())
                        : "-",
                    orDash(layer.amplifications()[0]),
                    orDash(layer.amplifications()[1])));
    return table;
  }

  private static TextTable types(AdapterComparison comparison) {
    Map<String, List<LayerComparison>> types = new LinkedHashMap<>();
    comparison
        .layers()
        .forEach(
            (module, layer) ->
                types.computeIfAbsent(LayerOrder.type(module), t -> new ArrayList<>()).add(layer));
    TextTable table =
        new TextTable(
            "mean of",
            "layers",
            "overlap in",
            "chance",
            "overlap out",
            "chance",
            "cosine",
            "opposite");
    types.forEach(
        (type, all) ->
            table.row(
                type,
                Integer.toString(all.size()),
                mean(all, l -> l.inputs().whole()),
                mean(all, l -> l.inputs().chance()),
                mean(all, l -> l.outputs().whole()),
                mean(all, l -> l.outputs().chance()),
                mean(all, LayerComparison::cosine),
                Figures.percent(
                    all.stream()
                        .filter(l -> l.signConflict().isPresent())
                        .mapToDouble(l -> l.signConflict().getAsDouble())
                        .average()
                        .orElse(Double.NaN))));
    return table;
  }

  private static String mean(
      List<LayerComparison> layers, ToDoubleFunction<LayerComparison> number) {
    return share(layers.stream().mapToDouble(number).average().orElseThrow());
  }

  static String share(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static String orDash(OptionalDouble value) {
    return value.isPresent() ? Figures.digits(value.getAsDouble()) : "-";
  }

  private static void fill(ObjectNode node, LayerComparison layer) {
    node.put("rows", layer.rows()).put("columns", layer.columns());
    fill(node.putObject("first"), layer.first(), layer.amplifications()[0]);
    fill(node.putObject("second"), layer.second(), layer.amplifications()[1]);
    fill(node.putObject("factorsA"), layer.factorsA());
    fill(node.putObject("factorsB"), layer.factorsB());
    fill(node.putObject("inputs"), layer.inputs());
    fill(node.putObject("outputs"), layer.outputs());
    fill(node.putArray("inputAngles"), layer.inputAngles());
    fill(node.putArray("outputAngles"), layer.outputAngles());
    node.put("cosine", layer.cosine())
        .put("cosineChanceDeviation", layer.cosineStd())
        .put("signConflict", boxed(layer.signConflict()))
        .put("signConflictChance", 0.5)
        .put("normOfSum", layer.normOfSum());
  }

  private static void fill(ObjectNode node, UpdateSpectrum spectrum, OptionalDouble amplification) {
    node.put("norm", spectrum.norm())
        .put("stableRank", spectrum.stableRank())
        .put("entropyRank", spectrum.entropyRank())
        .put("entropyRankOfEnergy", spectrum.entropyRankOfEnergy())
        .put("amplification", boxed(amplification));
    fill(node.putArray("singularValues"), spectrum.values());
  }

  private static void fill(ObjectNode node, Overlap overlap) {
    node.put("overlap", overlap.whole())
        .put("chance", overlap.chance())
        .put("chanceDeviation", overlap.chanceStd())
        .put("chanceP", boxed(overlap.upperP()));
    Matrix phi = overlap.phi();
    ArrayNode rows = node.putArray("phi");
    for (int i = 0; i < phi.rows(); i++) {
      fill(rows.addArray(), phi.row(i));
    }
  }

  private static void fill(ArrayNode array, double[] values) {
    for (double value : values) {
      array.add(value);
    }
  }

  private static Double boxed(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }
}
