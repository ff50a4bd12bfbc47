package dev.collapsar.learn.variant;

import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * When the training of a variant will be done, judged by how long its epochs and measurements took
 * so far.
 */
final class TrainingPace {
  private final String variant;
  private final int epochs;
  private final IntPredicate schedule;
  private final Mean training = new Mean();
  private final Mean measuring = new Mean();

  /** How long things of one kind take. */
  private static final class Mean {
    private double seconds;
    private int times;

    void add(double more) {
      seconds += more;
      times++;
    }

    /** With a part of another one; not a number if there was none. */
    double with(double more, double part) {
      return (seconds + more) / (times + part);
    }
  }

  /**
   * A pace that is not known yet.
   *
   * @param schedule after which epochs there is a measurement, besides the last
   */
  TrainingPace(String variant, int epochs, IntPredicate schedule) {
    this.variant = variant;
    this.epochs = epochs;
    this.schedule = schedule;
  }

  int epochs() {
    return epochs;
  }

  /** So long an epoch took to train. */
  void trained(double seconds) {
    training.add(seconds);
  }

  /** So long a measurement took. */
  void measured(double seconds) {
    measuring.add(seconds);
  }

  /** When all is done, after this epoch and its measurement: words, or nothing. */
  String afterEpoch(int epoch) {
    return during(epoch + 1, 0, 0);
  }

  /**
   * When all is done: words, or nothing.
   *
   * @param epoch the first that is not trained, or not to its end
   * @param seconds since it began
   * @param part of it that is done, 0 to 1
   */
  String during(int epoch, double seconds, double part) {
    long measurements =
        IntStream.rangeClosed(epoch, epochs).filter(e -> e == epochs || schedule.test(e)).count();
    double measured = measuring.times > 0 ? measuring.with(0, 0) * measurements : 0;
    double left = training.with(seconds, part) * (epochs - epoch + 1 - part) + measured;
    // Not finite before a part of an epoch was trained: the pace is not known yet.
    return Double.isFinite(left) && left >= 1
        ? "  %s done in %s".formatted(variant, words(left))
        : "";
  }

  private static String words(double seconds) {
    long minutes = Math.round(seconds / 60);
    if (seconds < 120) {
      return "%s s".formatted(Math.round(seconds));
    }
    return minutes < 100
        ? "%s min".formatted(minutes)
        : String.format(Locale.ROOT, "%s h %02d min", minutes / 60, minutes % 60);
  }
}
