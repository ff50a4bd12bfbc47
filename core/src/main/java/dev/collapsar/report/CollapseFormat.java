package dev.collapsar.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.CsvLine;
import dev.collapsar.calibration.Evidence;
import dev.collapsar.classes.ClassNumbers;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.metric.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** How a {@link CollapseReport} is written down. */
public enum CollapseFormat {
  /** For eyes: six digits, and what each metric tends to as collapse becomes complete. */
  TABLE {
    @Override
    public String render(Content content) {
      CollapseReport report = content.report();
      Evidence evidence = content.evidence();
      String counts =
          lines(content.network())
              + String.format(
                  Locale.ROOT,
                  "%,d samples, %s of %s classes, %s dimensions%s%s%n",
                  report.samples(),
                  report.classesMeasured(),
                  report.classes(),
                  report.dimensions(),
                  others(report.testSamples(), "test"),
                  others(report.oodSamples(), "out-of-distribution"));
      TextTable numbers = new TextTable("metric", "value", "ideal", "");
      report
          .metrics()
          .forEach(
              (metric, measurement) ->
                  numbers.row(
                      metric.id(),
                      shown(measurement),
                      metric.info().ideal(),
                      Objects.requireNonNullElse(note(measurement), "")));
      String evidenced =
          evidence.whole().isEmpty() ? "" : new EvidenceTable(report, evidence).text();
      return counts
          + System.lineSeparator()
          + numbers.folded()
          + evidenced.replaceAll(" +(?=\\R|$)", "");
    }
  },

  /** One object; every value reads back to the same double. */
  JSON {
    @Override
    public String render(Content content) {
      CollapseReport report = content.report();
      Evidence evidence = content.evidence();
      ObjectNode root = MAPPER.createObjectNode();
      ObjectNode metrics = root.putObject("metrics");
      all(report, evidence)
          .forEach(
              measurement ->
                  metrics
                      .putObject(measurement.id())
                      .put("value", value(measurement))
                      .put("note", note(measurement)));
      root.put("samples", report.samples())
          .put("classes", report.classes())
          .put("classesMeasured", report.classesMeasured())
          .put("dimensions", report.dimensions())
          .put("testSamples", report.testSamples())
          .put("oodSamples", report.oodSamples())
          .put("blas", report.blas())
          .put("threads", report.threads());
      if (!evidence.remarks().isEmpty()) {
        evidence.remarks().forEach(root.putArray("remarks")::add);
      }
      if (!content.classes().isEmpty()) {
        perClass(root.putArray("perClass"), content.classes());
      }
      if (!content.network().isEmpty()) {
        root.set("network", MAPPER.valueToTree(content.network()));
      }
      content.origin().forEach((name, value) -> root.set(name, MAPPER.valueToTree(value)));
      try {
        return MAPPER.writeValueAsString(root) + "\n";
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("a tree of numbers and text is always JSON", e);
      }
    }
  },

  /**
   * {@code metric,value,note}, notes quoted as in RFC 4180; every value reads back to the same
   * double. Metrics alone: nothing of what was measured.
   */
  CSV {
    @Override
    public String render(Content content) {
      CollapseReport report = content.report();
      Evidence evidence = content.evidence();
      StringBuilder csv = new StringBuilder("metric,value,note\n");
      all(report, evidence)
          .forEach(
              measurement -> {
                Double value = value(measurement);
                String note = note(measurement);
                csv.append(measurement.id())
                    .append(',')
                    .append(value == null ? "" : value)
                    .append(',')
                    .append(note == null ? "" : CsvLine.quoted(note))
                    .append('\n');
              });
      return csv.toString();
    }
  };

  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /**
   * What is written down.
   *
   * @param network what is known of the network that was measured, by name: texts, numbers, maps,
   *     or lists of sentences. The table has it line by line before the numbers, JSON under {@code
   *     network}, CSV not
   * @param origin where the numbers come from, in JSON alone: each name beside {@code metrics}
   * @param evidence what stands beside the numbers, each an entry of its own id behind its number
   * @param classes what is said of each class: in JSON alone, under {@code perClass}
   */
  public record Content(
      CollapseReport report,
      Map<String, Object> network,
      Map<String, Object> origin,
      Evidence evidence,
      List<ClassNumbers> classes) {}

  /** The report alone, as text that ends with a line break. */
  public final String render(CollapseReport report) {
    return render(new Content(report, Map.of(), Map.of(), Evidence.none(), List.of()));
  }

  /** The same with all that belongs to it. */
  public abstract String render(Content content);

  /** What was rendered of each layer, by its name, as one. */
  public final String together(Map<String, String> layers) {
    return switch (this) {
      case TABLE -> {
        StringBuilder all = new StringBuilder();
        layers.forEach(
            (layer, text) ->
                all.append(all.isEmpty() ? "" : System.lineSeparator())
                    .append("layer ")
                    .append(layer)
                    .append(System.lineSeparator())
                    .append(text));
        yield all.toString();
      }
      case JSON -> {
        ObjectNode root = MAPPER.createObjectNode();
        ObjectNode all = root.putObject("layers");
        try {
          for (Map.Entry<String, String> layer : layers.entrySet()) {
            all.set(layer.getKey(), MAPPER.readTree(layer.getValue()));
          }
          yield MAPPER.writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
          throw new IllegalStateException("was written as JSON before", e);
        }
      }
      case CSV -> {
        StringBuilder all = new StringBuilder("layer,metric,value,note\n");
        layers.forEach(
            (layer, text) ->
                text.lines()
                    .skip(1)
                    .forEach(
                        line ->
                            all.append(CsvLine.field(layer))
                                .append(',')
                                .append(line)
                                .append('\n')));
        yield all.toString();
      }
    };
  }

  private static void perClass(ArrayNode array, List<ClassNumbers> classes) {
    for (ClassNumbers of : classes) {
      ObjectNode one = array.addObject();
      one.put("class", of.label())
          .put("samples", of.samples())
          .put("spread", known(of.spread()))
          .put("mean_norm", of.norm())
          .put("cos_weights", known(of.cosine()));
      one.put("decided", known(of.decided()));
      one.put("nearest_mean_hits", known(of.nearestMeanHits()));
      one.put("classifier_hits", known(of.classifierHits()));
    }
  }

  /** Null where unknown. */
  private static Long known(OptionalLong count) {
    return count.isPresent() ? (Long) count.getAsLong() : null;
  }

  private static Double known(OptionalDouble value) {
    return value.isPresent() ? (Double) value.getAsDouble() : null;
  }

  private static List<Measurement> all(CollapseReport report, Evidence evidence) {
    List<Measurement> all = new ArrayList<>();
    report
        .metrics()
        .values()
        .forEach(
            number -> {
              all.add(number);
              all.addAll(evidence.of(number.id()));
            });
    all.addAll(evidence.whole());
    return all;
  }

  private static String lines(Map<String, Object> about) {
    StringBuilder lines = new StringBuilder();
    about.forEach(
        (name, value) -> {
          List<?> each = value instanceof List<?> list ? list : List.of(value);
          each.forEach(one -> lines.append("%-18s %s%n".formatted(name, one)));
        });
    return lines.isEmpty() ? "" : lines + System.lineSeparator();
  }

  /** Null where undefined. */
  static Double value(Measurement measurement) {
    return measurement instanceof Measurement.Defined defined ? defined.value() : null;
  }

  /** What a reader should know, or why there is no value; may be null. */
  static String note(Measurement measurement) {
    return measurement instanceof Measurement.Defined defined
        ? defined.note()
        : ((Measurement.Undefined) measurement).reason();
  }

  private static String shown(Measurement measurement) {
    Double value = value(measurement);
    return value == null ? "undefined" : String.format(Locale.ROOT, "%.6g", value);
  }

  private static String others(long samples, String what) {
    return samples == 0 ? "" : String.format(Locale.ROOT, ", %,d %s samples", samples, what);
  }
}
