package dev.collapsar.learn.variant;

import static java.util.function.Predicate.not;
import static java.util.stream.Collectors.joining;

import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.FeatureStore;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evaluation.Loss;
import dev.collapsar.learn.evaluation.MomentsStream;
import dev.collapsar.learn.evaluation.Score;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.run.RunResources;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.Measurement;
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
 * The collapse of a network's representation and of the values at its taps, in recipes and outside
 * of runs alike. A measurement forwards every set of images once, for all taps together. The
 * features of the images measured are kept in memory, which is checked beforehand; of the
 * out-of-distribution images only the moments are.
 */
public final class CollapseProbe {
  private final RunResources resources;
  private final ProbeSpec spec;
  private final Map<String, TapPoint> points;
  private final Map<TapPoint, Integer> widths;
  private final TapPoint representation;
  private FeatureStore store;
  private FeatureSnapshot kept;

  /**
   * What a network makes of the images, through its head at least.
   *
   * @param snapshot empty where the loss is not finite
   */
  public record Reading(Score score, Optional<FeatureSnapshot> snapshot) {}

  private CollapseProbe(
      RunResources resources, ProbeSpec spec, Network network, Taps taps, MemoryCheck memory) {
    this.resources = resources;
    this.spec = spec;
    representation = network.representation();
    points = taps.points();
    widths = taps.widths();
    requireMemory(memory);
  }

  /**
   * At the representation and these taps of networks like this one.
   *
   * @throws dev.collapsar.InvalidInputException if the features do not fit in this JVM's memory
   */
  public static CollapseProbe withRepresentation(
      RunResources resources, ProbeSpec spec, Network network, Taps taps) {
    return at(resources, spec, network, andRepresentation(network, taps), MemoryCheck.ofThisJvm());
  }

  /**
   * At the representation alone.
   *
   * @throws dev.collapsar.InvalidInputException if the features do not fit in this JVM's memory
   */
  public static CollapseProbe ofRepresentation(
      RunResources resources, ProbeSpec spec, Network network) {
    MemoryCheck memory =
        new MemoryCheck(
            "samples=" + spec.features().order().length,
            "fewer samples",
            Runtime.getRuntime().maxMemory());
    Taps none = new Taps(Map.of(), Map.of());
    return at(resources, spec, network, andRepresentation(network, none), memory);
  }

  /**
   * At the taps alone: all metrics but those whose cost grows with the square of the width; empty
   * if there are no taps.
   */
  public static Optional<CollapseProbe> atTaps(
      RunResources resources, OrderedBatches features, Network network, Taps taps) {
    if (taps.points().isEmpty()) {
      return Optional.empty();
    }
    Set<CollapseMetric> metrics = ProbeSpec.allButSpectral();
    metrics.remove(OutOfDistribution.NC5_OOD_DEV);
    ProbeSpec spec = ProbeSpec.of(features, metrics);
    return Optional.of(at(resources, spec, network, taps, MemoryCheck.ofThisJvm()));
  }

  /** Of these taps alone, with so much memory. */
  static CollapseProbe at(
      RunResources resources, ProbeSpec spec, Network network, Taps taps, MemoryCheck memory) {
    return new CollapseProbe(resources, spec, network, taps, memory);
  }

  private static Taps andRepresentation(Network network, Taps taps) {
    TapPoint representation = network.representation();
    if (taps.points().containsValue(representation)) {
      return taps;
    }
    Map<String, TapPoint> points = new LinkedHashMap<>();
    points.put("", representation);
    points.putAll(taps.points());
    Map<TapPoint, Integer> widths = new LinkedHashMap<>();
    widths.put(representation, network.head().classifier().weights().columns());
    widths.putAll(taps.widths());
    return new Taps(points, widths);
  }

  /**
   * Besides the features the representation of N_test test images takes 4 N_test D bytes, and the
   * moments of K out-of-distribution classes 120 K d.
   */
  private void requireMemory(MemoryCheck memory) {
    long values = widths.values().stream().mapToLong(Integer::longValue).sum();
    long besides = 0;
    if (spec.ood() != null) {
      besides += MomentsStream.bytes(spec.ood().classes().size(), values);
    }
    if (spec.test() != null) {
      besides += 4L * spec.test().order().length * widths.get(representation);
    }
    memory.require(
        points.keySet().stream().filter(not(String::isEmpty)).collect(joining(",")),
        spec.features().order().length,
        values,
        Collections.max(widths.values()),
        besides);
  }

  /** Whether this test set's representation is needed. */
  boolean wantsFeaturesOf(OrderedBatches test) {
    return test == spec.test();
  }

  /** The images measured. */
  public OrderedBatches pass() {
    return spec.features();
  }

  /** The samples that a measurement evaluates, besides the test set. */
  public int samples() {
    return spec.features().count() + (spec.ood() == null ? 0 : spec.ood().count());
  }

  /** The names of the taps, as they stand in the rows' {@code layer}. */
  public List<String> layers() {
    return List.copyOf(points.keySet());
  }

  /**
   * Measures a network at every tap.
   *
   * @param test what it makes of the test set, with the representation; null if there is none
   * @param evaluated hears how many samples were just evaluated; may throw to stop
   * @return by layer, empty for what is of the network as a whole
   */
  public Map<String, List<Measurement>> measure(
      Network network, Loss loss, Evaluation test, IntConsumer evaluated) {
    Evaluation evaluation = forward(network, loss, evaluated);
    if (!evaluation.score().isFinite() || test != null && !test.score().isFinite()) {
      return diverged();
    }
    Optional<MomentsStream> ood =
        Optional.ofNullable(spec.ood()).map(pass -> moments(network, pass, evaluated));
    Head.Classifier head = network.head().classifier();
    Map<String, List<Measurement>> found = new LinkedHashMap<>();
    points.forEach(
        (name, tap) -> {
          Collapse bare = collapse(tap, evaluation.labels(), head, test);
          Collapse collapse = ood.map(stream -> bare.withOod(stream.at(tap))).orElse(bare);
          found.put(name, resources.measure(collapse, metricsAt(tap)));
        });
    List<Measurement> whole = found.computeIfAbsent("", name -> new ArrayList<>());
    if (spec.test() != null) {
      whole.add(Measurement.of(LearnMetrics.LOSS_TRAIN_END, evaluation.score().loss()));
      whole.add(evaluation.score().accuracyAs(LearnMetrics.ACCURACY_TRAIN_END));
    }
    FeatureStore filled = store;
    spec.further()
        .forEach(
            more -> whole.addAll(more.of(filled.table(representation, evaluation.labels()), head)));
    return found;
  }

  /**
   * What a network makes of the images measured, which holds until the next measurement.
   *
   * @param collapses by the names of the taps, for whoever chooses later what is measured: at the
   *     representation with the head, and with the test set if it was evaluated
   * @param features at each tap
   * @param representation the features there, if it is among the taps
   */
  record Snapshot(
      Map<String, Collapse> collapses,
      Map<TapPoint, FeatureArray> features,
      Optional<FeatureArray> representation) {}

  Snapshot snapshot(Network network, Evaluation test, IntConsumer evaluated) {
    int[] labels = forward(network, Loss.CROSS_ENTROPY, evaluated).labels();
    Head.Classifier head = network.head().classifier();
    Map<String, Collapse> collapses = new LinkedHashMap<>();
    Map<TapPoint, FeatureArray> features = new LinkedHashMap<>();
    points.forEach(
        (name, tap) -> {
          collapses.put(name, collapse(tap, labels, head, test));
          features.put(tap, store.table(tap, labels));
        });
    return new Snapshot(collapses, features, Optional.ofNullable(features.get(representation)));
  }

  /** The images of another distribution, if there are any. */
  Optional<OrderedBatches> outsiders() {
    return Optional.ofNullable(spec.ood());
  }

  /** The taps by name. */
  Map<String, TapPoint> taps() {
    return points;
  }

  /** The metrics at the tap of this name. */
  Set<CollapseMetric> metricsAt(String layer) {
    return metricsAt(points.get(layer));
  }

  private Collapse collapse(TapPoint tap, int[] labels, Head.Classifier head, Evaluation test) {
    Collapse collapse = Collapse.of(store.table(tap, labels), spec.features().classes().size());
    if (!tap.equals(representation)) {
      return collapse;
    }
    Collapse withHead = collapse.withWeights(head.weights()).withBias(head.bias());
    return test == null ? withHead : withHead.withTest(test.features());
  }

  /**
   * Scores and representation in one pass, through the head alone where that is all that can have
   * changed since the last one: what frozen layers make is found once and holds for every epoch and
   * variant.
   *
   * @param evaluated hears how many images were just evaluated; may throw to stop
   */
  public Reading read(Network network, IntConsumer evaluated) {
    Batches batches = resources.batches(network, spec.features());
    Optional<String> key =
        batches.entry().equals(network.head().name()) ? batches.fingerprint() : Optional.empty();
    if (kept != null && key.isPresent() && kept.key().equals(key)) {
      Score score = Evaluation.of(network, batches, evaluated).score();
      return new Reading(score, Optional.of(kept).filter(k -> score.isFinite()));
    }
    kept = null; // before the next one takes its memory
    Evaluation evaluation = Evaluation.withFeatures(network, batches, evaluated);
    if (evaluation.score().isFinite()) {
      kept = snapshot(key, evaluation.features());
    }
    return new Reading(evaluation.score(), Optional.ofNullable(kept));
  }

  private FeatureSnapshot snapshot(Optional<String> key, FeatureArray features) {
    int classes = spec.features().classes().size();
    ScatterSpectra spectra = ScatterSpectra.of(features, classes, resources.threads());
    Set<CollapseMetric> ofFeatures = new LinkedHashSet<>(spec.at(false));
    ofFeatures.remove(OutOfDistribution.NC5_OOD_DEV);
    return new FeatureSnapshot(
        key, features, spectra, resources.measure(Collapse.of(spectra.moments()), ofFeatures));
  }

  /** The metrics of a representation and the head behind it. */
  public List<Measurement> measure(FeatureSnapshot snapshot, Head.Classifier head) {
    Set<CollapseMetric> ofHead = new LinkedHashSet<>(spec.metrics());
    ofHead.removeIf(metric -> !metric.needsClassifier());
    List<Measurement> found = new ArrayList<>(snapshot.measurements());
    found.addAll(
        resources.measure(
            Collapse.of(snapshot.features(), head.bias().length)
                .withWeights(head.weights())
                .withBias(head.bias()),
            ofHead));
    return found;
  }

  /** Every metric undefined, because the loss is not finite. */
  public static List<Measurement> diverged(Set<CollapseMetric> metrics) {
    return metrics.stream()
        .map(metric -> Measurement.undefined(metric.info(), Score.DIVERGED))
        .toList();
  }

  private Map<String, List<Measurement>> diverged() {
    Map<String, List<Measurement>> found = new LinkedHashMap<>();
    points.forEach((name, tap) -> found.put(name, diverged(metricsAt(tap))));
    found.putIfAbsent("", List.of());
    return found;
  }

  /** Fills the store, which is taken at the first measurement and used for all. */
  private Evaluation forward(Network network, Loss loss, IntConsumer evaluated) {
    if (store == null) {
      store = new FeatureStore(widths, spec.features().order().length);
    }
    return Evaluation.listening(
        network,
        spec.features(),
        loss,
        widths.keySet(),
        store.filledBy(resources.workers()),
        evaluated);
  }

  private MomentsStream moments(Network network, OrderedBatches ood, IntConsumer evaluated) {
    MomentsStream moments = new MomentsStream(widths, ood.classes().size(), resources.workers());
    Evaluation.listen(network, ood, widths.keySet(), moments, evaluated);
    return moments;
  }

  private Set<CollapseMetric> metricsAt(TapPoint tap) {
    return spec.at(tap.equals(representation));
  }
}
