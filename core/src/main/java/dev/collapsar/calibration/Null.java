package dev.collapsar.calibration;

import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Metric;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Chance: what is measured, with the thing under test replaced by chance. It hides whether draws
 * are made one by one or together, and whether they are kept for the next question.
 *
 * @param <S> what metrics are numbers of
 */
public interface Null<S> {
  /** What was replaced, in words: {@code random subspaces}. */
  String name();

  /** Why it cannot be drawn beside what was observed; empty if it can. */
  Optional<String> obstacle(S observed);

  /**
   * Draws, the same ones for the same seed.
   *
   * @param observed what chance takes the place of, without an obstacle
   * @param each hears every draw in turn
   */
  void draw(S observed, int draws, Seed seed, Consumer<S> each);

  /**
   * What metrics are by chance, all of them in the same draws.
   *
   * @throws IllegalStateException if a metric is undefined in a draw
   */
  default Map<Metric<S>, NullSample> samples(
      S observed, int draws, Seed seed, List<Metric<S>> metrics) {
    Map<Metric<S>, List<Double>> values = new LinkedHashMap<>();
    metrics.forEach(metric -> values.put(metric, new ArrayList<>()));
    draw(
        observed,
        draws,
        seed,
        drawn -> values.forEach((metric, list) -> list.add(value(metric.of(drawn)))));
    Map<Metric<S>, NullSample> samples = new LinkedHashMap<>();
    values.forEach(
        (metric, list) ->
            samples.put(
                metric,
                new NullSample(name(), list.stream().mapToDouble(Double::doubleValue).toArray())));
    return samples;
  }

  private static double value(Measurement drawn) {
    if (drawn instanceof Measurement.Defined defined) {
      return defined.value();
    }
    throw new IllegalStateException(
        "a draw has no " + drawn.id() + ": " + ((Measurement.Undefined) drawn).reason());
  }
}
