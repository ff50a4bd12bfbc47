package dev.collapsar.report;

import dev.collapsar.metric.MetricGuide;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What one run's numbers say, in sentences that a reader can check against them. */
final class Findings {
  private final List<Subject> adapted;
  private final String accuracy;

  private Findings(List<Subject> adapted, String accuracy) {
    this.adapted = adapted;
    this.accuracy = accuracy;
  }

  /** The sentences about one run's subjects, most important first. */
  static List<String> of(List<Subject> subjects) {
    List<Subject> adapted = subjects.stream().filter(s -> !s.before()).toList();
    return List.of("accuracy_shifted", "accuracy_test", "accuracy_train").stream()
        .map(
            metric ->
                new Findings(
                    adapted.stream()
                        .filter(s -> s.end(metric).isPresent())
                        .sorted(Comparator.comparingDouble((Subject s) -> -s.end(metric).get()))
                        .toList(),
                    metric))
        .filter(findings -> !findings.adapted.isEmpty())
        .findFirst()
        .map(Findings::sentences)
        .orElse(List.of());
  }

  private List<String> sentences() {
    List<String> sentences = new ArrayList<>();
    sentences.add(best());
    if (adapted.size() > 1) {
      behind().ifPresent(sentences::add);
      perParameter().ifPresent(sentences::add);
      kept().ifPresent(sentences::add);
      collapse().ifPresent(sentences::add);
    }
    return sentences;
  }

  private String best() {
    Subject best = adapted.get(0);
    String name = MetricGuide.of(accuracy).title().toLowerCase();
    double end = best.end(accuracy).orElseThrow();
    String sentence =
        "%s reaches %s %s".formatted(best.variant().name(), Numbers.percent(end), name);
    Optional<Double> start = best.start(accuracy);
    if (start.isPresent() && best.rows().size() > 0 && !start.get().equals(end)) {
      sentence +=
          ", %s points from %s before the first step"
              .formatted(Numbers.points(end - start.get()), Numbers.percent(start.get()));
    }
    List<String> tied = tiedWithBest();
    return sentence
        + (tied.isEmpty()
            ? "."
            : "; on %s samples that cannot be told from %s."
                .formatted(Numbers.count(testSamples().orElseThrow()), listed(tied)));
  }

  /** Those whose distance from the best is under two standard errors of the difference. */
  private List<String> tiedWithBest() {
    Optional<Long> samples = testSamples();
    if (samples.isEmpty()) {
      return List.of();
    }
    double best = adapted.get(0).end(accuracy).orElseThrow();
    List<String> tied = new ArrayList<>();
    for (Subject other : adapted.subList(1, adapted.size())) {
      double p = other.end(accuracy).orElseThrow();
      double variance = (best * (1 - best) + p * (1 - p)) / samples.get();
      if (best - p < 2 * Math.sqrt(variance)) {
        tied.add(other.variant().name());
      }
    }
    return tied;
  }

  /** How many test samples the accuracy rests on, if the record says so in a single way. */
  private Optional<Long> testSamples() {
    List<Long> counts =
        adapted.get(0).record().classifications().stream()
            .map(c -> c.weighted().support())
            .distinct()
            .toList();
    return counts.size() == 1 ? Optional.of(counts.get(0)) : Optional.empty();
  }

  private Optional<String> behind() {
    Subject whole =
        adapted.stream().max(Comparator.comparingLong(s -> s.variant().trainable())).orElseThrow();
    double reference = whole.end(accuracy).orElseThrow();
    List<String> others =
        adapted.stream()
            .filter(s -> s.variant().trainable() < whole.variant().trainable())
            .sorted(Comparator.comparingLong(s -> s.variant().trainable()))
            .map(
                s ->
                    "%s is %s points away with %s of them"
                        .formatted(
                            s.variant().name(),
                            Numbers.points(s.end(accuracy).orElseThrow() - reference),
                            share(s.variant().trainable(), whole.variant().trainable())))
            .toList();
    return others.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "Against %s with its %s trained parameters: %s."
                .formatted(
                    whole.variant().name(),
                    Numbers.count(whole.variant().trainable()),
                    String.join(", ", others)));
  }

  private Optional<String> perParameter() {
    List<String> gains =
        adapted.stream()
            .filter(s -> s.start(accuracy).isPresent() && s.variant().trainable() > 0)
            .sorted(Comparator.comparingDouble((Subject s) -> -gainPerThousand(s)))
            .map(s -> "%s %s".formatted(s.variant().name(), Numbers.brief(gainPerThousand(s))))
            .toList();
    return gains.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "Points gained for every 1,000 trained parameters: " + String.join(", ", gains) + ".");
  }

  private double gainPerThousand(Subject s) {
    double gain = 100 * (s.end(accuracy).orElseThrow() - s.start(accuracy).orElseThrow());
    return gain * 1000 / s.variant().trainable();
  }

  /** What adaptation did to the accuracy that was not adapted for. */
  private Optional<String> kept() {
    if (accuracy.equals("accuracy_test")
        || adapted.stream()
            .anyMatch(
                s -> s.end("accuracy_test").isEmpty() || s.start("accuracy_test").isEmpty())) {
      return Optional.empty();
    }
    return Optional.of(
        "Clean test accuracy moved by "
            + adapted.stream()
                .map(
                    s ->
                        "%s points for %s"
                            .formatted(
                                Numbers.points(
                                    s.end("accuracy_test").get() - s.start("accuracy_test").get()),
                                s.variant().name()))
                .collect(Collectors.joining(", "))
            + ".");
  }

  private Optional<String> collapse() {
    List<Subject> measured =
        adapted.stream()
            .filter(s -> s.start("nc1_pinv").isPresent() && s.end("nc1_pinv").isPresent())
            .toList();
    return measured.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "Scatter within classes over scatter between them (nc1_pinv) went "
                + measured.stream().map(Findings::collapseOf).collect(Collectors.joining(", "))
                + ".");
  }

  private static String collapseOf(Subject s) {
    double from = s.start("nc1_pinv").orElseThrow();
    double to = s.end("nc1_pinv").orElseThrow();
    long percent = Math.round(100 * (to / from - 1));
    return percent == 0
        ? "nowhere for %s (%s)".formatted(s.variant().name(), Numbers.brief(to))
        : "from %s to %s for %s (%s%d%%)"
            .formatted(
                Numbers.brief(from),
                Numbers.brief(to),
                s.variant().name(),
                percent < 0 ? "−" : "+",
                Math.abs(percent));
  }

  private static String share(long part, long whole) {
    double percent = 100.0 * part / whole;
    return Numbers.brief(percent) + "%";
  }

  private static String listed(List<String> names) {
    return names.size() == 1
        ? names.get(0)
        : String.join(", ", names.subList(0, names.size() - 1))
            + " and "
            + names.get(names.size() - 1);
  }
}
