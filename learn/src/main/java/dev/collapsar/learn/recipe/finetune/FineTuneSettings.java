package dev.collapsar.learn.recipe.finetune;

import dev.collapsar.learn.settings.AugmentSettings;
import dev.collapsar.learn.settings.DataSettings;
import dev.collapsar.learn.settings.NetworkSettings;
import dev.collapsar.learn.settings.OutsideSettings;
import dev.collapsar.learn.settings.Setting;
import java.util.List;

/** The settings of the images and the network that a fine-tuning begins with. */
final class FineTuneSettings {
  static final DataSettings DATA = new DataSettings("mnist");
  static final NetworkSettings NETWORK = new NetworkSettings("small-cnn");
  static final Setting<Integer> SAMPLES = limit("samples", "training images");
  static final Setting<Integer> TESTS = limit("test.samples", "test images");
  static final Setting<Integer> BATCH = Setting.count("batch", 32, "images a training step");
  static final OutsideSettings OUTSIDE = new OutsideSettings(OutsideSettings.NONE);
  static final Setting<String> BASE_TEST =
      new Setting<>(
          "base.test",
          OutsideSettings.NONE,
          "images whose test half the base knew: how much of that each variant forgets",
          "none, or data as data= takes them",
          text -> text.isEmpty() ? null : text);
  static final AugmentSettings AUGMENT = new AugmentSettings();
  static final Setting<String> BALANCE =
      Setting.choice(
          "balance",
          "none",
          List.of("none", "weights", "sampling"),
          "what makes classes count alike: weights in the loss, or drawing as many images of each");

  private FineTuneSettings() {}

  private static Setting<Integer> limit(String key, String meaning) {
    return Setting.integer(key, 0, 0, Integer.MAX_VALUE, meaning + "; 0: all");
  }
}
