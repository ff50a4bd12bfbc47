package dev.collapsar.report;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.report.Chart.Axis;
import dev.collapsar.report.Chart.Band;
import dev.collapsar.report.Chart.Form;
import dev.collapsar.report.Chart.Kind;
import dev.collapsar.report.Chart.Line;
import dev.collapsar.report.Chart.Look;
import dev.collapsar.report.Chart.Point;
import dev.collapsar.report.Chart.Range;
import dev.collapsar.run.Descriptors;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.MetricSeries;
import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The charts of a report, from its subjects. */
final class Charts {
  private final List<VariantSeries> subjects;
  private final Descriptors descriptors;

  Charts(List<VariantSeries> subjects, Descriptors descriptors) {
    this.subjects = subjects;
    this.descriptors = descriptors;
  }

  /**
   * What was measured, by group and in the order of measuring; the layer only where it matters.
   * Without what is told beside its number.
   */
  Map<MetricInfo.Group, List<MetricHistory.Key>> metrics() {
    Map<MetricInfo.Group, List<MetricHistory.Key>> groups = new TreeMap<>();
    subjects.stream()
        .map(VariantSeries::record)
        .distinct()
        .flatMap(record -> record.measurements().stream())
        .map(row -> new MetricHistory.Key(row.metric(), row.layer()))
        .distinct()
        .filter(key -> !BesideNumbers.tells(subjects, descriptors, key))
        .forEach(
            key ->
                groups
                    .computeIfAbsent(descriptors.of(key.metric()).group(), g -> new ArrayList<>())
                    .add(key));
    return groups;
  }

  /** A metric against the epochs of each stage. */
  Chart byEpoch(MetricHistory.Key key) {
    MetricInfo info = descriptors.of(key.metric());
    List<Line> lines = new ArrayList<>();
    List<Band> bands = new ArrayList<>();
    for (int i = 0; i < subjects.size(); i++) {
      List<Point> points =
          subjects.get(i).rows(key).stream()
              .filter(row -> row.value() != null)
              .map(row -> new Point(row.epoch(), row.value(), row.note()))
              .toList();
      add(lines, i, info.title(), points);
      addChance(bands, i, info.title(), key);
    }
    List<Course> courses = subjects.stream().map(s -> new Course(s.label(), s.rows(key))).toList();
    return byEpoch(id("epoch", key.metric(), key.layer()), info, Form.LINES, lines, bands, courses);
  }

  /** A metric by layer and epoch, of the subjects that have it in several layers. */
  Chart byLayer(String metric) {
    MetricInfo info = descriptors.of(metric);
    List<Line> lines = new ArrayList<>();
    List<Band> bands = new ArrayList<>();
    List<Course> courses = new ArrayList<>();
    boolean alone = subjects.stream().filter(s -> s.layers(metric).size() > 1).count() == 1;
    for (int i = 0; i < subjects.size(); i++) {
      VariantSeries subject = subjects.get(i);
      List<String> layers = subject.layers(metric);
      for (String layer : layers.size() > 1 ? layers : List.<String>of()) {
        MetricHistory.Key key = new MetricHistory.Key(metric, layer);
        List<RunRecord.Row> rows = subject.rows(key);
        addChance(bands, i, layer, key);
        courses.add(new Course(alone ? layer : subject.label() + " " + layer, rows));
        add(
            lines,
            i,
            layer,
            rows.stream().map(row -> new Point(row.epoch(), row.value(), row.note())).toList());
      }
    }
    return byEpoch(id("layers", metric), info, Form.LAYERS, lines, bands, courses);
  }

  private static Chart byEpoch(
      String id,
      MetricInfo info,
      Form form,
      List<Line> lines,
      List<Band> bands,
      List<Course> courses) {
    Kind kind = kind(info, lines);
    List<String> gaps = gaps(courses);
    if (kind == Kind.LOG) {
      cut("Chance", bands.stream().flatMap(band -> band.ranges().stream()).toList())
          .ifPresent(gaps::add);
    }
    return new Chart(
        id,
        info.title(),
        new Axis("epoch", Kind.EPOCH),
        new Axis(info.title(), kind),
        form,
        lines,
        bands,
        gaps);
  }

  /** What the null gives where it was drawn: its mean and two deviations to either side. */
  private void addChance(List<Band> bands, int subject, String name, MetricHistory.Key key) {
    VariantSeries of = subjects.get(subject);
    MetricSeries deviations = chance(of, key, Column.STD);
    List<Range> ranges = new ArrayList<>();
    for (RunRecord.Row mean : chance(of, key, Column.MEAN).defined()) {
      OptionalDouble deviation = deviations.at(mean.epoch());
      if (deviation.isPresent()) {
        double reach = 2 * deviation.getAsDouble();
        ranges.add(new Range(mean.epoch(), mean.value() - reach, mean.value() + reach));
      }
    }
    if (ranges.size() > 1) { // one place is told beside the number
      bands.add(new Band(subject, of.variant().stage(), name, Look.CHANCE, ranges));
    }
  }

  /** A column of a metric's null, empty if there is none. */
  private MetricSeries chance(VariantSeries of, MetricHistory.Key key, Column column) {
    return of.history().keys().stream()
        .filter(other -> other.layer().equals(key.layer()))
        .filter(other -> descriptors.of(other.metric()).isOf(key.metric(), column))
        .findFirst()
        .map(other -> of.history().series(other.metric(), other.layer()))
        .orElse(new MetricSeries(List.of()));
  }

  /** Whether this is the mean or the deviation of the null of one of the others. */
  boolean isOfNullOf(MetricHistory.Key key, Collection<MetricHistory.Key> others) {
    MetricInfo info = descriptors.of(key.metric());
    return info.calibrated() != null
        && (info.isOf(info.calibrated().metric(), Column.MEAN)
            || info.isOf(info.calibrated().metric(), Column.STD))
        && others.contains(new MetricHistory.Key(info.calibrated().metric(), key.layer()));
  }

  /** Says where a logarithmic axis has no place for the lower end of a band. */
  static Optional<String> cut(String name, List<Range> ranges) {
    long cut = ranges.stream().filter(range -> range.low() <= 0).count();
    return cut == 0
        ? Optional.empty()
        : Optional.of(
            ("%s reaches down to 0 or below at %s of its %s places; the logarithmic axis"
                    + " cuts it there.")
                .formatted(name, cut, ranges.size()));
  }

  /** A metric against the seconds that training, without measuring, had taken by then. */
  Chart bySeconds(String metric) {
    MetricInfo info = descriptors.of(metric);
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < subjects.size(); i++) {
      VariantSeries subject = subjects.get(i);
      Map<Integer, Double> spent = new LinkedHashMap<>();
      double sum = 0;
      spent.put(0, sum);
      for (RunRecord.Epoch epoch : subject.epochs()) {
        sum += epoch.trainSeconds();
        spent.put(epoch.epoch(), sum);
      }
      List<Point> points =
          subject.rows(new MetricHistory.Key(metric, "")).stream()
              .filter(row -> row.value() != null && spent.containsKey(row.epoch()))
              .map(row -> new Point(spent.get(row.epoch()), row.value(), "epoch " + row.epoch()))
              .toList();
      add(lines, i, info.title(), points);
    }
    return new Chart(
        id("seconds", metric),
        info.title(),
        new Axis("seconds of training", Kind.SECONDS),
        new Axis(info.title(), kind(info, lines)),
        Form.LINES,
        lines,
        List.of(),
        List.of());
  }

  /** The metrics' final values against the number of parameters that were trained. */
  Chart byParameters(List<String> metrics) {
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < subjects.size(); i++) {
      VariantSeries subject = subjects.get(i);
      for (String metric : metrics) {
        OptionalDouble end = subject.end(metric);
        if (end.isPresent() && subject.variant().trainable() > 0 && !subject.before()) {
          lines.add(
              new Line(
                  i,
                  subject.variant().stage(),
                  descriptors.of(metric).title(),
                  !metric.equals(metrics.get(0)),
                  List.of(new Point(subject.variant().trainable(), end.getAsDouble(), null))));
        }
      }
    }
    return new Chart(
        "parameters",
        "Accuracy against trainable parameters",
        new Axis("trainable parameters", Kind.LOG),
        new Axis("accuracy", Kind.PERCENT),
        Form.SCATTER,
        lines,
        List.of(),
        List.of());
  }

  private void add(List<Line> lines, int subject, String name, List<Point> points) {
    if (!points.isEmpty()) {
      String stage = subjects.get(subject).variant().stage();
      lines.add(new Line(subject, stage, name, false, points));
    }
  }

  private static Kind kind(MetricInfo info, List<Line> lines) {
    return switch (info.axis()) {
      case LINEAR -> Kind.VALUE;
      case SHARE -> Kind.PERCENT;
      case LOG -> logarithmic(points(lines).map(Point::y));
    };
  }

  /** A logarithmic axis has no place for 0. */
  static Kind logarithmic(Stream<Double> values) {
    return values.allMatch(v -> v == null || v > 0) ? Kind.LOG : Kind.VALUE;
  }

  static Stream<Point> points(List<Line> lines) {
    return lines.stream().flatMap(line -> line.points().stream());
  }

  /** The rows of what is called so. */
  private record Course(String label, List<RunRecord.Row> rows) {}

  /** One sentence for each reason and time, with whom it concerns. */
  private static List<String> gaps(List<Course> courses) {
    record Gap(String reason, String when) {}
    Map<Gap, List<String>> gaps = new LinkedHashMap<>();
    long measured = courses.stream().filter(course -> !course.rows.isEmpty()).count();
    for (Course course : courses) {
      Map<String, List<Integer>> reasons = new LinkedHashMap<>();
      course.rows.stream()
          .filter(row -> row.value() == null)
          .forEach(
              row -> reasons.computeIfAbsent(row.note(), r -> new ArrayList<>()).add(row.epoch()));
      reasons.forEach(
          (reason, epochs) ->
              gaps.computeIfAbsent(new Gap(reason, epochRange(epochs)), g -> new ArrayList<>())
                  .add(course.label));
    }
    List<String> sentences = new ArrayList<>();
    gaps.forEach(
        (gap, labels) ->
            sentences.add(
                "Undefined at %s%s: %s"
                    .formatted(
                        gap.when(),
                        labels.size() == measured ? "" : " for " + String.join(", ", labels),
                        gap.reason())));
    return sentences;
  }

  private static String epochRange(List<Integer> epochs) {
    int first = epochs.stream().min(Comparator.naturalOrder()).orElseThrow();
    int last = epochs.stream().max(Comparator.naturalOrder()).orElseThrow();
    if (first == last) {
      return "epoch " + first;
    }
    return last - first + 1 == epochs.size()
        ? "epochs " + first + " to " + last
        : epochs.size() + " epochs from " + first + " to " + last;
  }

  private static String id(String... parts) {
    return String.join("-", parts).replaceAll("[^A-Za-z0-9_]+", "-");
  }
}
