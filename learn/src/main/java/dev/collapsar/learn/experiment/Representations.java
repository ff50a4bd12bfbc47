package dev.collapsar.learn.experiment;

import dev.collapsar.calibration.PermutedLabels;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.images.Batches;
import dev.collapsar.learn.images.Pass;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.learn.training.Score;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.ClassDirections;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Metrics;
import dev.collapsar.metric.OutOfDistribution;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * The representation of one set of images with all that depends on it alone. Where the network's
 * frozen layers make it, that is found once and holds for every epoch and variant.
 *
 * @param shuffles how often the labels are shuffled among the images
 */
final class Representations {
  private static final Set<CollapseMetric> OF_FEATURES = ofFeatures();

  private final Experiment experiment;
  private final Pass pass;
  private final int shuffles;
  private Found kept;

  /**
   * A representation.
   *
   * @param key what tells it from others, if it will come again
   * @param measurements the metrics that need no classifier
   * @param means M (K,D)
   * @param directions empty where a class mean is the mean of all
   * @param shuffled centred class means under shuffled labels
   */
  record Found(
      Optional<String> key,
      FeatureArray features,
      FeatureSpread spread,
      List<Measurement> measurements,
      Matrix means,
      Optional<ClassDirections> directions,
      PermutedLabels shuffled) {}

  Representations(Experiment experiment, Pass pass, int shuffles) {
    this.experiment = experiment;
    this.pass = pass;
    this.shuffles = shuffles;
  }

  /**
   * What a network makes of the images.
   *
   * @param found null where the loss is not finite
   */
  record Measured(Score score, Found found) {}

  /**
   * Scores and representation in one pass, through the head alone where that is all that can have
   * changed since the last one.
   *
   * @param evaluated hears how many images were just evaluated; may throw to stop
   */
  Measured of(Network network, IntConsumer evaluated) {
    Batches batches = experiment.computing().batches(network, pass);
    Optional<String> key =
        batches.entry().equals(network.spec().head()) ? batches.fingerprint() : Optional.empty();
    if (kept != null && key.isPresent() && kept.key.equals(key)) {
      Score score = Evaluation.of(network, batches, evaluated).score();
      return new Measured(score, score.isFinite() ? kept : null);
    }
    kept = null; // before the next one takes its memory
    Evaluation evaluation = Evaluation.withFeatures(network, batches, evaluated);
    if (!evaluation.score().isFinite()) {
      return new Measured(evaluation.score(), null);
    }
    kept = found(key, evaluation.features());
    return new Measured(evaluation.score(), kept);
  }

  /** The images that a measurement evaluates, at most. */
  int samples() {
    return pass.count();
  }

  private Found found(Optional<String> key, FeatureArray features) {
    int classes = pass.images().classes().size();
    int threads = experiment.options().threads();
    FeatureSpread spread = FeatureSpread.of(features, classes, threads);
    return new Found(
        key,
        features,
        spread,
        experiment.computing().measure(Collapse.of(spread.moments()), OF_FEATURES),
        spread.moments().means(),
        ClassDirections.centred(spread.moments().means()),
        PermutedLabels.draw(features, classes, shuffles, experiment.seed().random("null/labels")));
  }

  private static Set<CollapseMetric> ofFeatures() {
    Set<CollapseMetric> metrics = new LinkedHashSet<>(Metrics.collapse());
    metrics.removeIf(metric -> metric.needsClassifier() || metric == OutOfDistribution.NC5_OOD_DEV);
    return metrics;
  }
}
