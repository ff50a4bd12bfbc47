package dev.collapsar.report;

import dev.collapsar.metric.MetricGuide;
import dev.collapsar.run.RunRecord;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The top of the page: what ran, what came out in a few sentences and one table, and the data. */
final class OverviewSections {
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);
  private static final String MARK =
      """
      <svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="14.2"/>\
      <path d="M16 5.5 25.1 21.2H6.9z"/><circle class="dot" cx="16" cy="5.5" r="2.6"/>\
      <circle class="dot" cx="25.1" cy="21.2" r="2.6"/><circle class="dot" cx="6.9" cy="21.2" r="2.6"/></svg>
      """;

  /** The summary's columns from the metrics, in this order, where the runs have them. */
  private static final List<String> SUMMARY =
      List.of("accuracy_train", "nc1_pinv", "nc2_etf_err", "nc3_dual_err", "nc4_agree");

  private final List<HtmlReport.Run> runs;
  private final List<Subject> subjects;

  OverviewSections(List<HtmlReport.Run> runs, List<Subject> subjects) {
    this.runs = runs;
    this.subjects = subjects;
  }

  void write(Html html) {
    header(html);
    for (HtmlReport.Run run : runs) {
      status(html, run);
    }
    findings(html);
    if (!subjects.isEmpty()) {
      summary(html);
    }
    for (HtmlReport.Run run : runs) {
      samples(html, run);
    }
  }

  private void header(Html html) {
    RunRecord first = runs.get(0).record();
    html.open("header").open("p.kicker").raw(MARK).text("Collapsar");
    html.element("span", first.recipe()).close("p");
    if (runs.size() == 1) {
      html.element("h1", first.title());
      html.element("p.meta", meta(first));
    } else {
      html.element("h1", runs.size() + " runs compared");
      html.open("ul.meta");
      for (HtmlReport.Run run : runs) {
        html.open("li").element("b", run.name()).text(" " + meta(run.record())).close("li");
      }
      html.close("ul");
    }
    html.close("header");
  }

  private static String meta(RunRecord record) {
    List<String> parts = new ArrayList<>();
    parts.add(DAY.format(record.started()));
    if (record.finished() != null) {
      Duration took = Duration.between(record.started(), record.finished());
      parts.add("took " + Numbers.seconds(took.toMillis() / 1000.0));
    }
    parts.add("seed " + record.seed());
    parts.add(record.environment().device() + ", " + record.environment().threads() + " threads");
    return String.join(" · ", parts);
  }

  private void status(Html html, HtmlReport.Run run) {
    String name = runs.size() == 1 ? "This run" : run.name();
    String sentence =
        switch (run.record().status()) {
          case COMPLETE -> null;
          case RUNNING ->
              name + " had not finished when this page was made: its numbers are those so far.";
          case INTERRUPTED -> name + " was interrupted: its numbers end where it was stopped.";
          case FAILED -> name + " failed: its numbers end where it broke off.";
        };
    if (sentence != null) {
      html.open("p.status", "role", "status").element("b", run.record().status().toString());
      html.text(sentence).close("p");
    }
  }

  private void findings(Html html) {
    html.open("section.findings");
    for (int i = 0; i < runs.size(); i++) {
      int run = i;
      List<String> sentences = Findings.of(subjects.stream().filter(s -> s.run() == run).toList());
      if (runs.size() > 1) {
        html.element("h3", runs.get(i).name());
      }
      for (int j = 0; j < sentences.size(); j++) {
        html.element(j == 0 ? "p.lead" : "p", sentences.get(j));
      }
      List<String> notes = runs.get(i).record().notes();
      if (!notes.isEmpty()) {
        html.open("ul.notes");
        notes.forEach(note -> html.element("li", note));
        html.close("ul");
      }
    }
    html.close("section");
  }

  private void summary(Html html) {
    html.open("section").element("h2", "At a glance").open("div.scroll").open("table.summary");
    List<String> metrics =
        SUMMARY.stream()
            .filter(m -> subjects.stream().anyMatch(s -> s.last(m).isPresent()))
            .toList();
    boolean clean = measured("accuracy_test");
    boolean shifted = measured("accuracy_shifted");
    html.open("thead").open("tr").element("th", "variant", "scope", "col");
    head(html, "trained parameters", "");
    if (clean) {
      head(html, "clean test", "accuracy_test");
    }
    if (shifted) {
      head(html, "shifted test", "accuracy_shifted");
    }
    for (String metric : metrics) {
      head(html, MetricGuide.of(metric).title().toLowerCase(Locale.ROOT), metric);
    }
    head(html, "training time", "");
    html.close("tr").close("thead").open("tbody");
    for (Subject subject : subjects) {
      html.open("tr").open("th", "scope", "row");
      swatch(html, subject);
      html.text(subject.label()).close("th");
      parameters(html, subject.variant());
      if (clean) {
        change(html, subject, "accuracy_test");
      }
      if (shifted) {
        change(html, subject, "accuracy_shifted");
      }
      metrics.forEach(metric -> value(html, subject, metric));
      html.element("td.num", Numbers.seconds(subject.trainSeconds())).close("tr");
    }
    html.close("tbody").close("table").close("div");
    html.element(
        "p.caption",
        "Final values; under an accuracy its change in points since before the variant's first"
            + " step. The best of each column of the adapted variants is bold.");
    html.close("section");
  }

  private boolean measured(String metric) {
    return subjects.stream().anyMatch(s -> s.last(metric).isPresent());
  }

  private static void head(Html html, String name, String metric) {
    html.open("th.num", "scope", "col").text(name);
    if (!metric.isEmpty()) {
      html.element("code", metric);
    }
    html.close("th");
  }

  static void swatch(Html html, Subject subject) {
    html.element(
        "i.swatch",
        "",
        "style",
        "--light:%s;--dark:%s".formatted(subject.colour().light(), subject.colour().dark()));
  }

  private static void parameters(Html html, RunRecord.Variant variant) {
    double share = 100.0 * variant.trainable() / variant.parameters();
    html.open("td.num").text(Numbers.count(variant.trainable()));
    html.element("small", Numbers.brief(share) + "%").close("td");
  }

  /** The last value, and how far it is from the first. */
  private void change(Html html, Subject subject, String metric) {
    Optional<Double> end = subject.end(metric);
    Optional<Double> start = subject.start(metric);
    if (end.isEmpty()) {
      value(html, subject, metric);
      return;
    }
    html.open(isBest(subject, metric) ? "td.num.best" : "td.num").text(Numbers.percent(end.get()));
    if (start.isPresent() && subject.rows().size() > 1) {
      html.element("small", Numbers.points(end.get() - start.get()));
    }
    html.close("td");
  }

  private void value(Html html, Subject subject, String metric) {
    Optional<RunRecord.Row> last = subject.last(metric);
    if (last.isEmpty()) {
      html.element("td.num", "");
    } else if (last.get().value() == null) {
      html.element("td.num.undefined", "undefined", "title", last.get().note());
    } else {
      double value = last.get().value();
      boolean percent = MetricGuide.of(metric).scale() == MetricGuide.Scale.PERCENT;
      html.element(
          isBest(subject, metric) ? "td.num.best" : "td.num",
          percent ? Numbers.percent(value) : Numbers.brief(value));
    }
  }

  private boolean isBest(Subject subject, String metric) {
    double sign = MetricGuide.of(metric).ideal().startsWith("1") ? 1 : -1;
    Optional<Double> best =
        subjects.stream()
            .filter(s -> !s.before())
            .flatMap(s -> s.end(metric).stream())
            .max((a, b) -> Double.compare(sign * a, sign * b));
    return !subject.before() && best.isPresent() && best.equals(subject.end(metric));
  }

  private void samples(Html html, HtmlReport.Run run) {
    Map<String, List<RunRecord.Sample>> rows = new LinkedHashMap<>();
    for (RunRecord.Sample sample : run.record().samples()) {
      rows.computeIfAbsent(sample.row(), r -> new ArrayList<>()).add(sample);
    }
    if (rows.isEmpty()) {
      return;
    }
    html.open("section");
    html.element("h2", runs.size() == 1 ? "What the data looks like" : "Data of " + run.name());
    html.open("div.samples");
    rows.forEach(
        (row, samples) -> {
          html.element("h3", row).open("div.strip", "style", "--n:" + samples.size());
          for (RunRecord.Sample sample : samples) {
            html.open("figure");
            html.open(
                "img",
                "alt",
                row + " sample of class " + sample.label(),
                "src",
                "data:image/png;base64," + Base64.getEncoder().encodeToString(sample.png()));
            html.element("figcaption", sample.label()).close("figure");
          }
          html.close("div");
        });
    html.close("div").close("section");
  }
}
