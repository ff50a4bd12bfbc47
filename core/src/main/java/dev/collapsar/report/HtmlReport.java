package dev.collapsar.report;

import dev.collapsar.run.Descriptors;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A run, or several side by side, as one HTML page that needs nothing else: no network, no other
 * file. It is a function of the records alone, to the byte.
 *
 * <p>Text from records is never markup. Should a mistake make it so, the page's content security
 * policy still runs no script but ours, known by hash, and loads nothing.
 */
public final class HtmlReport {
  private HtmlReport() {}

  /** The page for these runs, at least one, in the order given. */
  public static String render(List<NamedRun> runs) {
    if (runs.isEmpty()) {
      throw new IllegalArgumentException("a report needs at least one run");
    }
    List<VariantSeries> subjects = VariantSeries.of(runs);
    List<Page.Stage> stages = stages(subjects);
    Plots plots = new Plots(subjects);
    Html main = new Html();
    Descriptors descriptors = new Descriptors(subjects.stream().map(VariantSeries::record));
    new OverviewSections(runs, subjects, descriptors).write(main);
    new ReportItemSections(runs, subjects, plots).write(main);
    new EvidenceSection(subjects, descriptors).write(main);
    new ChartSections(subjects, descriptors, stages.stream().map(Page.Stage::name).toList(), plots)
        .write(main);
    new DetailSections(runs, subjects, descriptors).write(main);
    MetricCaption.definitions(main, subjects, descriptors);

    return Page.of(title(runs), main, plots, stages);
  }

  private static String title(List<NamedRun> runs) {
    return runs.size() == 1
        ? runs.get(0).record().recipe() + ": " + runs.get(0).record().title()
        : String.join(" and ", runs.stream().map(NamedRun::name).toList());
  }

  /** Stages begin where the one before them has ended in every run that has both. */
  private static List<Page.Stage> stages(List<VariantSeries> subjects) {
    Map<String, Integer> offsets = new LinkedHashMap<>();
    Map<Integer, Integer> ends = new HashMap<>();
    for (String name : subjects.stream().map(s -> s.variant().stage()).distinct().toList()) {
      List<VariantSeries> own =
          subjects.stream().filter(s -> s.variant().stage().equals(name)).toList();
      int offset = own.stream().mapToInt(s -> ends.getOrDefault(s.run(), 0)).max().orElse(0);
      offsets.put(name, offset);
      own.forEach(s -> ends.merge(s.run(), offset + s.lastEpoch(), Math::max));
    }
    return offsets.entrySet().stream().map(e -> new Page.Stage(e.getKey(), e.getValue())).toList();
  }
}
