package dev.collapsar.report;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.RunRecord;
import java.util.List;
import java.util.stream.Collectors;

/** What was measured once or twice: numbers, where a chart would be a line between two points. */
final class BeforeAfterTable {
  private BeforeAfterTable() {}

  static void write(
      Html html,
      List<VariantSeries> subjects,
      Descriptors descriptors,
      List<MetricHistory.Key> keys) {
    List<VariantSeries> measured =
        subjects.stream().filter(s -> keys.stream().anyMatch(k -> !s.rows(k).isEmpty())).toList();
    html.open("div.scroll").open("table.twice").open("thead").open("tr");
    html.element("th", "measure", "scope", "col");
    for (VariantSeries subject : measured) {
      html.open("th.num", "scope", "col");
      SummarySection.swatch(html, subject);
      html.text(subject.label()).close("th");
    }
    html.close("tr").close("thead").open("tbody");
    for (MetricHistory.Key key : keys) {
      MetricInfo info = descriptors.of(key.metric());
      html.open("tr").open("th", "scope", "row", "title", info.meaning()).text(info.title());
      MetricCaption.link(html, key.metric(), key.layer());
      html.close("th");
      measured.forEach(subject -> cell(html, info, subject.rows(key)));
      html.close("tr");
    }
    html.close("tbody").close("table").close("div");
  }

  private static void cell(Html html, MetricInfo info, List<RunRecord.Row> rows) {
    String course =
        rows.stream()
            .filter(row -> row.value() != null)
            .map(row -> SummarySection.text(info, row))
            .collect(Collectors.joining(" → "));
    if (course.isEmpty() && !rows.isEmpty()) {
      html.element("td.num.undefined", "undefined", "title", rows.get(0).note());
    } else {
      html.element("td.num", course);
    }
  }
}
