package dev.collapsar.learn.variant;

import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.network.Head;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Metrics;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The quantities that a probe measures, and its images.
 *
 * @param features whose features the collapse is of
 * @param test where {@code nc4} is taken, or null: then on the former
 * @param ood samples of another distribution, for {@code nc5}, or null
 * @param metrics of the representation; of other taps those that need no classifier
 * @param further what else is found in the representation
 */
public record ProbeSpec(
    OrderedBatches features,
    OrderedBatches test,
    OrderedBatches ood,
    Set<CollapseMetric> metrics,
    List<Further> further) {

  /** Further numbers of the representation. */
  public interface Further {
    /**
     * @param features the representation of the images measured, (N,D)
     */
    List<Measurement> of(FeatureArray features, Head.Classifier head);
  }

  public ProbeSpec {
    metrics = Metrics.ordered(metrics);
    further = List.copyOf(further);
  }

  public static ProbeSpec of(OrderedBatches features, Set<CollapseMetric> metrics) {
    return new ProbeSpec(features, null, null, metrics, List.of());
  }

  public ProbeSpec withTest(OrderedBatches other) {
    return new ProbeSpec(features, other, ood, metrics, further);
  }

  public ProbeSpec withOod(OrderedBatches other) {
    return new ProbeSpec(features, test, other, metrics, further);
  }

  public ProbeSpec withFurther(Further more) {
    return new ProbeSpec(features, test, ood, metrics, List.of(more));
  }

  /** All metrics but those whose cost grows with the square of the width. */
  public static Set<CollapseMetric> allButSpectral() {
    Set<CollapseMetric> metrics = new LinkedHashSet<>(Metrics.collapse());
    metrics.removeAll(Metrics.spectral());
    return metrics;
  }

  /** The metrics at the representation, or at another tap. */
  Set<CollapseMetric> at(boolean representation) {
    Set<CollapseMetric> there = new LinkedHashSet<>(metrics);
    there.removeIf(metric -> metric.needsClassifier() && !representation);
    return there;
  }
}
