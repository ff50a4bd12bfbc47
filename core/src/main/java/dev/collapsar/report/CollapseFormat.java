package dev.collapsar.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.calibration.Evidence;
import dev.collapsar.classes.ClassNumbers;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.metric.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;

/** How a {@link CollapseReport} is written down. */
public enum CollapseFormat {
  /** For eyes: six digits, and what each metric tends to as collapse becomes complete. */
  TABLE {
    @Override
    public String render(
        CollapseReport report,
        Map<String, Object> about,
        Evidence evidence,
        List<ClassNumbers> classes) {
      String counts =
          lines(about)
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
          + numbers.toText("")
          + evidenced.replaceAll(" +(?=\\R|$)", "");
    }
  },

  /** One object; every value reads back to the same double. */
  JSON {
    @Override
    public String render(
        CollapseReport report,
        Map<String, Object> about,
        Evidence evidence,
        List<ClassNumbers> classes) {
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
      if (!classes.isEmpty()) {
        perClass(root.putArray("perClass"), classes);
      }
      if (!about.isEmpty()) {
        root.set("network", MAPPER.valueToTree(about));
      }
      try {
        return MAPPER.writeValueAsString(root) + "\n";
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("a tree of numbers and text is always JSON", e);
      }
    }
  },

  /**
   * {@code metric,value,note}, quoted as in RFC 4180; every value reads back to the same double.
   * Metrics alone: nothing of what was measured.
   */
  CSV {
    @Override
    public String render(
        CollapseReport report,
        Map<String, Object> about,
        Evidence evidence,
        List<ClassNumbers> classes) {
      StringBuilder csv = new StringBuilder("metric,value,note\n");
      all(report, evidence)
          .forEach(
              measurement -> {
                Double value = value(measurement);
                String note = note(measurement);
                csv.append(measurement.id())
                    .append(',')
                    .append(value == null ? "" : value)
                    .append(',');
                if (note != null) {
                  csv.append('"').append(note.replace("\"", "\"\"")).append('"');
                }
                csv.append('\n');
              });
      return csv.toString();
    }
  };

  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** The report as text that ends with a line break. */
  public final String render(CollapseReport report) {
    return render(report, Map.of(), Evidence.none());
  }

  /**
   * The same with what stands beside its numbers, each an entry of its own id behind its number,
   * and with what is known of the network that was measured, by name: texts, numbers, maps, or
   * lists of sentences. The table has it line by line before the numbers, JSON under {@code
   * network}, CSV not.
   */
  public final String render(CollapseReport report, Map<String, Object> about, Evidence evidence) {
    return render(report, about, evidence, List.of());
  }

  /** The same with what is said of each class: in JSON alone, under {@code perClass}. */
  public abstract String render(
      CollapseReport report,
      Map<String, Object> about,
      Evidence evidence,
      List<ClassNumbers> classes);

  private static void perClass(ArrayNode array, List<ClassNumbers> classes) {
    for (ClassNumbers of : classes) {
      ObjectNode one = array.addObject();
      one.put("class", of.label())
          .put("samples", of.samples())
          .put("spread", of.spread())
          .put("mean_norm", of.norm());
      one.put("cos_weights", of.cosine().isPresent() ? (Double) of.cosine().getAsDouble() : null);
      one.put("decided", known(of.decided()));
      one.put("nearest_mean_hits", known(of.nearestMeanHits()));
      one.put("classifier_hits", known(of.classifierHits()));
    }
  }

  /** Null where unknown. */
  private static Long known(OptionalLong count) {
    return count.isPresent() ? (Long) count.getAsLong() : null;
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
