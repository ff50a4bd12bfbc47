package dev.collapsar.study;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Nearest;
import dev.collapsar.inference.Holm;
import dev.collapsar.inference.SeedValues.Scale;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.run.Descriptors;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.study.Hypothesis.Claim;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** Holds the hypotheses of a study against its runs. */
final class Answers {
  private static final String DRAWS = "null.draws";
  private static final double LEVEL = 0.05;

  private final List<ArmRuns> arms;
  private final Controls controls;
  private final Descriptors described;
  private final Question question;

  Answers(List<ArmRuns> arms, Controls controls, Descriptors described, Question question) {
    this.arms = arms;
    this.controls = controls;
    this.described = described;
    this.question = question;
  }

  /** A hypothesis on one arm. */
  private record Test(Hypothesis hypothesis, ArmRuns arm, Contrast contrast) {}

  /** In the order of the hypotheses, once for each arm that one is of. */
  List<Answer> all() {
    List<Test> tests = new ArrayList<>();
    question.hypotheses().forEach(hypothesis -> tests.addAll(tests(hypothesis)));
    List<Contrast> read =
        Family.adjusted(
            tests.stream().map(test -> test.hypothesis.claim()).toList(),
            tests.stream().map(Test::contrast).toList());
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < tests.size(); i++) {
      answers.add(new Answer(tests.get(i).hypothesis, read.get(i), evidence(tests, i)));
    }
    return answers;
  }

  private List<Test> tests(Hypothesis hypothesis) {
    controls.requireChoice("hypothesis '%s'".formatted(hypothesis.title()), hypothesis.where());
    List<ArmRuns> own =
        arms.stream()
            .filter(runs -> runs.arm().variant().equals(hypothesis.of()))
            .filter(runs -> runs.arm().isOf(hypothesis.where()))
            .toList();
    if (own.isEmpty()) {
      throw refused(
          hypothesis,
          "no run has a variant %s%s"
              .formatted(
                  hypothesis.of(),
                  hypothesis.where().isEmpty() ? "" : " with " + hypothesis.where()),
          hypothesis.of(),
          arms.stream().map(runs -> runs.arm().variant()).toList());
    }
    List<Test> tests = new ArrayList<>();
    for (ArmRuns runs : own) {
      key(hypothesis, runs)
          .ifPresent(key -> tests.add(new Test(hypothesis, runs, contrast(hypothesis, runs, key))));
    }
    if (tests.isEmpty()) {
      Set<String> metrics = new LinkedHashSet<>();
      own.forEach(runs -> runs.keys().forEach(key -> metrics.add(key.metric())));
      String metric = hypothesis.metric();
      throw refused(
          hypothesis,
          "%s did not measure %s%s"
              .formatted(
                  hypothesis.of(),
                  metric,
                  hypothesis.layer().isEmpty() ? "" : " at " + hypothesis.layer()),
          metric,
          metrics.stream().toList());
    }
    return tests;
  }

  private static InvalidInputException refused(
      Hypothesis hypothesis, String problem, String given, List<String> known) {
    return new InvalidInputException(
        "hypothesis '%s': %s; %s"
            .formatted(
                hypothesis.title(), problem, Nearest.suggest(given, new LinkedHashSet<>(known))));
  }

  /** Of the network as a whole or, failing that, of its last layer, where none is named. */
  private static Optional<MetricHistory.Key> key(Hypothesis hypothesis, ArmRuns runs) {
    List<MetricHistory.Key> keys =
        runs.keys().stream().filter(key -> key.metric().equals(hypothesis.metric())).toList();
    return keys.stream()
        .filter(key -> key.layer().equals(hypothesis.layer()))
        .findFirst()
        .or(
            () ->
                hypothesis.layer().isEmpty()
                    ? keys.stream().reduce((first, second) -> second)
                    : Optional.empty());
  }

  private Contrast contrast(Hypothesis hypothesis, ArmRuns runs, MetricHistory.Key key) {
    Pairs pairs = new Pairs();
    String against = hypothesis.against();
    MetricInfo info = described.of(key.metric());
    if (against.equals(Hypothesis.START)) {
      runs.members().forEach(m -> pairs.add(m.run(), m.last(key), m.first(key)));
    } else if (against.equals(Hypothesis.CHANCE)) {
      MetricHistory.Key chance = chance(hypothesis, runs, key);
      runs.members().forEach(m -> pairs.add(m.run(), m.last(key), m.last(chance)));
    } else {
      controls.requireKnown("hypothesis '%s', against".formatted(hypothesis.title()), against);
      Optional<ArmRuns> control = controls.of(runs, against, key);
      runs.members()
          .forEach(
              m ->
                  pairs.add(
                      m.run(),
                      m.last(key),
                      control.flatMap(c -> c.like(m.run())).flatMap(c -> c.last(key))));
    }
    SeedMeans apart = pairs.apart(info);
    return Contrast.alone(runs.arm(), against, key, apart, margin(hypothesis, apart.scale()));
  }

  /** The study's is a ratio; what is no ratio has a margin only if the hypothesis states one. */
  private OptionalDouble margin(Hypothesis hypothesis, Scale scale) {
    if (hypothesis.claim() != Claim.UNCHANGED) {
      return OptionalDouble.empty();
    }
    if (scale == Scale.RAW) {
      hypothesis.requireMargin();
    }
    return hypothesis.margin().isPresent()
        ? hypothesis.margin()
        : OptionalDouble.of(question.margin());
  }

  /** The mean of its draws or, of what needs none, the level by formula. */
  private MetricHistory.Key chance(Hypothesis hypothesis, ArmRuns runs, MetricHistory.Key key) {
    return described
        .column(runs.keys(), key, Column.MEAN)
        .or(() -> described.column(runs.keys(), key, Column.CLOSED_FORM))
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "hypothesis '%s': no run has drawn a null of %s"
                        .formatted(hypothesis.title(), key.metric())));
  }

  /** Of what is held against chance: what each run's own draws say. */
  private List<String> evidence(List<Test> tests, int index) {
    Test test = tests.get(index);
    List<String> facts = new ArrayList<>(test.contrast.pairs().left());
    if (!test.hypothesis.against().equals(Hypothesis.CHANCE)) {
      return facts;
    }
    List<Test> family =
        tests.stream().filter(t -> t.hypothesis.against().equals(Hypothesis.CHANCE)).toList();
    int own = family.indexOf(test);
    int significant = 0;
    int counted = 0;
    for (ArmRuns.Member member : test.arm.members()) {
      List<OptionalDouble> all = family.stream().map(t -> p(t, member.run())).toList();
      if (all.stream().allMatch(OptionalDouble::isPresent)) {
        double[] adjusted =
            Holm.adjusted(all.stream().mapToDouble(OptionalDouble::getAsDouble).toArray());
        counted++;
        significant += adjusted[own] <= LEVEL ? 1 : 0;
      }
    }
    if (counted > 0) {
      facts.add(
          String.format(
              Locale.ROOT,
              "beyond its own run's null at .05, after Holm over the %d tests against chance, in %d"
                  + " of %d runs",
              family.size(),
              significant,
              counted));
    }
    if (described.column(test.arm.keys(), test.contrast.key(), Column.MEAN).isPresent()) {
      draws(test).flatMap(m -> Family.undecidable(family.size(), m)).ifPresent(facts::add);
    }
    return facts;
  }

  private OptionalDouble p(Test test, StudyRun run) {
    return described
        .column(test.arm.keys(), test.contrast.key(), Column.P)
        .flatMap(key -> test.arm.like(run).flatMap(member -> member.last(key)))
        .map(RunRecord.Row::value)
        .map(OptionalDouble::of)
        .orElse(OptionalDouble.empty());
  }

  private static Optional<Long> draws(Test test) {
    return test.arm.members().stream()
        .map(member -> member.run().settings().get(DRAWS))
        .filter(text -> text != null && text.matches("\\d{1,9}"))
        .map(Long::valueOf)
        .min(Long::compare);
  }
}
