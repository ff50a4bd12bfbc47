package dev.collapsar.learn.experiment;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FeatureFile;
import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.feedback.FeatureInputs;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.network.layer.NetworkSpec;
import java.util.List;
import java.util.stream.IntStream;

/** What teaching signals and gradients are compared on, as the user chose it. */
final class FeedbackProbe {
  private static final int BATCH = 512;

  private final Setting<Integer> samples =
      Setting.whole(
          "probe.samples",
          2048,
          2,
          1_000_000,
          "test images, the first, that signals are compared on");
  private final Setting<String> inputs =
      Setting.file(
          "probe.inputs",
          "with base.checkpoint: features as the network takes them, instead of images");
  private final Setting<String> labels =
      Setting.file("probe.labels", "with probe.inputs: their classes");

  /** The recipe lists them among its own. */
  List<Setting<?>> settings() {
    return List.of(samples, inputs, labels);
  }

  /** Whether it is of features that the user prepared, not of images. */
  boolean hasInputs(Experiment experiment) {
    return !experiment.get(inputs).isEmpty();
  }

  /**
   * @param stored whether the network was trained elsewhere
   * @throws InvalidInputException if inputs were chosen without labels, or for other networks
   */
  void check(Experiment experiment, boolean stored) {
    if (hasInputs(experiment) == experiment.get(labels).isEmpty()) {
      throw new InvalidInputException("probe.inputs and probe.labels are given together");
    }
    if (hasInputs(experiment) && !stored) {
      throw new InvalidInputException(
          "probe.inputs=%s: only a network of base.checkpoint is compared on other inputs than images"
              .formatted(experiment.get(inputs)));
    }
  }

  /** The first test images in their order, as the null-calibration script takes them. */
  Pass images(Experiment experiment, DataChoice choice, ImageData data) {
    int count = Math.min(experiment.get(samples), data.test().count());
    if (count < 2) {
      throw choice.misfit(experiment, "has one test image; signals are compared on at least 2");
    }
    ImageSet first = data.test().subset(IntStream.range(0, count).toArray());
    experiment.uses("probe", first);
    return Pass.inOrder(first.with(data.normalized()), BATCH, experiment.seed().under("probe"));
  }

  Pass features(Experiment experiment, NetworkSpec.ResidualMlp mlp) {
    String file = experiment.get(inputs);
    try (FeatureFile rows = FeatureFile.open(file, experiment.get(labels))) {
      rows.requireClasses(mlp.classes());
      Pass pass =
          FeatureInputs.pass(
              rows,
              experiment.get(samples),
              mlp.inputs(),
              mlp.classes(),
              BATCH,
              "probe.inputs=" + file);
      if (pass.order().length < 2) {
        throw new InvalidInputException(
            "probe.inputs=%s: holds one sample; signals are compared on at least 2"
                .formatted(file));
      }
      return pass;
    }
  }
}
