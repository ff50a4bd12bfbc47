package dev.collapsar.learn.evidence;

import dev.collapsar.data.NpyOutput.Named;
import dev.collapsar.inference.Accuracy;
import dev.collapsar.inference.Interval;
import dev.collapsar.inference.PairedAccuracy;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The decisions of a run's variants on the same test samples: accuracies with intervals, and of
 * every variant after the first how it differs from the first, sample by sample.
 */
public final class PairedDecisions {
  private static final String INTERVAL = "An end of the 95%% interval of %s.";

  private final Map<String, boolean[]> first = new LinkedHashMap<>();
  private final boolean adapted;
  private String firstVariant;

  private PairedDecisions(boolean adapted) {
    this.adapted = adapted;
  }

  /** Of variants that were all adapted from the first: what it knew can be forgotten. */
  public static PairedDecisions sinceTheBase() {
    return new PairedDecisions(true);
  }

  /** Of variants of which the first is one among others. */
  public static PairedDecisions amongOthers() {
    return new PairedDecisions(false);
  }

  /**
   * Records the intervals of a variant's accuracies and its difference from the first variant, and
   * keeps what is decided of every sample.
   *
   * @param tests by the accuracy that each is recorded as; outputs that are no numbers decide
   *     nothing
   */
  public void record(VariantLog log, int epoch, Map<MetricInfo, Evaluation> tests) {
    List<Measurement> numbers = new ArrayList<>();
    List<Named> kept = new ArrayList<>();
    if (firstVariant == null) {
      firstVariant = log.variant().name();
    }
    tests.forEach(
        (accuracy, test) -> {
          if (!test.score().isFinite()) {
            return;
          }
          boolean[] correct = test.correct();
          numbers.addAll(interval(accuracy, correct));
          boolean[] before = first.putIfAbsent(accuracy.id(), correct);
          if (before != null && !log.variant().name().equals(firstVariant)) {
            numbers.addAll(difference(accuracy, correct, before));
          }
          kept.add(Named.of(accuracy.id() + "_correct", correct));
          kept.add(Named.of(accuracy.id() + "_predicted", test.predicted()));
          kept.add(Named.of(accuracy.id() + "_label", test.labels()));
        });
    if (!kept.isEmpty()) {
      log.record(epoch, "", numbers);
      log.savePredictions(kept);
    }
  }

  private static List<Measurement> interval(MetricInfo accuracy, boolean[] correct) {
    Interval wilson = new Accuracy(correct.length, count(correct)).interval();
    String about = INTERVAL.formatted("Wilson");
    return List.of(
        Measurement.of(
            accuracy.beside("_low", "95% from", about, Column.INTERVAL_LOW), wilson.low()),
        Measurement.of(
            accuracy.beside("_high", "95% to", about, Column.INTERVAL_HIGH), wilson.high()));
  }

  private List<Measurement> difference(MetricInfo accuracy, boolean[] now, boolean[] before) {
    PairedAccuracy paired = PairedAccuracy.of(now, before);
    Interval interval = paired.interval();
    String since = "less that of %s on the same samples".formatted(firstVariant);
    String about = INTERVAL.formatted("Bonett and Price");
    List<Measurement> found = new ArrayList<>();
    found.addAll(
        List.of(
            Measurement.of(
                accuracy.beside(
                    "_change", "change", "The accuracy %s.".formatted(since), Column.CHANGE),
                paired.difference(),
                since),
            Measurement.of(
                accuracy.beside("_change_low", "change, 95% from", about, Column.CHANGE_LOW),
                interval.low()),
            Measurement.of(
                accuracy.beside("_change_high", "change, 95% to", about, Column.CHANGE_HIGH),
                interval.high()),
            Measurement.of(
                accuracy.beside(
                    "_change_p", "change, p", "McNemar's two-sided mid-p.", Column.CHANGE_P),
                paired.midP(),
                "%s samples that only this variant has right, %s that only %s has"
                    .formatted(paired.onlyFirst(), paired.onlySecond(), firstVariant))));
    if (adapted) {
      found.addAll(exchanged(accuracy, paired));
    }
    return found;
  }

  private static List<Measurement> exchanged(MetricInfo accuracy, PairedAccuracy paired) {
    return List.of(
        Measurement.of(
            accuracy.beside(
                "_forgotten",
                "forgotten",
                "Share of the samples that the first variant had right and this one has wrong.",
                Column.FORGOTTEN),
            (double) paired.onlySecond() / paired.samples()),
        Measurement.of(
            accuracy.beside(
                "_gained",
                "gained",
                "Share of the samples that the first variant had wrong and this one has right.",
                Column.GAINED),
            (double) paired.onlyFirst() / paired.samples()));
  }

  private static long count(boolean[] correct) {
    long right = 0;
    for (boolean one : correct) {
      right += one ? 1 : 0;
    }
    return right;
  }
}
