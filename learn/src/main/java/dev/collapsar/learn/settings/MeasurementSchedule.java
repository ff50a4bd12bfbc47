package dev.collapsar.learn.settings;

import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/** After which epochs a network is measured: the schedule that a user chose. */
public final class MeasurementSchedule {
  private static final String PAPYAN = "papyan";

  /** The analysis epochs of Papyan, Han and Donoho's notebook, which trains for 350. */
  private static final Set<Integer> LOG_SPACED =
      Set.of(
          1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 20, 22, 24, 27, 29, 32, 35, 38,
          42, 45, 50, 54, 59, 65, 71, 77, 85, 92, 101, 110, 121, 132, 144, 158, 172, 188, 206, 225,
          245, 268, 293, 320, 350);

  private final Setting<String> every =
      new Setting<>(
          "every",
          "1",
          "epochs from one measurement to the next; papyan: the notebook's 50 log-spaced ones up to"
              + " 350",
          "a whole number in 1..10000, or " + PAPYAN,
          text -> text.equals(PAPYAN) || text.matches("[1-9]\\d{0,3}|10000") ? text : null);

  /** The recipe lists it among its own. */
  public List<Setting<?>> settings() {
    return List.of(every);
  }

  /** The chosen epochs; the first and the last are measured in any case. */
  public IntPredicate epochs(Settings settings) {
    String chosen = settings.get(every);
    if (chosen.equals(PAPYAN)) {
      return LOG_SPACED::contains;
    }
    int epochs = Integer.parseInt(chosen);
    return epoch -> epoch % epochs == 0;
  }
}
