package dev.collapsar.report;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Samples;
import dev.collapsar.run.Descriptors;
import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Sentences on one run's numbers, that a reader can check against them.
 *
 * @param descriptors of all metrics
 * @param accuracy that they speak of
 * @param ranked the adapted variants that have it, best first
 */
record Findings(Descriptors descriptors, MetricInfo accuracy, List<VariantSeries> ranked) {
  private static final double SAME = 1e-9;

  /** A sentence and what it is about; the first of a run has no topic. */
  record Finding(String topic, String sentence) {}

  /** Of the accuracy that matters most among those measured; none if there is none. */
  static Optional<Findings> of(List<VariantSeries> subjects) {
    Descriptors descriptors = new Descriptors(subjects.stream().map(VariantSeries::record));
    for (MetricInfo accuracy : descriptors.accuracies()) {
      String metric = accuracy.id();
      List<VariantSeries> ranked =
          subjects.stream()
              .filter(s -> !s.before() && s.end(metric).isPresent())
              .sorted(
                  Comparator.comparingDouble((VariantSeries s) -> s.end(metric).orElseThrow())
                      .reversed())
              .toList();
      if (!ranked.isEmpty()) {
        return Optional.of(new Findings(descriptors, accuracy, ranked));
      }
    }
    return Optional.empty();
  }

  List<Finding> sentences() {
    List<Finding> findings = new ArrayList<>();
    findings.add(new Finding("", best()));
    price().ifPresent(text -> findings.add(new Finding("Price", text)));
    perParameter().ifPresent(text -> findings.add(new Finding("Per parameter", text)));
    kept().ifPresent(text -> findings.add(new Finding("Old task", text)));
    for (MetricInfo info : descriptors.headlines()) {
      String topic = info.headline().topic();
      if (!topic.isEmpty() && ranked.stream().anyMatch(of -> of.lastEpoch() > 0)) {
        course(info).ifPresent(text -> findings.add(new Finding(topic, text)));
      }
    }
    return findings;
  }

  private String best() {
    VariantSeries best = ranked.get(0);
    double end = end(best);
    String on =
        "on %s %s set".formatted(samples() == Samples.TRAINING ? "its" : "the", samples().set());
    boolean trained = best.lastEpoch() > 0;
    String text =
        ranked.size() == 1
            ? "In this run %s %s %s %s"
                .formatted(name(best), trained ? "ends with" : "has", Numbers.percent(end), on)
            : "Best %s in this run: %s with %s".formatted(on, name(best), Numbers.percent(end));
    OptionalDouble start = best.start(accuracy.id());
    if (!trained) {
      text += "; it was not trained here";
    } else if (start.isPresent()) {
      text +=
          ", %s than the %s before its first step"
                  .formatted(
                      distance(end - start.getAsDouble(), "more", "less"),
                      Numbers.percent(start.getAsDouble()))
              + sampled(best, end - start.getAsDouble());
    }
    List<String> tied = tiedWithBest();
    return tied.isEmpty()
        ? text + "."
        : "%s; within two standard errors of it on %s samples: %s."
            .formatted(text, Numbers.count(testSamples().orElseThrow()), String.join(", ", tied));
  }

  /**
   * How sure a change is by the test samples alone, if that was measured of this very change. What
   * another seed would give, no sample knows.
   */
  private String sampled(VariantSeries of, double change) {
    OptionalDouble measured = of.end(accuracy.id() + "_change");
    OptionalDouble low = of.end(accuracy.id() + "_change_low");
    OptionalDouble high = of.end(accuracy.id() + "_change_high");
    boolean same = measured.isPresent() && Math.abs(measured.getAsDouble() - change) < SAME;
    return same && low.isPresent() && high.isPresent()
        ? " (95%% by its samples, for this seed: %s to %s)"
            .formatted(Numbers.points(low.getAsDouble()), Numbers.points(high.getAsDouble()))
        : "";
  }

  /** Those whose distance from the best is under two standard errors of the difference. */
  private List<String> tiedWithBest() {
    Optional<Long> samples = testSamples();
    if (samples.isEmpty()) {
      return List.of();
    }
    double best = end(ranked.get(0));
    return ranked.stream()
        .skip(1)
        .filter(
            other -> {
              double p = end(other);
              double variance = (best * (1 - best) + p * (1 - p)) / samples.get();
              return best - p < 2 * Math.sqrt(variance);
            })
        .map(Findings::name)
        .toList();
  }

  /** How many test samples the accuracy rests on, if the record says so in a single way. */
  private Optional<Long> testSamples() {
    RunRecord record = ranked.get(0).record();
    List<Long> scored =
        record.classifications().stream().map(c -> c.weighted().support()).distinct().toList();
    List<Long> counts =
        scored.isEmpty() && samples() != Samples.TRAINING
            ? record.data().stream()
                .filter(set -> set.role().equals("test"))
                .map(RunRecord.DataSet::samples)
                .toList()
            : scored;
    return counts.size() == 1 ? Optional.of(counts.get(0)) : Optional.empty();
  }

  /** How far the cheaper variants are from the one that trains most. */
  private Optional<String> price() {
    VariantSeries most =
        ranked.stream().max(Comparator.comparingLong(s -> s.variant().trainable())).orElseThrow();
    List<VariantSeries> cheaper =
        ranked.stream()
            .filter(s -> s.variant().trainable() > 0)
            .filter(s -> s.variant().trainable() < most.variant().trainable())
            .sorted(Comparator.comparingLong(s -> s.variant().trainable()))
            .toList();
    return each(
        cheaper,
        s ->
            "%s\u00a0%s with\u00a01/%s"
                .formatted(
                    name(s),
                    Numbers.points(end(s) - end(most)),
                    Numbers.brief((double) most.variant().trainable() / s.variant().trainable())),
        "Points from %s, and the share of its trained parameters: ".formatted(name(most)));
  }

  /** Only where not all trained as many. */
  private Optional<String> perParameter() {
    if (ranked.stream().map(s -> s.variant().trainable()).distinct().count() < 2) {
      return Optional.empty();
    }
    List<VariantSeries> trained =
        ranked.stream()
            .filter(s -> s.start(accuracy.id()).isPresent() && s.variant().trainable() > 0)
            .sorted(Comparator.comparing(this::gainPerThousand).reversed())
            .toList();
    return each(
        trained,
        s -> "%s\u00a0%s".formatted(name(s), Numbers.brief(gainPerThousand(s))),
        "Points gained for every 1,000 trained parameters: ");
  }

  private double gainPerThousand(VariantSeries s) {
    return 1e5 * (end(s) - s.start(accuracy.id()).orElseThrow()) / s.variant().trainable();
  }

  /** What adaptation did to the accuracy that was not adapted for. */
  private Optional<String> kept() {
    return descriptors.accuracies().stream()
        .filter(info -> samples() != Samples.TEST && info.headline().samples() == Samples.TEST)
        .map(MetricInfo::id)
        .findFirst()
        .flatMap(
            clean ->
                each(
                    having(clean),
                    s ->
                        "%s\u00a0%s"
                            .formatted(
                                name(s),
                                Numbers.points(
                                    s.end(clean).orElseThrow() - s.start(clean).orElseThrow())),
                    "Clean test accuracy moved by, in points: "));
  }

  /** Where a metric began and where it ended, in the last layer if it was measured in several. */
  private Optional<String> course(MetricInfo info) {
    String metric = info.id();
    List<VariantSeries> measured = having(metric);
    String at =
        measured.stream()
            .filter(s -> s.layers(metric).size() > 1)
            .flatMap(s -> s.last(metric).stream())
            .map(row -> row.layer())
            .filter(layer -> !layer.isEmpty())
            .findFirst()
            .map(layer -> " at " + layer)
            .orElse("");
    return each(
        measured,
        s ->
            "%s\u00a0%s"
                .formatted(
                    name(s), change(s.start(metric).orElseThrow(), s.end(metric).orElseThrow())),
        "%s, %s%s: ".formatted(info.title(), metric, at));
  }

  /** In percent, or in times from ten on; two values of either sign have only a difference. */
  private static String change(double from, double to) {
    String course = "%s\u00a0→\u00a0%s".formatted(Numbers.brief(from), Numbers.brief(to));
    if (from <= 0 || to <= 0) {
      return course;
    }
    double times = Math.max(from / to, to / from);
    String size =
        times < 10
            ? Numbers.signed(100 * (to / from - 1), 0) + "%"
            : "%s\u00a0times %s".formatted(Numbers.brief(times), to < from ? "less" : "more");
    return "%s (%s)".formatted(course, size);
  }

  private List<VariantSeries> having(String metric) {
    return ranked.stream()
        .filter(s -> s.start(metric).isPresent() && s.end(metric).isPresent())
        .toList();
  }

  private static Optional<String> each(
      List<VariantSeries> subjects, Function<VariantSeries, String> phrase, String lead) {
    return subjects.isEmpty()
        ? Optional.empty()
        : Optional.of(subjects.stream().map(phrase).collect(Collectors.joining(", ", lead, ".")));
  }

  private Samples samples() {
    return accuracy.headline().samples();
  }

  private double end(VariantSeries subject) {
    return subject.end(accuracy.id()).orElseThrow();
  }

  private static String distance(double difference, String more, String less) {
    String points = Numbers.points(Math.abs(difference)).substring(1);
    return "%s points %s".formatted(points, difference < 0 ? less : more);
  }

  /** With a word joiner behind its hyphens, so that lora-r8 stays on one line. */
  private static String name(VariantSeries subject) {
    return subject.variant().name().replace("-", "-\u2060");
  }
}
