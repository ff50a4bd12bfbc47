package dev.collapsar.learn.recipe.collapse;

import dev.collapsar.calibration.Sampling;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.evidence.CollapseEvidence;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.variant.ProbeSpec;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.OutOfDistribution;
import java.util.Set;

/**
 * The measurements of a network on samples that it was not trained on, after its last epoch: the
 * collapse of the test set, a sample of a population to which no weight was fitted, so that all
 * numbers have their noise taken off.
 */
record HeldOut(RunContext run, VariantLog log, Network network, int epoch) {
  /** In which numbers of the test set stand, by the same ids as those of the training set. */
  static final String STAGE = "test";

  void collapse(FeatureArray test, CollapseEvidence evidence) {
    Head.Classifier head = network.head().classifier();
    Collapse collapse =
        Collapse.of(test, head.bias().length).withWeights(head.weights()).withBias(head.bias());
    Set<CollapseMetric> metrics = ProbeSpec.allButSpectral();
    metrics.remove(OutOfDistribution.NC5_OOD_DEV);
    VariantLog there = log.inStage(STAGE);
    there.record(epoch, "", run.resources().measure(collapse, metrics));
    evidence
        .ofRows(Sampling.ofPopulation().asHeldOut())
        .record(there, epoch, "", collapse, metrics);
  }
}
