package dev.collapsar.learn.variant;

import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.Score;
import dev.collapsar.learn.training.Trainer;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Shows how the training of one variant gets on: a bar an epoch, a bar a measurement, and when all
 * of it will be done, judged by how long its epochs and measurements took so far. Between steps it
 * lets the user stop.
 */
public final class ProgressListener {
  private final RunEngine experiment;
  private final String variant;
  private final int epochs;
  private final IntPredicate measured;
  private final Pace training = new Pace();
  private final Pace measuring = new Pace();

  /** How long things of one kind take. */
  private static final class Pace {
    private double seconds;
    private int times;

    void add(double more) {
      seconds += more;
      times++;
    }

    /** The mean, with a part of another one; not a number if there was none. */
    double mean(double more, double part) {
      return (seconds + more) / (times + part);
    }
  }

  /**
   * @param measured after which epochs there is a measurement, besides the last
   */
  public ProgressListener(RunEngine experiment, String variant, int epochs, IntPredicate measured) {
    this.experiment = experiment;
    this.variant = variant;
    this.epochs = epochs;
    this.measured = measured;
  }

  /** An epoch is trained, its steps heard by the listener that {@code action} gets. */
  public Score training(int epoch, int samples, Function<Trainer.StepListener, Score> action) {
    try (Progress.Bar bar = bar(epoch, "", samples)) {
      return action.apply(new Steps(bar, epoch, samples));
    }
  }

  /** The network is measured; {@code action} says how many samples were just evaluated. */
  <T> T measuring(int epoch, int samples, Function<IntConsumer, T> action) {
    String news = untilDone(left(epoch + 1, 0, 0));
    try (Progress.Bar bar = bar(epoch, " measured", samples)) {
      return action.apply(
          evaluated -> {
            bar.advance(evaluated, news);
            experiment.checkpoint();
          });
    }
  }

  private Progress.Bar bar(int epoch, String what, int samples) {
    String task = "%s epoch %d/%d%s".formatted(variant, epoch, epochs, what);
    return experiment.progress().bar(task, samples);
  }

  /** So long an epoch took to train. */
  public void trained(double seconds) {
    training.add(seconds);
  }

  /** So long a measurement took. */
  public void measured(double seconds) {
    measuring.add(seconds);
  }

  /** When the training will be done, after this epoch and its measurement: words, or nothing. */
  public String afterEpoch(int epoch) {
    return untilDone(left(epoch + 1, 0, 0));
  }

  /** Steps of an epoch, with the loss, the accuracy of the epoch so far and the last NC1. */
  private final class Steps implements Trainer.StepListener {
    private final Progress.Bar bar;
    private final int epoch;
    private final int samples;
    private final String nc1;
    private final long begun = experiment.clock().mark();
    private long seen;
    private long right;

    Steps(Progress.Bar bar, int epoch, int samples) {
      this.bar = bar;
      this.epoch = epoch;
      this.samples = samples;
      this.nc1 = experiment.lastNc1(variant);
    }

    @Override
    public void stepped(int count, GradientRule.Step step) {
      seen += count;
      right += step.right();
      double accuracy = (double) right / seen;
      double seconds = experiment.clock().secondsSince(begun);
      String end = untilDone(left(epoch, seconds, (double) seen / samples));
      String news = "loss %.4f  accuracy %.4f%s%s";
      bar.advance(count, String.format(Locale.ROOT, news, step.loss(), accuracy, nc1, end));
      experiment.checkpoint();
    }
  }

  /**
   * Seconds until all is done.
   *
   * @param epoch the first that is not trained, or not to its end
   * @param seconds since it began
   * @param part of it that is done, 0 to 1
   */
  private double left(int epoch, double seconds, double part) {
    long measurements =
        IntStream.rangeClosed(epoch, epochs).filter(e -> e == epochs || measured.test(e)).count();
    double measured = measuring.times > 0 ? measuring.mean(0, 0) * measurements : 0;
    return training.mean(seconds, part) * (epochs - epoch + 1 - part) + measured;
  }

  /** Nothing before a part of an epoch was trained: the pace is not known yet. */
  private String untilDone(double seconds) {
    return Double.isFinite(seconds) && seconds >= 1
        ? "  %s done in %s".formatted(variant, words(seconds))
        : "";
  }

  private static String words(double seconds) {
    long minutes = Math.round(seconds / 60);
    if (seconds < 120) {
      return "%d s".formatted(Math.round(seconds));
    }
    return minutes < 100
        ? "%d min".formatted(minutes)
        : "%d h %02d min".formatted(minutes / 60, minutes % 60);
  }
}
