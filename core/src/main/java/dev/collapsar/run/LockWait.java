package dev.collapsar.run;

import java.util.function.Consumer;

/**
 * How long to wait for a run directory that another process has, and who is told.
 *
 * @param seconds at most, 0 or more; 0 does not wait
 * @param told once, when it takes more than a moment: who has the directory, and how long it will
 *     be waited for
 */
public record LockWait(RunClock clock, double seconds, Consumer<String> told) {
  /** So long nobody wonders. */
  static final double MOMENT_SECONDS = 2;

  /** Who comes second is refused. */
  public static LockWait none() {
    return new LockWait(RunClock.system(), 0, line -> {});
  }
}
