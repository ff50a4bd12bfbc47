package dev.collapsar.report;

import dev.collapsar.study.Axis;
import dev.collapsar.study.RunSet;
import dev.collapsar.study.StudyRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Runs side by side: those that differ in their seeds alone, and what sets the others apart. */
final class RunGroups {
  private static final int GROUPED = 2;

  private final List<NamedRun> runs;
  private final List<Axis> axes;
  private final List<RunSet.Group> groups;

  private RunGroups(List<NamedRun> runs, List<Axis> axes, List<RunSet.Group> groups) {
    this.runs = runs;
    this.axes = axes;
    this.groups = groups;
  }

  static RunGroups of(List<NamedRun> runs) {
    if (runs.size() < GROUPED) {
      return new RunGroups(runs, List.of(), List.of());
    }
    RunSet set =
        RunSet.of(runs.stream().map(run -> new StudyRun(run.name(), run.record())).toList());
    return new RunGroups(runs, set.axes(), set.groups());
  }

  /** The index of the group that this run is in. */
  int of(int run) {
    for (int g = 0; g < groups.size(); g++) {
      if (groups.get(g).runs().stream().anyMatch(r -> r.record() == runs.get(run).record())) {
        return g;
      }
    }
    return 0;
  }

  /** A column a group, a row a setting that differs; below, the seeds and the runs of each. */
  void write(Html html) {
    if (runs.size() < GROUPED) {
      return;
    }
    html.open("section").element("h2", "What sets the runs apart");
    html.open("div.scroll").open("table.apart").open("thead").open("tr");
    html.element("th", "setting", "scope", "col");
    for (int g = 0; g < groups.size(); g++) {
      html.open("th", "scope", "col");
      html.element("i.stroke.run" + g % Plots.STROKES, "").text(column(g)).close("th");
    }
    html.close("tr").close("thead").open("tbody");
    rows().forEach((name, values) -> row(html, name, values));
    html.close("tbody").close("table").close("div");
    if (axes.isEmpty()) {
      html.element("p.caption", "Apart from their seeds the runs have the same settings.");
    }
    html.close("section");
  }

  private String column(int group) {
    List<StudyRun> own = groups.get(group).runs();
    return own.size() == 1 ? own.get(0).name() : own.size() + " seeds";
  }

  private Map<String, List<String>> rows() {
    Map<String, List<String>> rows = new LinkedHashMap<>();
    List<String> recipes = groups.stream().map(g -> g.runs().get(0).record().recipe()).toList();
    if (recipes.stream().distinct().count() > 1) {
      rows.put("recipe", recipes);
    }
    for (Axis axis : axes) {
      rows.put(
          axis.key(), groups.stream().map(g -> g.values().getOrDefault(axis.key(), "")).toList());
    }
    rows.put("seed", groups.stream().map(RunGroups::seeds).toList());
    if (groups.size() < runs.size()) {
      rows.put(
          "runs",
          groups.stream()
              .map(g -> g.runs().stream().map(StudyRun::name).collect(Collectors.joining(", ")))
              .toList());
    }
    return rows;
  }

  /** As {@code 1, 2}; with the seeds of adaptation where they are others: {@code 1/7, 1/8}. */
  private static String seeds(RunSet.Group group) {
    List<String> seeds = new ArrayList<>();
    for (StudyRun run : group.runs()) {
      String own = Long.toString(run.seed());
      seeds.add(run.adaptSeed().isPresent() ? own + "/" + run.adaptSeed().getAsLong() : own);
    }
    return String.join(", ", seeds);
  }

  private static void row(Html html, String name, List<String> values) {
    html.open("tr").element("th", name, "scope", "row");
    values.forEach(value -> html.element("td", value.isEmpty() ? "–" : value));
    html.close("tr");
  }
}
