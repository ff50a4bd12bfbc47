package dev.collapsar.report;

import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.ClassRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The collapse of every class by itself, after the last epoch. */
final class ClassGeometrySection {
  /** More classes are read in classes.csv. */
  private static final int MOST = 100;

  /** What a table is of. */
  private record Place(String stage, String layer) {}

  private final List<VariantSeries> subjects;

  ClassGeometrySection(List<VariantSeries> subjects) {
    this.subjects = subjects;
  }

  void write(Html html) {
    Html tables = new Html();
    subjects.forEach(subject -> tables(tables, subject));
    if (tables.toString().isEmpty()) {
      return;
    }
    html.open("section").element("h2", "Geometry class by class");
    html.element(
        "p.intro",
        "Spread: mean squared distance to the class mean. Length: of the class mean from the mean"
            + " of all means. Cosine: of the class's weights with its centred mean. Hits: share of"
            + " its decided samples whose nearest class mean, and whose decision, is their class.");
    html.open("div.threes").raw(tables.toString()).close("div").close("section");
  }

  private static void tables(Html html, VariantSeries subject) {
    Map<Place, List<ClassRow>> places = new LinkedHashMap<>();
    for (ClassRow row : subject.record().classes()) {
      if (row.variant().equals(subject.variant().name())) {
        places
            .computeIfAbsent(new Place(row.stage(), row.layer()), p -> new ArrayList<>())
            .add(row);
      }
    }
    places.forEach(
        (place, rows) -> {
          html.raw("<details>").open("summary").open("h3");
          SummarySection.swatch(html, subject);
          boolean own = place.stage().equals(subject.variant().stage());
          html.text(
              (subject.label() + " " + place.layer()).strip() + (own ? "" : ", " + place.stage()));
          html.close("h3").close("summary");
          table(html, rows);
          html.close("details");
        });
  }

  private static void table(Html html, List<ClassRow> rows) {
    if (rows.size() > MOST) {
      html.element("p.caption", "%s classes: see classes.csv.".formatted(rows.size()));
      return;
    }
    html.open("div.scroll").open("table.summary").open("thead").open("tr");
    html.element("th", "class", "scope", "col");
    for (String name :
        List.of("samples", "spread", "length", "cosine", "nearest mean", "classifier")) {
      html.element("th.num", name, "scope", "col");
    }
    html.close("tr").close("thead").open("tbody");
    for (ClassRow row : rows) {
      html.open("tr").element("th", Integer.toString(row.label()), "scope", "row");
      html.element("td.num", Numbers.count(row.samples()));
      html.element("td.num", row.spread() == null ? "–" : Numbers.brief(row.spread()));
      html.element("td.num", Numbers.brief(row.norm()));
      html.element("td.num", row.cosine() == null ? "–" : Numbers.brief(row.cosine()));
      html.element("td.num", share(row, row.nearestMeanHits()));
      html.element("td.num", share(row, row.classifierHits())).close("tr");
    }
    html.close("tbody").close("table").close("div");
  }

  private static String share(RunRecord.ClassRow row, Long hits) {
    return hits == null || row.decided() == null || row.decided() == 0
        ? "–"
        : Numbers.percent((double) hits / row.decided());
  }
}
