package dev.collapsar.run;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.collapsar.metric.MetricInfo;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A glance at a {@link RunRecord}: how the run went, read without its images, tables and per-class
 * numbers: for who looks at hundreds of runs at once.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RunGlance(
    int format,
    String recipe,
    String title,
    RunRecord.Status status,
    Instant started,
    Instant finished,
    Map<String, Object> settings,
    long seed,
    List<RunRecord.Variant> variants,
    List<RunRecord.Row> measurements,
    @JsonProperty(required = false) List<MetricInfo> metrics) {
  public RunGlance {
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    variants = List.copyOf(variants);
    measurements = List.copyOf(measurements);
    metrics = metrics == null ? List.of() : List.copyOf(metrics);
  }

  /** What a whole record says of it. */
  public static RunGlance of(RunRecord record) {
    return new RunGlance(
        record.format(),
        record.recipe(),
        record.title(),
        record.status(),
        record.started(),
        record.finished(),
        record.settings(),
        record.seed(),
        record.variants(),
        record.measurements(),
        record.metrics());
  }

  RunGlance describedBy(List<MetricInfo> infos) {
    return new RunGlance(
        format,
        recipe,
        title,
        status,
        started,
        finished,
        settings,
        seed,
        variants,
        measurements,
        infos);
  }
}
