package dev.collapsar.learn.recipe.digitnine;

import static dev.collapsar.learn.settings.TrainingSettings.ADAPT;
import static dev.collapsar.learn.settings.TrainingSettings.BASE;

import dev.collapsar.learn.adapter.Initialization;
import dev.collapsar.learn.settings.AdapterSettings;
import dev.collapsar.learn.settings.AdapterSettings.Defaults;
import dev.collapsar.learn.settings.ChanceSettings;
import dev.collapsar.learn.settings.DataSettings;
import dev.collapsar.learn.settings.NetworkSettings;
import dev.collapsar.learn.settings.SampleSettings;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.TapSettings;
import dev.collapsar.learn.settings.TrainingSettings;
import java.util.List;

/** The settings of the digit, and of how the base and the adapter learn. */
final class DigitNineSettings {
  static final String WORST = "worst";

  static final DataSettings DATA = new DataSettings("mnist");
  static final NetworkSettings NETWORK = new NetworkSettings("mlp");
  static final TapSettings TAPS = new TapSettings();
  static final SampleSettings SAMPLES = SampleSettings.ofBase(60_000, 10_000, 10);
  static final Setting<Integer> BASE_EPOCHS =
      TrainingSettings.epochs(BASE, 1, "epochs of training the base");
  static final TrainingSettings PRETRAINING = TrainingSettings.adam(BASE);
  static final Setting<String> DIGIT =
      Setting.choice(
          "digit",
          WORST,
          List.of(WORST, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
          "what the adapter learns; by default the digit that the base gets wrong most");
  static final AdapterSettings ADAPTER =
      AdapterSettings.ofRank(
          1, new Defaults(1, 0, AdapterSettings.ALL_LINEAR, Initialization.NORMAL));
  static final TrainingSettings ADAPTATION = TrainingSettings.adam(ADAPT);
  static final Setting<Integer> STEPS =
      Setting.integer("adapt.steps", 100, 1, 100_000, "training steps of the adapter");
  static final Setting<Integer> EVERY =
      Setting.integer("adapt.every", 10, 1, 100_000, "steps from one evaluation to the next");

  static final ChanceSettings CHANCE = new ChanceSettings();

  private DigitNineSettings() {}
}
