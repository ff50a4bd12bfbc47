package dev.collapsar.learn.variant;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Direction;
import dev.collapsar.run.MetricSeries;
import dev.collapsar.run.RunRecord.Row;
import java.util.OptionalInt;

/**
 * Which epoch of a training is kept: the best by a number of the network as a whole, in the
 * direction that the number itself calls the better one; the earlier of two alike. Epochs count
 * from 1, and one at which the number is undefined is never the best. A function of what was
 * recorded, so that a resumed training chooses as one that did not break off.
 *
 * @param metric that rises or falls as learning succeeds
 * @param patience the training ends after so many epochs without a better one; 0 for never
 */
public record EpochChoice(MetricInfo metric, int patience) {
  /**
   * @throws IllegalArgumentException if neither way is the better one
   */
  public EpochChoice {
    if (metric.direction() == Direction.NEITHER) {
      throw new IllegalArgumentException("no epoch is the best by " + metric.id());
    }
  }

  /** The best epoch of the metric's course; empty if none has a value. */
  public OptionalInt best(MetricSeries course) {
    Row best = null;
    for (Row row : course.defined()) {
      if (row.epoch() > 0 && (best == null || isBetter(row.value(), best.value()))) {
        best = row;
      }
    }
    return best == null ? OptionalInt.empty() : OptionalInt.of(best.epoch());
  }

  private boolean isBetter(double value, double than) {
    return metric.direction() == Direction.RISES ? value > than : value < than;
  }

  /**
   * Whether enough was trained.
   *
   * @param epoch the last that was
   */
  boolean isEnough(MetricSeries course, int epoch) {
    // Epochs without a value count from the beginning.
    return patience > 0 && epoch - best(course).orElse(0) >= patience;
  }
}
