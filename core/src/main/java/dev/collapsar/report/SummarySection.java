package dev.collapsar.report;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.Descriptors;
import dev.collapsar.run.RunRecord;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** A row a variant: what it trained, how well it ended, and the geometry it ended with. */
final class SummarySection {
  private static final int MOST_UNKNOWN = 6;

  private final List<VariantSeries> subjects;
  private final Descriptors descriptors;

  SummarySection(List<VariantSeries> subjects, Descriptors descriptors) {
    this.subjects = subjects;
    this.descriptors = descriptors;
  }

  void write(Html html) {
    List<String> accuracies =
        descriptors.testAccuracies().stream().filter(this::isMeasured).toList();
    List<String> metrics = metrics(accuracies);
    html.open("section").element("h2", "At a glance").open("div.scroll").open("table.summary");
    html.open("thead").open("tr").element("th", "variant", "scope", "col");
    if (counted()) {
      html.element("th.num", "trained parameters", "scope", "col");
    }
    accuracies.forEach(metric -> head(html, metric));
    metrics.forEach(metric -> head(html, metric));
    if (counted()) {
      html.element("th.num", "training time", "scope", "col");
    }
    html.close("tr").close("thead").open("tbody");
    for (VariantSeries subject : subjects) {
      html.open("tr").open("th", "scope", "row");
      swatch(html, subject);
      html.text(subject.label()).close("th");
      if (counted()) {
        parameters(html, subject.variant());
      }
      accuracies.forEach(metric -> cell(html, subject, metric, !subject.before()));
      metrics.forEach(metric -> cell(html, subject, metric, false));
      if (counted()) {
        html.element("td.num", Numbers.seconds(subject.trainSeconds()));
      }
      html.close("tr");
    }
    html.close("tbody").close("table").close("div");
    caption(html, !accuracies.isEmpty());
    html.close("section");
  }

  /** What sums the runs up besides; of numbers of which nobody said so, the first few. */
  private List<String> metrics(List<String> accuracies) {
    List<String> headlines =
        descriptors.headlines().stream()
            .sorted(Comparator.comparing(MetricInfo::group))
            .map(MetricInfo::id)
            .filter(id -> !accuracies.contains(id) && isMeasured(id))
            .toList();
    return accuracies.isEmpty() && headlines.isEmpty()
        ? subjects.stream()
            .flatMap(subject -> subject.record().measurements().stream())
            .map(RunRecord.Row::metric)
            .distinct()
            .filter(this::isMeasured)
            .limit(MOST_UNKNOWN)
            .toList()
        : headlines;
  }

  private void caption(Html html, boolean tested) {
    html.element(
        "p.caption",
        "Final values."
            + (counted() ? " Under the parameters: their share of the variant's own total." : "")
            + (tested
                ? " Under a test accuracy: its change in points since before the first step."
                : "")
            + (layered() ? " Under a measure of several layers: the layer, the last of them." : "")
            + (ranked() ? " Bold: the best adapted variant of each column in this run." : ""));
  }

  /** The mark in a subject's colour and shape that stands before its name everywhere. */
  static void swatch(Html html, VariantSeries subject) {
    html.element(
        "i.swatch.shape" + subject.shape() % Plots.SHAPES, "", "style", subject.colour().style());
  }

  private boolean isMeasured(String metric) {
    return subjects.stream().anyMatch(s -> s.last(metric).isPresent());
  }

  private void head(Html html, String metric) {
    html.open("th.num", "scope", "col");
    html.text(descriptors.of(metric).title().toLowerCase(Locale.ROOT));
    MetricCaption.link(html, metric, "");
    html.close("th");
  }

  /** Of a recording nobody knows parameters and times. */
  private boolean counted() {
    return subjects.stream().anyMatch(subject -> subject.variant().parameters() > 0);
  }

  private static void parameters(Html html, RunRecord.Variant variant) {
    if (variant.parameters() == 0) {
      html.element("td.num", "");
      return;
    }
    html.open("td.num").text(Numbers.count(variant.trainable()));
    double share = 100.0 * variant.trainable() / variant.parameters();
    html.element("small", Numbers.brief(share) + "%").close("td");
  }

  private void cell(Html html, VariantSeries subject, String metric, boolean withChange) {
    Optional<RunRecord.Row> last = subject.last(metric);
    if (last.isEmpty()) {
      html.element("td", "");
      return;
    }
    if (last.get().value() == null) {
      html.element("td.num.undefined", "undefined", "title", last.get().note());
      return;
    }
    html.open(isBest(subject, metric) ? "td.num.best" : "td.num")
        .text(text(descriptors.of(metric), last.get()));
    if (withChange && subject.start(metric).isPresent()) {
      double change = last.get().value() - subject.start(metric).orElseThrow();
      html.element("small", Numbers.points(change));
    }
    if (subject.layers(metric).size() > 1 && !last.get().layer().isEmpty()) {
      html.element("small", last.get().layer());
    }
    html.close("td");
  }

  /** A defined value. */
  static String text(MetricInfo info, RunRecord.Row row) {
    return info.axis() == MetricInfo.Axis.SHARE
        ? Numbers.percent(row.value())
        : Numbers.brief(row.value());
  }

  private boolean layered() {
    return descriptors.headlines().stream()
        .anyMatch(info -> subjects.stream().anyMatch(s -> s.layers(info.id()).size() > 1));
  }

  /** Among at least two there is a best. */
  private boolean ranked() {
    return subjects.stream().filter(s -> !s.before()).count() > 1;
  }

  private boolean isBest(VariantSeries subject, String metric) {
    MetricInfo info = descriptors.of(metric);
    if (info.direction() == MetricInfo.Direction.NEITHER || info.ideal().isEmpty()) {
      return false;
    }
    double sign = info.direction() == MetricInfo.Direction.RISES ? 1 : -1;
    OptionalDouble best =
        subjects.stream()
            .filter(s -> !s.before())
            .flatMapToDouble(s -> s.end(metric).stream())
            .reduce((a, b) -> Double.compare(sign * a, sign * b) > 0 ? a : b);
    return ranked() && !subject.before() && best.isPresent() && best.equals(subject.end(metric));
  }
}
