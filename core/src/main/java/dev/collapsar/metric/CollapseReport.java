package dev.collapsar.metric;

import dev.collapsar.InvalidInputException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The result of a measurement.
 *
 * @param metrics each metric asked for, in the order of {@link Metrics}
 * @param samples training rows read
 * @param classes K, the number of classes there may be
 * @param classesMeasured how many of them took part
 * @param dimensions D
 * @param testSamples test rows read, 0 without test features
 * @param oodSamples out-of-distribution rows read, 0 without
 * @param blas the linear algebra that was used
 * @param threads how many threads worked
 */
public record CollapseReport(
    Map<CollapseMetric, Measurement> metrics,
    long samples,
    int classes,
    int classesMeasured,
    int dimensions,
    long testSamples,
    long oodSamples,
    String blas,
    int threads) {
  private static final String NO_SAMPLES = " has no samples";

  public CollapseReport {
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
  }

  /**
   * This report, if it holds a number.
   *
   * @throws InvalidInputException if every metric is undefined: with the reason, and what to do
   *     about labels that leave classes empty
   */
  public CollapseReport requireNumber() {
    if (metrics.values().stream().anyMatch(Measurement.Defined.class::isInstance)) {
      return this;
    }
    List<String> reasons =
        metrics.values().stream()
            .map(Measurement.Undefined.class::cast)
            .map(Measurement.Undefined::reason)
            .toList();
    String reason =
        reasons.stream()
            .filter(r -> r.endsWith(NO_SAMPLES))
            .findFirst()
            .orElse(reasons.isEmpty() ? "no metric was asked for" : reasons.get(0));
    String remedy =
        reason.endsWith(NO_SAMPLES)
            ? "; labels count classes from 0 (subtract 1 from labels that begin at 1), and"
                + " --min-samples 1 leaves empty classes out"
            : "";
    throw new InvalidInputException("nothing can be measured: " + reason + remedy);
  }

  /**
   * The value of a metric.
   *
   * @throws IllegalStateException with the reason if it is undefined, or if it was not asked for
   */
  public double value(CollapseMetric metric) {
    Measurement measurement = metrics.get(metric);
    if (measurement instanceof Measurement.Defined defined) {
      return defined.value();
    }
    throw new IllegalStateException(
        measurement instanceof Measurement.Undefined undefined
            ? metric + " is undefined: " + undefined.reason()
            : metric + " was not measured");
  }
}
