package dev.collapsar.report.study;

import dev.collapsar.report.Html;
import dev.collapsar.report.Numbers;
import dev.collapsar.study.Axis;
import dev.collapsar.study.RunSet;
import dev.collapsar.study.Seeds;
import dev.collapsar.study.Study;
import dev.collapsar.study.StudyRun;
import java.time.Duration;
import java.util.List;

/** The end of the page: the settings that differ, and the runs. */
final class StudyDetails {
  private final Study study;

  StudyDetails(Study study) {
    this.study = study;
  }

  void write(Html html) {
    html.open("section.provenance").element("h2", "What produced it");
    settings(html);
    runs(html);
    html.close("section");
  }

  /** A row a group of runs that differ in their seeds alone. */
  private void settings(Html html) {
    List<Axis> axes = study.runs().axes();
    html.element("h3", "Settings that differ");
    if (axes.isEmpty()) {
      html.element("p.intro", "None: the runs differ in their seeds alone.");
      return;
    }
    html.open("div.scroll").open("table.report").open("thead").open("tr");
    axes.forEach(axis -> html.element("th", axis.key(), "scope", "col"));
    html.element("th", "seeds", "scope", "col").element("th.num", "runs", "scope", "col");
    html.close("tr").close("thead").open("tbody");
    for (RunSet.Group group : study.runs().groups()) {
      html.open("tr");
      group.values().values().forEach(v -> html.element("td", v.isEmpty() ? "–" : v));
      List<Long> seeds = group.runs().stream().map(StudyRun::seed).distinct().sorted().toList();
      html.element("td", Seeds.text(seeds));
      html.element("td.num", Integer.toString(group.runs().size())).close("tr");
    }
    html.close("tbody").close("table").close("div");
  }

  private void runs(Html html) {
    html.open("details").open("summary").element("h3", "Runs").close("summary");
    html.open("div.scroll").open("table.report").open("thead").open("tr");
    for (String name : List.of("run", "status", "seed", "Collapsar", "device")) {
      html.element("th", name, "scope", "col");
    }
    html.element("th.num", "threads", "scope", "col").element("th.num", "took", "scope", "col");
    html.close("tr").close("thead").open("tbody");
    for (StudyRun run : study.runs().runs()) {
      html.open("tr").element("th", run.name(), "scope", "row");
      html.element("td", run.record().status().toString());
      String adapt = run.adaptSeed().isPresent() ? ", " + run.adaptSeed().getAsLong() : "";
      html.element("td", run.seed() + adapt);
      html.element("td", run.record().environment().collapsar());
      html.element("td", run.record().environment().device());
      html.element("td.num", Integer.toString(run.record().environment().threads()));
      html.element("td.num", took(run)).close("tr");
    }
    html.close("tbody").close("table").close("div").close("details");
  }

  private static String took(StudyRun run) {
    return run.record().finished() == null
        ? "–"
        : Numbers.seconds(
            Duration.between(run.record().started(), run.record().finished()).toMillis() / 1000.0);
  }
}
