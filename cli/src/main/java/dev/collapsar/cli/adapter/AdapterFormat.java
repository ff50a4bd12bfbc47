package dev.collapsar.cli.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.cli.output.Wrapped;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.merge.AdapterSummary;
import dev.collapsar.learn.spectra.LayerOrder;
import dev.collapsar.report.TextTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.StringJoiner;
import java.util.TreeMap;

/** How an {@link AdapterSummary} is written down. */
public enum AdapterFormat {
  /** For eyes. */
  TABLE {
    @Override
    void print(Path folder, AdapterSummary summary, List<Finding> found, PrintWriter out) {
      AdapterConfig config = summary.adapter().config();
      String holds =
          String.format(
              Locale.ROOT,
              "%,d parameters in %d layer%s; %s",
              parameters(summary),
              summary.modules().size(),
              summary.modules().size() == 1 ? "" : "s",
              traits(config));
      out.println(folder);
      out.println(Wrapped.behind("", holds));
      out.println();
      out.print(layers(summary).folded());
      notes(summary, out);
      found.forEach(finding -> finding.print(out));
    }

    private static TextTable layers(AdapterSummary summary) {
      TextTable table =
          new TextTable(
              "layer",
              "kind",
              "A",
              "B",
              "rank",
              "scale",
              "from",
              "parameters",
              "of layer",
              "update norm",
              "of weight");
      Map<String, AdapterSummary.Module> modules = new TreeMap<>(LayerOrder.NATURAL);
      modules.putAll(summary.modules());
      modules.forEach(
          (name, module) -> {
            LoraFactors factors = module.factors();
            table.row(
                name,
                factors.kind().toString(),
                factors.a().toString(),
                factors.b().toString(),
                Integer.toString(factors.rank()),
                Figures.digits(module.scale()),
                module.scaleOrigin(),
                Figures.count(factors.parameters()),
                Figures.percent((double) factors.parameters() / module.layerParameters()),
                orDash(module.updateNorm()),
                module.share().isPresent() ? Figures.percent(module.share().getAsDouble()) : "-");
          });
      return table;
    }

    @Override
    void print(AdapterLook look, List<Finding> found, PrintWriter out) {
      look.printTable(out);
      found.forEach(finding -> finding.print(out));
    }
  },

  /** One object; every number reads back to the same double. */
  JSON {
    @Override
    void print(Path folder, AdapterSummary summary, List<Finding> found, PrintWriter out) {
      AdapterConfig config = summary.adapter().config();
      ObjectNode root = MAPPER.createObjectNode();
      root.put("adapter", folder.toString())
          .put("parameters", parameters(summary))
          .put("rankStabilized", config.rankStabilized())
          .put("dora", config.dora())
          .put("dropout", config.dropout())
          .put("bias", config.bias().spelling())
          .put("loraBias", config.loraBias())
          .put("initialization", config.initialization().spelling())
          .put("targets", config.targets().toString())
          .put("base", config.base().nameOrPath());
      ObjectNode modules = root.putObject("modules");
      summary.modules().forEach((name, module) -> fill(modules.putObject(name), module));
      ObjectNode saved = root.putObject("saved");
      summary.adapter().saved().forEach((name, tensor) -> saved.put(name, tensor.toString()));
      summary.adapter().warnings().forEach(root.putArray("warnings")::add);
      found.forEach(finding -> finding.fill(root));
      try {
        out.println(MAPPER.writeValueAsString(root));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("a tree of numbers and text is always JSON", e);
      }
    }

    @Override
    void print(AdapterLook look, List<Finding> found, PrintWriter out) {
      try {
        ObjectNode root = look.fill(MAPPER.createObjectNode());
        found.forEach(finding -> finding.fill(root));
        out.println(MAPPER.writeValueAsString(root));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("a tree of numbers and text is always JSON", e);
      }
    }

    private void fill(ObjectNode node, AdapterSummary.Module module) {
      LoraFactors factors = module.factors();
      node.put("kind", factors.kind().toString());
      putShape(node, "a", factors.a());
      putShape(node, "b", factors.b());
      node.put("type", factors.a().type().toString())
          .put("groups", factors.groups())
          .put("rank", factors.rank())
          .put("scale", module.scale())
          .put("scaleOrigin", module.scaleOrigin())
          .put("parameters", factors.parameters())
          .put("layerParameters", module.layerParameters())
          .put("updateNorm", boxed(module.updateNorm()))
          .put("baseNorm", boxed(module.baseNorm()))
          .put("share", boxed(module.share()));
    }

    private void putShape(ObjectNode node, String name, StoredTensor tensor) {
      for (long length : tensor.shape()) {
        node.withArray(name).add(length);
      }
    }

    private Double boxed(OptionalDouble value) {
      return value.isPresent() ? value.getAsDouble() : null;
    }
  };

  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Prints the summary of the adapter in this folder. */
  abstract void print(Path folder, AdapterSummary summary, List<Finding> found, PrintWriter out);

  /** Prints what the heads of an adapter of any layout say. */
  abstract void print(AdapterLook look, List<Finding> found, PrintWriter out);

  /**
   * Looks at an adapter of any layout.
   *
   * @param base whose heads are read, to say what a merge would do
   */
  final void look(Path adapter, Optional<Path> base, List<Finding> found, PrintWriter out) {
    try (AdapterLook look = AdapterLook.at(adapter, base)) {
      print(look, found, out);
    }
  }

  private static long parameters(AdapterSummary summary) {
    return summary.modules().values().stream().mapToLong(m -> m.factors().parameters()).sum();
  }

  private static String traits(AdapterConfig config) {
    StringJoiner traits = new StringJoiner(", ");
    if (config.dora()) {
      traits.add("DoRA");
    }
    traits.add("scale alpha/" + (config.rankStabilized() ? "sqrt(rank), rank-stabilised" : "rank"));
    traits.add("dropout " + (config.dropout() == 0 ? "0" : config.dropout()));
    traits.add("bias " + config.bias().spelling());
    if (config.loraBias()) {
      traits.add("B with a bias");
    }
    return traits.toString();
  }

  private static void notes(AdapterSummary summary, PrintWriter out) {
    summary
        .adapter()
        .saved()
        .forEach((name, tensor) -> out.printf(Locale.ROOT, "saved in full: %s %s%n", name, tensor));
    summary
        .modules()
        .forEach(
            (name, module) -> {
              if (module.isLargerThanLayer()) {
                out.printf(
                    Locale.ROOT, "warning: the adapter of %s is larger than its weight%n", name);
              }
              if (module.updateNorm().isEmpty()) {
                out.printf(
                    Locale.ROOT,
                    "%s: what DoRA adds depends on the base; name it with --base%n",
                    name);
              }
            });
    summary.adapter().warnings().forEach(warning -> out.println("warning: " + warning));
  }

  private static String orDash(OptionalDouble value) {
    return value.isEmpty() ? "-" : Figures.digits(value.getAsDouble());
  }
}
