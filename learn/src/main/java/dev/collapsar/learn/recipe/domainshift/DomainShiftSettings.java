package dev.collapsar.learn.recipe.domainshift;

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

/** The settings of the images, their shift, and how base and variants learn. */
final class DomainShiftSettings {
  static final DataSettings DATA = new DataSettings("mnist");
  static final NetworkSettings NETWORK = new NetworkSettings("small-cnn");
  static final TapSettings TAPS = new TapSettings();
  static final SampleSettings SAMPLES = SampleSettings.ofBoth(20_000, 2_000, 5_000, 128);
  static final Setting<Integer> BASE_EPOCHS =
      TrainingSettings.epochs(BASE, 5, "epochs of training the base");
  static final TrainingSettings PRETRAINING = TrainingSettings.adam(BASE);
  static final Setting<Integer> ADAPT_EPOCHS =
      TrainingSettings.epochs(ADAPT, 5, "epochs of adaptation");
  static final TrainingSettings ADAPTATION = TrainingSettings.adam(ADAPT);
  static final Setting<Double> DEGREES =
      Setting.number("shift.degrees", 25, 0, 180, "largest rotation either way");
  static final Setting<Double> NOISE =
      Setting.number("shift.noise", 0.15, 0, 10, "standard deviation of the added noise");
  static final AdapterSettings ADAPTER =
      AdapterSettings.ofRanks(
          List.of(8), new Defaults(16, 0, AdapterSettings.ALL_LINEAR, Initialization.DEFAULT));

  static final ChanceSettings CHANCE = new ChanceSettings();

  private DomainShiftSettings() {}
}
