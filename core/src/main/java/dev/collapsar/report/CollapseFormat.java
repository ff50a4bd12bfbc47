package dev.collapsar.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.metric.Measurement;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How a {@link CollapseReport} is written down. */
public enum CollapseFormat {
  /** For eyes: six digits, and what each metric tends to as collapse becomes complete. */
  TABLE {
    @Override
    public String render(CollapseReport report, Map<String, Object> about) {
      StringBuilder table = new StringBuilder(lines(about));
      table.append(
          "%,d samples, %d of %d classes, %d dimensions%s%s%n"
              .formatted(
                  report.samples(),
                  report.classesMeasured(),
                  report.classes(),
                  report.dimensions(),
                  others(report.testSamples(), "test"),
                  others(report.oodSamples(), "out-of-distribution")));
      table.append(String.format(Locale.ROOT, "%n%-22s %13s  %-6s", "metric", "value", "ideal"));
      report
          .metrics()
          .forEach(
              (metric, measurement) ->
                  table.append(
                      String.format(
                          Locale.ROOT,
                          "%n%-22s %13s  %-6s%s",
                          metric.id(),
                          shown(measurement),
                          metric.info().ideal(),
                          note(measurement) == null ? "" : " " + note(measurement))));
      return table.toString().replaceAll(" +(?=\\R|$)", "") + System.lineSeparator();
    }
  },

  /** One object; every value reads back to the same double. */
  JSON {
    @Override
    public String render(CollapseReport report, Map<String, Object> about) {
      ObjectNode root = MAPPER.createObjectNode();
      ObjectNode metrics = root.putObject("metrics");
      report
          .metrics()
          .forEach(
              (metric, measurement) ->
                  metrics
                      .putObject(metric.id())
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
    public String render(CollapseReport report, Map<String, Object> about) {
      StringBuilder csv = new StringBuilder("metric,value,note\n");
      report
          .metrics()
          .forEach(
              (metric, measurement) -> {
                Double value = value(measurement);
                String note = note(measurement);
                csv.append(metric.id()).append(',').append(value == null ? "" : value).append(',');
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
  public String render(CollapseReport report) {
    return render(report, Map.of());
  }

  /**
   * Likewise with what is known of the network that was measured, by name: texts, numbers, maps, or
   * lists of sentences. The table has it line by line before the numbers, JSON under {@code
   * network}, CSV not.
   */
  public abstract String render(CollapseReport report, Map<String, Object> about);

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
  private static Double value(Measurement measurement) {
    return measurement instanceof Measurement.Defined defined ? defined.value() : null;
  }

  /** What a reader should know, or why there is no value; may be null. */
  private static String note(Measurement measurement) {
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
