package dev.collapsar.learn.variant;

import dev.collapsar.learn.evaluation.Score;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.Metrics;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.RunRecord.Row;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Shows how the training of one variant gets on: a bar an epoch, a bar a measurement, a line of
 * numbers after it, and when all of it will be done.
 */
final class ProgressListener implements TrainingListener {
  private static final Set<String> WITHIN =
      Metrics.collapse().stream()
          .map(CollapseMetric::info)
          .filter(info -> info.group() == MetricInfo.Group.WITHIN)
          .map(MetricInfo::id)
          .collect(Collectors.toSet());

  private final RunContext run;
  private final String variant;
  private final List<TestSet> tests;
  private final TrainingPace pace;
  private Progress.Bar bar;
  private int epoch;
  private int samples;
  private String nc1 = "";
  private long begun;
  private long seen;
  private long right;

  ProgressListener(RunContext run, String variant, List<TestSet> tests, TrainingPace pace) {
    this.run = run;
    this.variant = variant;
    this.tests = tests;
    this.pace = pace;
  }

  @Override
  public void epochBegins(int number, int count) {
    bar = bar(number, "", count);
    epoch = number;
    samples = count;
    nc1 = lastNc1(run.history().variant(variant));
    begun = run.clock().mark();
    seen = 0;
    right = 0;
  }

  /** With the loss, the accuracy of the epoch so far and the last NC1. */
  @Override
  public void stepped(int count, GradientRule.Step step) {
    seen += count;
    right += step.right();
    double accuracy = (double) right / seen;
    double seconds = run.clock().secondsSince(begun);
    String end = pace.during(epoch, seconds, (double) seen / samples);
    String news = "loss %.4f  accuracy %.4f%s%s";
    bar.advance(count, String.format(Locale.ROOT, news, step.loss(), accuracy, nc1, end));
  }

  @Override
  public void trained(int number, double seconds) {
    close();
    pace.trained(seconds);
  }

  @Override
  public void measurementBegins(int number, int count) {
    bar = bar(number, " measured", count);
    epoch = number;
  }

  @Override
  public void evaluated(int count) {
    bar.advance(count, pace.afterEpoch(epoch));
  }

  @Override
  public void reported(EpochReport report) {
    close();
    if (report.isMeasured()) {
      pace.measured(report.measureSeconds());
    }
    run.progress().say(line(report)); // when all is done the bar says, which no log keeps
  }

  private Progress.Bar bar(int number, String what, int count) {
    String task = "%s epoch %s/%s%s".formatted(variant, number, pace.epochs(), what);
    return run.progress().bar(task, count);
  }

  private String line(EpochReport report) {
    StringBuilder line = new StringBuilder();
    line.append(String.format(Locale.ROOT, "%-9s epoch %-2d", variant, report.number()));
    report
        .training()
        .ifPresent(
            score ->
                line.append(
                    String.format(
                        Locale.ROOT, " loss %.4f  train %.3f", score.loss(), score.accuracy())));
    for (int i = 0; i < report.tests().size(); i++) {
      Score score = report.tests().get(i).score();
      double accuracy = score.isFinite() ? score.accuracy() : Double.NaN;
      // In short, so that two of them fit a terminal's 80 columns.
      String name = tests.get(i).name().replaceFirst(" test$", "");
      line.append(String.format(Locale.ROOT, "  %s %.3f", name, accuracy));
    }
    double seconds = report.trainSeconds() + report.measureSeconds();
    return line.append(String.format(Locale.ROOT, "  %.1fs", seconds)).toString();
  }

  /**
   * The first kind of NC1 of the representation that is measured, at the last epoch where it was
   * defined: a few words, or none.
   */
  static String lastNc1(MetricHistory history) {
    return history.keys().stream()
        .filter(key -> WITHIN.contains(key.metric()))
        .filter(key -> List.of("", Network.REPRESENTATION).contains(key.layer()))
        .map(key -> history.series(key.metric(), key.layer()).defined())
        .filter(rows -> !rows.isEmpty())
        .findFirst()
        .map(rows -> rows.get(rows.size() - 1))
        .map(Row::value)
        .map(value -> String.format(Locale.ROOT, "  NC1 %.3g", value))
        .orElse("");
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
