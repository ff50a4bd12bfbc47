package dev.collapsar.learn.variant;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.FeatureStore;
import dev.collapsar.learn.evidence.AdaptationEvidence;
import dev.collapsar.learn.evidence.CollapseEvidence;
import dev.collapsar.learn.evidence.TapReaders;
import dev.collapsar.learn.evidence.WeightUpdates;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.linalg.Blas;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import dev.collapsar.stats.TablePass;
import dev.collapsar.update.Outliers;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * The evidence beside the numbers of a variant after its last epoch: chance levels and corrections
 * of its collapse, readers of its taps, scores of outsiders, and what adapting it did.
 *
 * @param adaptation what all variants share: the first is what the others are adapted from
 */
record EndEvidence(
    RunContext run,
    VariantLog log,
    Network network,
    int epoch,
    CollapseEvidence evidence,
    AdaptationEvidence adaptation) {
  private static final int BATCH = 256;

  /** Of wider representations the moments are kept without their scatter, 8 D^2 bytes. */
  private static final int WIDEST_SCATTER = 2048;

  /** What became of the weights of a variant that adapts. */
  void ofWeights(WeightUpdates updates) {
    adaptation.ofWeights(log, epoch, evidence, updates, network);
  }

  /**
   * All that needs features.
   *
   * @param end what the network makes of each test set
   * @param updates of a variant that adapts
   */
  void ofFeatures(
      CollapseProbe probe,
      List<TestSet> tests,
      List<Evaluation> end,
      Optional<WeightUpdates> updates,
      AdaptationEvidence.Learned how) {
    Evaluation test = EpochMeasurer.withFeatures(end);
    OrderedBatches tried = nearest(tests).pass();
    int samples = probe.samples() + tried.count();
    try (Progress.Bar bar = run.progress().bar(log.variant().name() + " by chance", samples)) {
      IntConsumer evaluated =
          many -> {
            bar.advance(many, "");
            run.throwIfStopped();
          };
      CollapseProbe.Snapshot snapshot = probe.snapshot(network, test, evaluated);
      snapshot
          .collapses()
          .forEach(
              (layer, collapse) ->
                  evidence.record(log, epoch, layer, collapse, probe.metricsAt(layer)));
      snapshot
          .representation()
          .ifPresent(
              features -> {
                if (evidence.sampling().complete()) {
                  keepMoments(features);
                }
                if (updates.isEmpty()) {
                  adaptation.begin(features);
                } else {
                  adaptation.ofRepresentation(
                      log, epoch, evidence, updates.get(), network, means(features), how);
                }
                if (test != null) {
                  probe.outsiders().ifPresent(ood -> outliers(features, test, ood));
                }
              });
      readers(probe, snapshot, tried, evaluated);
    }
  }

  /** The test samples that are most like those measured: shifted ones where there are any. */
  private static TestSet nearest(List<TestSet> tests) {
    return tests.stream()
        .max(
            Comparator.comparing(
                test ->
                    Optional.ofNullable(test.accuracy().headline())
                        .map(MetricInfo.Headline::samples)
                        .orElse(MetricInfo.Samples.NONE)))
        .orElseThrow();
  }

  private ClassMoments moments(FeatureArray features, boolean scatter, Blas blas) {
    int classes = network.head().classes();
    int width = features.width();
    return TablePass.over(
        features,
        BATCH,
        3L * Double.BYTES * width * (scatter ? width : classes),
        run.resources().workers(),
        () ->
            scatter
                ? new ClassMomentsAccumulator(classes, width, blas)
                : new ClassMomentsAccumulator(classes, width));
  }

  /** What predicting by this network asks of the images that it has learned. */
  private void keepMoments(FeatureArray features) {
    try (Blas blas = Blas.open(run.resources().threads())) {
      log.saveMoments(moments(features, features.width() <= WIDEST_SCATTER, blas));
    }
  }

  private AdaptationEvidence.Representation means(FeatureArray features) {
    return new AdaptationEvidence.Representation(features, moments(features, false, null).means());
  }

  /** What linear readers of each tap know, fitted to the images measured and tried on the tests. */
  private void readers(
      CollapseProbe probe,
      CollapseProbe.Snapshot found,
      OrderedBatches tried,
      IntConsumer evaluated) {
    try (Blas blas = Blas.open(run.resources().threads())) {
      TapReaders readers = new TapReaders(blas, run.resources().workers());
      found
          .features()
          .forEach((tap, features) -> readers.fit(tap, features, network.head().classes()));
      Evaluation.listen(network, tried, found.features().keySet(), readers.listener(), evaluated);
      probe.taps().forEach((layer, tap) -> log.record(epoch, layer, readers.at(tap)));
    }
  }

  /** How well scores of outlyingness tell images of another distribution from test images. */
  private void outliers(FeatureArray train, Evaluation test, OrderedBatches outside) {
    TapPoint tap = network.representation();
    FeatureStore store = new FeatureStore(Map.of(tap, network.head().width()), outside.count());
    Evaluation.listen(
        network,
        outside,
        List.of(tap),
        store.filledBy(run.resources().workers()),
        many -> run.throwIfStopped());
    FeatureArray others = store.table(tap, new int[outside.count()]); // no class of ours
    try (Blas blas = Blas.open(run.resources().threads())) {
      log.record(
          epoch,
          "",
          new Outliers(moments(train, true, blas), blas)
              .measurements(test.features(), others, blas));
    } catch (InvalidInputException alike) {
      log.record(epoch, "", Outliers.undefined("%s", alike.getMessage()));
    }
  }
}
