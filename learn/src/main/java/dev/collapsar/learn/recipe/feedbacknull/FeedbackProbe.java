package dev.collapsar.learn.recipe.feedbacknull;

import dev.collapsar.InvalidInputException;
import dev.collapsar.features.FeatureFile;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.settings.Preset;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.variant.RunImages;
import java.util.List;
import java.util.stream.IntStream;

/** The samples that teaching signals and gradients are compared on, as the user chose them. */
final class FeedbackProbe {
  private static final int BATCH = 512;

  private final Setting<Integer> samples =
      Setting.integer(
          "probe.samples",
          2048,
          2,
          Integer.MAX_VALUE,
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

  List<Preset> quick() {
    return List.of(samples.preset(512));
  }

  /** Whether it is of features that the user prepared, not of images. */
  boolean hasInputs(RunContext run) {
    return !run.get(inputs).isEmpty();
  }

  /**
   * @param stored whether the network was trained elsewhere
   * @throws InvalidInputException if inputs were chosen without labels, or for other networks
   */
  void check(RunContext run, boolean stored) {
    if (hasInputs(run) == run.get(labels).isEmpty()) {
      throw new InvalidInputException("probe.inputs and probe.labels are given together");
    }
    if (hasInputs(run) && !stored) {
      throw new InvalidInputException(
          ("probe.inputs=%s: only a network of base.checkpoint is compared on other"
                  + " inputs than images")
              .formatted(run.get(inputs)));
    }
  }

  /** The first test images in their order, as the null-calibration script takes them. */
  OrderedBatches images(
      RunContext run, RunImages chosen, ImageData data, ImageTransform transform) {
    int count = Math.min(run.get(samples), data.test().count());
    if (count < 2) {
      throw chosen.misfit("has one test image; signals are compared on at least 2");
    }
    ImageSet first = data.test().subset(IntStream.range(0, count).toArray());
    run.useData("probe", first);
    return OrderedBatches.inOrder(first.with(transform), BATCH, run.seed().under("probe"));
  }

  /**
   * Features as they lie in the files.
   *
   * @param network that takes rows of numbers
   */
  OrderedBatches features(RunContext run, Network network) {
    int classes = network.head().classes();
    int width = Math.toIntExact(network.card().input().orElseThrow().size());
    String file = run.get(inputs);
    try (FeatureFile rows = FeatureFile.open(file, run.get(labels))) {
      rows.requireClasses(classes);
      OrderedBatches pass =
          FeatureInputs.pass(rows, run.get(samples), width, classes, BATCH, "probe.inputs=" + file);
      if (pass.order().length < 2) {
        throw new InvalidInputException(
            "probe.inputs=%s: holds one sample; signals are compared on at least 2"
                .formatted(file));
      }
      return pass;
    }
  }
}
