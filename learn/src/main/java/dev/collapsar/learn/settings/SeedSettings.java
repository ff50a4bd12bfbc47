package dev.collapsar.learn.settings;

import java.util.OptionalLong;

/** The seed that adaptation may have of its own, so that several adaptations share one base. */
public final class SeedSettings {
  /** Empty where adaptation has the run's seed, and then in no file. */
  public static final Setting<String> ADAPT =
      new Setting<>(
              TrainingSettings.ADAPT + "seed",
              "",
              "another seed for adaptation than the base's",
              "a whole number, or nothing: the run's seed",
              text -> text.matches("|-?\\d{1,18}") ? text : null)
          .onlyIfChosen();

  private SeedSettings() {}

  /** The seed that was chosen; empty if none was. */
  public static OptionalLong adapt(Settings settings) {
    String chosen = settings.get(ADAPT);
    return chosen.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(chosen));
  }
}
