package dev.collapsar.learn.experiment;

import static java.util.function.Predicate.not;
import static java.util.stream.Collectors.joining;

import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.images.Pass;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.learn.training.FeatureStore;
import dev.collapsar.learn.training.Loss;
import dev.collapsar.learn.training.MomentsStream;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Metrics;
import dev.collapsar.metric.OutOfDistribution;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * The collapse of a network's representation and of the values at its taps. A measurement forwards
 * every set of images once, for all taps together. The features of the images measured are kept in
 * memory, which is checked beforehand; of the out-of-distribution images only the moments are.
 */
final class Geometry {
  private final Experiment experiment;
  private final Sets sets;
  private final Set<CollapseMetric> metrics;
  private final Map<String, TapPoint> points;
  private final Map<TapPoint, Integer> widths;
  private final TapPoint representation;
  private final FeatureStore store;

  /**
   * The images that are measured.
   *
   * @param features whose features the geometry is of
   * @param test where {@code nc4} is taken, or null: then on the former
   * @param ood samples of another distribution, for {@code nc5}, or null
   */
  record Sets(Pass features, Pass test, Pass ood) {
    static Sets of(Pass features) {
      return new Sets(features, null, null);
    }
  }

  /** Further numbers of the representation. */
  interface Further {
    /**
     * @param features the representation of the images measured, (N,D)
     */
    List<Measurement> of(FeatureArray features, Network.Classifier head);
  }

  /**
   * Takes the memory for networks like this one.
   *
   * @param metrics of the representation; of other taps those that need no classifier
   * @throws dev.collapsar.InvalidInputException if the features do not fit in this JVM's memory
   */
  Geometry(
      Experiment experiment, Sets sets, Set<CollapseMetric> metrics, Network network, Taps taps) {
    this(
        experiment,
        sets,
        metrics,
        network,
        withRepresentation(network, taps),
        Runtime.getRuntime().maxMemory());
  }

  /**
   * At the taps alone: all metrics but those whose cost grows with the square of the width; empty
   * if there are no taps.
   */
  static Optional<Geometry> atTaps(
      Experiment experiment, Pass features, Network network, Taps taps) {
    if (taps.points().isEmpty()) {
      return Optional.empty();
    }
    Set<CollapseMetric> metrics = allButSpectral();
    metrics.remove(OutOfDistribution.NC5_OOD_DEV);
    return Optional.of(
        new Geometry(
            experiment,
            Sets.of(features),
            metrics,
            network,
            taps,
            Runtime.getRuntime().maxMemory()));
  }

  /** All metrics but those whose cost grows with the square of the width. */
  static Set<CollapseMetric> allButSpectral() {
    Set<CollapseMetric> metrics = new LinkedHashSet<>(Metrics.collapse());
    metrics.removeAll(Metrics.spectral());
    return metrics;
  }

  private static Taps withRepresentation(Network network, Taps taps) {
    TapPoint representation = network.representation();
    if (taps.points().containsValue(representation)) {
      return taps;
    }
    Map<String, TapPoint> points = new LinkedHashMap<>();
    points.put("", representation);
    points.putAll(taps.points());
    Map<TapPoint, Integer> widths = new LinkedHashMap<>();
    widths.put(representation, network.classifier().weights().columns());
    widths.putAll(taps.widths());
    return new Taps(points, widths);
  }

  /** Of these taps alone, with so many bytes of memory. */
  Geometry(
      Experiment experiment,
      Sets sets,
      Set<CollapseMetric> metrics,
      Network network,
      Taps taps,
      long memory) {
    this.experiment = experiment;
    this.sets = sets;
    this.metrics = Metrics.ordered(metrics);
    representation = network.representation();
    points = taps.points();
    widths = taps.widths();
    requireMemory(memory);
    store = new FeatureStore(widths, sets.features.order().length);
  }

  /**
   * Besides the features the representation of N_test test images takes 4 N_test D bytes, and the
   * moments of K out-of-distribution classes 120 K d.
   */
  private void requireMemory(long memory) {
    long values = widths.values().stream().mapToLong(Integer::longValue).sum();
    long besides = 0;
    if (sets.ood != null) {
      besides += MomentsStream.bytes(sets.ood.images().classes().size(), values);
    }
    if (sets.test != null) {
      besides += 4L * sets.test.order().length * widths.get(representation);
    }
    FeatureMemory.require(
        "taps=" + points.keySet().stream().filter(not(String::isEmpty)).collect(joining(",")),
        sets.features.order().length,
        values,
        Collections.max(widths.values()),
        besides,
        memory,
        "fewer taps or a smaller train.samples");
  }

  /** Whether this test set's representation is needed. */
  boolean wantsFeaturesOf(Pass test) {
    return test == sets.test;
  }

  /** The samples that a measurement evaluates, besides the test set. */
  int samples() {
    return sets.features.count() + (sets.ood == null ? 0 : sets.ood.count());
  }

  /** The names of the taps, as they stand in the rows' {@code layer}. */
  List<String> layers() {
    return List.copyOf(points.keySet());
  }

  /**
   * Measures a network.
   *
   * @param test what it makes of the test set, with the representation; null if there is none
   * @param further what else is found in the representation, which is then one of the taps
   * @param evaluated hears how many samples were just evaluated; may throw to stop
   * @return by layer, empty for what is of the network as a whole
   */
  Map<String, List<Measurement>> of(
      Network network, Loss loss, Evaluation test, List<Further> further, IntConsumer evaluated) {
    Evaluation evaluation =
        Evaluation.listening(
            network,
            sets.features,
            loss,
            widths.keySet(),
            store.filledBy(experiment.computing().workers()),
            evaluated);
    Map<String, List<Measurement>> found = new LinkedHashMap<>();
    if (!evaluation.score().isFinite() || test != null && !test.score().isFinite()) {
      points.forEach((name, tap) -> found.put(name, diverged(tap)));
      found.putIfAbsent("", List.of());
      return found;
    }
    MomentsStream ood = sets.ood == null ? null : ood(network, evaluated);
    Network.Classifier head = network.classifier();
    points.forEach(
        (name, tap) -> {
          Collapse collapse =
              Collapse.of(
                  store.table(tap, evaluation.labels()), sets.features.images().classes().size());
          if (ood != null) {
            collapse = collapse.withOod(ood.at(tap));
          }
          if (tap.equals(representation)) {
            collapse = collapse.withWeights(head.weights()).withBias(head.bias());
            collapse = test == null ? collapse : collapse.withTest(test.features());
          }
          found.put(name, measurements(collapse, tap));
        });
    List<Measurement> whole = found.computeIfAbsent("", name -> new ArrayList<>());
    if (sets.test != null) {
      whole.add(Measurement.of("loss_train_end", evaluation.score().loss()));
      whole.add(Measurement.of("accuracy_train_end", evaluation.score().accuracy()));
    }
    further.forEach(
        more -> whole.addAll(more.of(store.table(representation, evaluation.labels()), head)));
    return found;
  }

  /** The representation of the images measured, as this network has it. */
  FeatureArray features(Network network) {
    return Evaluation.withFeatures(network, sets.features, n -> experiment.checkpoint()).features();
  }

  private MomentsStream ood(Network network, IntConsumer evaluated) {
    MomentsStream moments =
        new MomentsStream(
            widths, sets.ood.images().classes().size(), experiment.computing().workers());
    Evaluation.listen(network, sets.ood, widths.keySet(), moments, evaluated);
    return moments;
  }

  private List<Measurement> measurements(Collapse collapse, TapPoint tap) {
    return experiment.computing().measure(collapse, metricsAt(tap));
  }

  private List<Measurement> diverged(TapPoint tap) {
    return metricsAt(tap).stream()
        .map(metric -> Measurement.undefined(metric.info(), FineTuning.DIVERGED))
        .toList();
  }

  private Set<CollapseMetric> metricsAt(TapPoint tap) {
    Set<CollapseMetric> there = new LinkedHashSet<>(metrics);
    there.removeIf(metric -> metric.needsClassifier() && !tap.equals(representation));
    return there;
  }
}
