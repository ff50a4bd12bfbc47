package dev.collapsar.report;

import dev.collapsar.run.Descriptors;
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

/** The top of the page: what ran, what came out in a few sentences and one table, and the data. */
final class OverviewSections {
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);
  private final List<NamedRun> runs;
  private final List<VariantSeries> subjects;
  private final Descriptors descriptors;

  OverviewSections(List<NamedRun> runs, List<VariantSeries> subjects, Descriptors descriptors) {
    this.runs = runs;
    this.subjects = subjects;
    this.descriptors = descriptors;
  }

  void write(Html html) {
    header(html);
    for (NamedRun run : runs) {
      status(html, run);
    }
    RunGroups.of(runs).write(html);
    for (int i = 0; i < runs.size(); i++) {
      int run = i;
      List<VariantSeries> own = subjects.stream().filter(s -> s.run() == run).toList();
      FindingsSection.write(html, runs.get(i), own, runs.size() > 1);
    }
    if (!subjects.isEmpty()) {
      new SummarySection(subjects, descriptors).write(html);
    }
    List<RunRecord.DataSet> shown = null;
    for (NamedRun run : runs) {
      if (!run.record().data().equals(shown)) {
        samples(html, run);
        shown = run.record().data();
      }
    }
  }

  private void header(Html html) {
    RunRecord first = runs.get(0).record();
    html.open("header");
    Page.kicker(html, runs.stream().map(run -> run.record().recipe()).distinct().toList());
    if (runs.size() == 1) {
      html.element("h1", first.title());
      html.element("p.meta", meta(first));
    } else {
      html.element("h1", runs.size() + " runs compared");
      html.open("ul.meta");
      for (NamedRun run : runs) {
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
    if (record.variants().stream().anyMatch(variant -> variant.parameters() > 0)) {
      parts.add("seed " + record.seed()); // a recording drew nothing
    }
    parts.add(record.environment().device() + ", " + record.environment().threads() + " threads");
    return String.join(" · ", parts);
  }

  private void status(Html html, NamedRun run) {
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

  private void samples(Html html, NamedRun run) {
    Map<String, List<RunRecord.Sample>> rows = new LinkedHashMap<>();
    for (RunRecord.Sample sample : run.record().samples()) {
      rows.computeIfAbsent(sample.row(), r -> new ArrayList<>()).add(sample);
    }
    if (rows.isEmpty()) {
      return;
    }
    html.open("section");
    String of = run == runs.get(0) ? "" : " in " + run.name();
    html.element("h2", "What the data looks like" + of);
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
