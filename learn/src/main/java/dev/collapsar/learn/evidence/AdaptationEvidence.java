package dev.collapsar.learn.evidence;

import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.data.NpyOutput.Named;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.update.ClassCosine;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * The effects of adaptations on one network's weights and representation, beside chance. The first
 * variant is what all others are adapted from: its representation is kept.
 */
public final class AdaptationEvidence {
  /** What of the first representation is kept, at most. */
  private static final long MOST_BYTES = 128L << 20;

  /** What the heads on permuted labels may take, in floating point operations: some seconds. */
  private static final double MOST_OPERATIONS = 3e11;

  private FeatureArray before;
  private int[] labels;

  /**
   * How a variant was trained.
   *
   * @param passes pass {@code e} (from 1) is what epoch {@code e} sees
   */
  public record Learned(TrainingSpec spec, int epochs, IntFunction<OrderedBatches> passes) {}

  /**
   * What a network makes of the images measured.
   *
   * @param features (N,D)
   * @param means of their classes (K,D)
   */
  public record Representation(FeatureArray features, Matrix means) {}

  private final boolean weightsAlone;

  private AdaptationEvidence(boolean weightsAlone) {
    this.weightsAlone = weightsAlone;
  }

  /** Of weights and representations. */
  public static AdaptationEvidence ofAll() {
    return new AdaptationEvidence(false);
  }

  /** For a recipe that says itself what becomes of the representation. */
  public static AdaptationEvidence ofWeightsAlone() {
    return new AdaptationEvidence(true);
  }

  /** Keeps the representation (N,D) that others are adapted from, unless it is too large. */
  public void begin(FeatureArray representation) {
    long values = representation.rows() * representation.width();
    if (!weightsAlone && before == null && values * Float.BYTES <= MOST_BYTES) {
      try (BatchSource source = representation.read((int) representation.rows())) {
        LabeledBatch all = source.next();
        int from = all.start() * all.width();
        float[] kept = Arrays.copyOfRange(all.floats(), from, from + (int) values);
        labels = Arrays.copyOfRange(all.labels(), all.start(), all.start() + all.rows());
        before = FeatureArray.of(kept, labels, all.width());
      }
    }
  }

  /** What became of the weights: how far they moved, and their intruder dimensions. */
  public void ofWeights(
      VariantLog log, int epoch, CollapseEvidence evidence, WeightUpdates updates, Network now) {
    log.record(
        epoch,
        "",
        IntruderEvidence.of(
            updates.moved(now),
            evidence.draws(),
            evidence.run().seed().under("null/rotated"),
            evidence.run().resources().threads()));
  }

  /** What became of the representation, and where the head's update points. */
  public void ofRepresentation(
      VariantLog log,
      int epoch,
      CollapseEvidence evidence,
      WeightUpdates updates,
      Network network,
      Representation now,
      Learned how) {
    if (weightsAlone) {
      return;
    }
    HeadEvidence head =
        new HeadEvidence(updates.ofHead(network), updates.ofHeadFromStart(network), now.means());
    log.record(epoch, "", head.overlaps(true));
    log.record(epoch, "", head.amplification(updates.headBefore(network)));
    log.record(
        epoch,
        "",
        List.of(
            head.towardsClasses(),
            before == null
                ? Measurement.undefined(
                    LearnMetrics.CKA_BEFORE, "the first representation is too large to be kept")
                : Likeness.of(before, now.features())));
    if (evidence.draws() > 0) {
      towardsClasses(log, epoch, evidence, head, how);
    }
  }

  private void towardsClasses(
      VariantLog log, int epoch, CollapseEvidence evidence, HeadEvidence head, Learned how) {
    Optional<String> without = withoutHeads(head, evidence.draws(), how);
    if (without.isPresent()) {
      log.record(epoch, "", head.unknown(without.get()));
      return;
    }
    Matrix update = head.update();
    Head.Classifier zero =
        new Head.Classifier(
            Matrix.zeros(update.rows(), update.columns()), new double[update.rows()]);
    List<Matrix> retrained =
        new RetrainedHeads(before, labels, zero, how.spec(), how.epochs(), how.passes())
            .permuted(
                evidence.draws(),
                evidence.seed(),
                many -> {
                  evidence.run().throwIfStopped();
                  return many;
                });
    log.record(epoch, "", head.columns(retrained));
    head.level(retrained)
        .ifPresent(
            level ->
                log.saveDraws(
                    "retrained-heads",
                    List.of(
                        Named.of("seed", evidence.seed().value()),
                        Named.of(
                            ClassCosine.INFO.id(),
                            level.chance().draws(),
                            level.chance().count()))));
  }

  /** Why no heads are retrained; empty if they are. */
  private Optional<String> withoutHeads(HeadEvidence head, int draws, Learned how) {
    if (before == null) {
      return Optional.of("the first representation is too large to be kept");
    }
    if (head.towardsClasses() instanceof Measurement.Undefined undefined) {
      return Optional.of(undefined.reason());
    }
    OrderedBatches first = how.passes().apply(1);
    if (!Arrays.equals(first.samples().labels(), labels)) {
      return Optional.of("what was learned are not the images measured");
    }
    double operations = 6.0 * draws * how.epochs() * first.count() * head.update().length();
    return operations > MOST_OPERATIONS
        ? Optional.of(
            "left out: training %s heads on permuted labels takes too long".formatted(draws))
        : Optional.empty();
  }
}
