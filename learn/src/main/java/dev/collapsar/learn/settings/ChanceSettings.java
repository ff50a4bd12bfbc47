package dev.collapsar.learn.settings;

import java.util.List;

/** Chance levels by permuted labels: the setting of all recipes that measure collapse. */
public final class ChanceSettings {
  private static final int MOST = 100_000;

  private final Setting<Integer> draws =
      new Setting<>(
          "null.draws",
          199,
          "permuted labels that the collapse after the last epoch is held against; 0 for none",
          "0 or a whole number in 2..%s".formatted(MOST),
          text -> {
            Integer value = Setting.parseInteger(text, 0, MOST);
            return value == null || value == 1 ? null : value;
          });

  /** The recipe lists them among its own. */
  public List<Setting<?>> settings() {
    return List.of(draws);
  }

  /** How many labellings are drawn, 0 for none. */
  public int draws(Settings settings) {
    return settings.get(draws);
  }
}
