package dev.collapsar.study;

import dev.collapsar.inference.SeedValues;
import dev.collapsar.inference.SeedValues.Scale;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.Descriptors;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Several runs read together: the numbers of each arm over seeds, its contrasts with a control, and
 * what becomes of the hypotheses. A function of the runs and the question alone.
 */
public final class Study {
  private final RunSet runs;
  private final Question question;
  private final Descriptors described;
  private final List<ArmRuns> arms;
  private final List<Cell> cells;
  private final List<Contrast> contrasts;
  private final List<Answer> answers;

  private Study(RunSet runs, Question question) {
    this.runs = runs;
    this.question = question;
    this.described = new Descriptors(runs.runs().stream().map(StudyRun::record));
    this.arms = ArmRuns.of(runs);
    Controls controls = new Controls(arms, runs.axes());
    question.control().ifPresent(name -> controls.requireKnown("control", name));
    this.cells = arms.stream().flatMap(arm -> cells(arm).stream()).toList();
    this.contrasts = question.control().map(n -> contrasts(controls, n)).orElse(List.of());
    this.answers = new Answers(arms, controls, described, question).all();
  }

  /**
   * Reads these runs; those that did not run to their end are left out and named.
   *
   * @throws dev.collapsar.InvalidInputException if they are of different recipes or data, two have
   *     the same settings and seeds, or the question names what they do not have
   */
  public static Study of(RunSet runs, Question question) {
    runs.requireComparable();
    return new Study(runs, question);
  }

  public RunSet runs() {
    return runs;
  }

  public Question question() {
    return question;
  }

  /** What a metric is. */
  public MetricInfo info(String metric) {
    return described.of(metric);
  }

  /** In the order in which they ran. */
  public List<Arm> arms() {
    return arms.stream().map(ArmRuns::arm).toList();
  }

  /** The last value of everything that was measured of every arm. */
  public List<Cell> cells() {
    return cells;
  }

  /** Every arm against the control, metric by metric; those of one metric are a family. */
  public List<Contrast> contrasts() {
    return contrasts;
  }

  /** What becomes of the hypotheses, which are one family. */
  public List<Answer> answers() {
    return answers;
  }

  /** The seeds of complete runs, ascending. */
  public Set<Long> seeds() {
    return runs.complete().stream()
        .map(StudyRun::seed)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The seeds that adaptation has of its own, ascending. */
  public Set<Long> adaptSeeds() {
    return runs.complete().stream()
        .flatMap(run -> run.adaptSeed().stream().boxed())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private List<Cell> cells(ArmRuns runsOfArm) {
    List<Cell> found = new ArrayList<>();
    for (MetricHistory.Key key : runsOfArm.keys()) {
      Pairs values = new Pairs();
      runsOfArm.members().forEach(m -> values.add(m.run(), m.last(key)));
      List<Integer> epochs = runsOfArm.epochs(key);
      found.add(
          new Cell(
              runsOfArm.arm(),
              key,
              epochs.get(epochs.size() - 1),
              values.values(described.of(key.metric()))));
    }
    return found;
  }

  /** The course of a metric of every arm that has it; the columns of its null are others. */
  public List<Course> courses(MetricHistory.Key key) {
    List<Course> courses = new ArrayList<>();
    for (ArmRuns arm : arms) {
      List<Course.At> points = new ArrayList<>();
      for (int epoch : arm.epochs(key)) {
        Pairs values = new Pairs();
        arm.members()
            .forEach(
                m ->
                    values.add(
                        m.run(),
                        m.series(key).rows().stream()
                            .filter(row -> row.epoch() == epoch)
                            .reduce((first, second) -> second)));
        points.add(new Course.At(epoch, values.values(described.of(key.metric()))));
      }
      if (!points.isEmpty()) {
        courses.add(new Course(arm.arm(), key, points));
      }
    }
    return courses;
  }

  /** Everything that was measured, in the order of measuring. */
  public Set<MetricHistory.Key> keys() {
    Set<MetricHistory.Key> keys = new LinkedHashSet<>();
    arms.forEach(arm -> keys.addAll(arm.keys()));
    return keys;
  }

  private List<Contrast> contrasts(Controls controls, String control) {
    List<Contrast> all = new ArrayList<>();
    for (MetricHistory.Key key : keys()) {
      if (described.of(key.metric()).calibrated() == null) {
        List<Contrast> family = new ArrayList<>();
        for (ArmRuns arm : arms) {
          controls
              .of(arm, control, key)
              .flatMap(other -> contrast(arm, other, control, key))
              .ifPresent(family::add);
        }
        all.addAll(Family.adjusted(family));
      }
    }
    return all;
  }

  private Optional<Contrast> contrast(
      ArmRuns arm, ArmRuns control, String name, MetricHistory.Key key) {
    Pairs pairs = new Pairs();
    arm.members()
        .forEach(
            m -> pairs.add(m.run(), m.last(key), control.like(m.run()).flatMap(c -> c.last(key))));
    SeedMeans apart = pairs.apart(described.of(key.metric()));
    OptionalDouble margin =
        apart.scale() == Scale.LOGARITHMIC
            ? OptionalDouble.of(question.margin())
            : OptionalDouble.empty();
    return apart.count() == 0
        ? Optional.empty()
        : Optional.of(Contrast.alone(arm.arm(), name, key, apart, margin));
  }

  /** What a reader must know before the numbers, a sentence each. */
  public List<String> notes() {
    List<String> notes = new ArrayList<>();
    List<String> broken =
        runs.runs().stream()
            .filter(run -> !run.isComplete())
            .map(run -> "%s (%s)".formatted(run, run.record().status()))
            .toList();
    if (!broken.isEmpty()) {
      notes.add("Left out, for they did not run to their end: %s.".formatted(list(broken)));
    }
    notes.add(ofSeeds(seeds().size()));
    if (adaptSeeds().size() > 1) {
      notes.add(
          seeds().size() == 1
              ? "Adaptations of one base are averaged first, and there is one base."
              : "Adaptations of one base are averaged first: what counts are the %s bases."
                  .formatted(seeds().size()));
    }
    missing().forEach(notes::add);
    List<String> unchanged =
        arms().stream()
            .filter(arm -> arm.values().isEmpty() && !runs.axes().isEmpty())
            .map(Arm::variant)
            .distinct()
            .toList();
    if (!unchanged.isEmpty()) {
      notes.add(
          "Shown once, for none of the settings that differ changes a number of theirs: %s."
              .formatted(list(unchanged)));
    }
    notes.addAll(environments());
    return notes;
  }

  private static String ofSeeds(int seeds) {
    if (seeds == 0) {
      return "No run is complete: there are no numbers.";
    }
    if (seeds == 1) {
      return "There is one seed: values only, for nothing says how far they would be from those of"
          + " another.";
    }
    if (seeds < SeedValues.LEAST_FOR_INTERVAL) {
      return "There are two seeds: values and differences only.";
    }
    return seeds < SeedValues.LEAST_FOR_VERDICT
        ? "There are %s seeds: intervals, but no verdicts, which take %s."
            .formatted(seeds, SeedValues.LEAST_FOR_VERDICT)
        : "There are %s seeds; intervals are Student's, of 95%%.".formatted(seeds);
  }

  /** Groups without a seed that another has. */
  private List<String> missing() {
    Map<Map<String, String>, Set<Long>> have = new LinkedHashMap<>();
    runs.complete()
        .forEach(
            run -> have.computeIfAbsent(runs.values(run), v -> new TreeSet<>()).add(run.seed()));
    List<String> sentences = new ArrayList<>();
    have.forEach(
        (values, seeds) -> {
          Set<Long> lacking = new TreeSet<>(seeds());
          lacking.removeAll(seeds);
          if (!lacking.isEmpty()) {
            sentences.add(
                "%s lacks the seed%s %s."
                    .formatted(inWords(values), lacking.size() == 1 ? "" : "s", list(lacking)));
          }
        });
    return sentences;
  }

  private static String inWords(Map<String, String> values) {
    return values.entrySet().stream()
        .map(choice -> choice.getKey() + "=" + choice.getValue())
        .collect(Collectors.joining(", "));
  }

  private List<String> environments() {
    Map<String, Set<String>> seen = new HashMap<>();
    for (StudyRun run : runs.complete()) {
      RunRecord.Environment where = run.record().environment();
      add(seen, "versions of Collapsar", where.collapsar());
      add(seen, "numbers of threads", Integer.toString(where.threads()));
      add(seen, "devices", where.device());
    }
    return seen.entrySet().stream()
        .filter(e -> e.getValue().size() > 1)
        .sorted(Map.Entry.comparingByKey())
        .map(e -> "The runs had different %s: %s.".formatted(e.getKey(), list(e.getValue())))
        .toList();
  }

  private static void add(Map<String, Set<String>> seen, String what, String value) {
    seen.computeIfAbsent(what, w -> new TreeSet<>()).add(value);
  }

  private static String list(Iterable<?> items) {
    List<String> texts = new ArrayList<>();
    items.forEach(item -> texts.add(item.toString()));
    return String.join(", ", texts);
  }
}
