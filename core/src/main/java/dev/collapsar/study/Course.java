package dev.collapsar.study;

import dev.collapsar.run.MetricHistory;
import java.util.List;

/**
 * One metric of one arm by epoch: at each a mean over seeds and its own interval, so that the band
 * is pointwise: it holds the course at an epoch with probability .95, not at all at once.
 */
public record Course(Arm arm, MetricHistory.Key key, List<At> points) {
  /** What the seeds have at one epoch. */
  public record At(int epoch, SeedMeans means) {}

  public Course {
    points = List.copyOf(points);
  }
}
