package dev.collapsar.run;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.function.LongSupplier;

/** The only place where the library reads a clock: what needs the time is handed one of these. */
public final class RunClock {
  private final InstantSource calendar;
  private final LongSupplier nanoseconds;

  /**
   * @param nanoseconds a monotonic counter of any origin, such as {@link System#nanoTime}
   */
  public RunClock(InstantSource calendar, LongSupplier nanoseconds) {
    this.calendar = calendar;
    this.nanoseconds = nanoseconds;
  }

  public static RunClock system() {
    return new RunClock(InstantSource.system(), System::nanoTime);
  }

  /** The time of day, to the millisecond. */
  public Instant now() {
    return calendar.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  /** A point to measure durations from with {@link #secondsSince}. */
  public long mark() {
    return nanoseconds.getAsLong();
  }

  public double secondsSince(long mark) {
    return (nanoseconds.getAsLong() - mark) * 1e-9;
  }
}
