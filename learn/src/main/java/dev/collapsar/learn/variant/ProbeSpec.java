package dev.collapsar.learn.variant;

import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.network.Head;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricId;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a probe measures, and on which images.
 *
 * @param features whose features the collapse is of
 * @param test where {@code nc4} is taken, or null: then on the former
 * @param ood samples of another distribution, for {@code nc5}, or null
 * @param metrics of the representation; of other taps those that need no classifier
 * @param further what else is found in the representation
 */
public record ProbeSpec(
    Pass features, Pass test, Pass ood, Set<MetricId> metrics, List<Further> further) {

  /** Further numbers of the representation. */
  public interface Further {
    /**
     * @param features the representation of the images measured, (N,D)
     */
    List<Measurement> of(FeatureArray features, Head.Classifier head);
  }

  public ProbeSpec {
    metrics = EnumSet.copyOf(metrics);
    further = List.copyOf(further);
  }

  public static ProbeSpec of(Pass features, Set<MetricId> metrics) {
    return new ProbeSpec(features, null, null, metrics, List.of());
  }

  public ProbeSpec withTest(Pass other) {
    return new ProbeSpec(features, other, ood, metrics, further);
  }

  public ProbeSpec withOod(Pass other) {
    return new ProbeSpec(features, test, other, metrics, further);
  }

  public ProbeSpec withFurther(Further more) {
    return new ProbeSpec(features, test, ood, metrics, List.of(more));
  }

  /** All metrics but those whose cost grows with the square of the width. */
  public static Set<MetricId> allButSpectral() {
    Set<MetricId> metrics = EnumSet.allOf(MetricId.class);
    metrics.removeAll(MetricId.spectral());
    return metrics;
  }

  /** The metrics at the representation, or at another tap. */
  Set<MetricId> at(boolean representation) {
    EnumSet<MetricId> there = EnumSet.copyOf(metrics);
    there.removeIf(metric -> metric.needsClassifier() && !representation);
    return there;
  }
}
