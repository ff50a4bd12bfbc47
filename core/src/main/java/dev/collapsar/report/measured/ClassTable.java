package dev.collapsar.report.measured;

import dev.collapsar.classes.ClassNumbers;
import dev.collapsar.report.Html;
import dev.collapsar.report.Numbers;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** The table of the numbers of each class. */
final class ClassTable {
  /** More are read in the table that the command writes. */
  private static final int MOST = 200;

  private final MeasuredFeatures subject;

  ClassTable(MeasuredFeatures subject) {
    this.subject = subject;
  }

  void write(Html html) {
    List<ClassNumbers> classes = subject.classes();
    if (classes.isEmpty()) {
      return;
    }
    html.open("section").element("h2", "Class by class");
    html.element(
        "p.intro",
        "Spread: mean squared distance to the class mean. Length: of the class mean from the mean"
            + " of all means. Cosine: of the class's weights with its centred mean. Hits: share of"
            + " its decided samples whose nearest class mean, and whose decision, is their class.");
    if (classes.size() > MOST) {
      html.element(
          "p.caption",
          "The first %s of %s classes; --classes-out FILE writes all."
              .formatted(MOST, classes.size()));
    }
    html.open("div.scroll").open("table.summary").open("thead").open("tr");
    html.element("th", "class", "scope", "col");
    for (String name :
        List.of("samples", "spread", "length", "cosine", "nearest mean", "classifier")) {
      html.element("th.num", name, "scope", "col");
    }
    html.close("tr").close("thead").open("tbody");
    classes.stream().limit(MOST).forEach(one -> row(html, one));
    html.close("tbody").close("table").close("div").close("section");
  }

  private void row(Html html, ClassNumbers one) {
    html.open("tr").element("th", subject.nameOf(one.label()), "scope", "row");
    html.element("td.num", Numbers.count(one.samples()));
    html.element("td.num", brief(one.spread()));
    html.element("td.num", Numbers.brief(one.norm()));
    html.element("td.num", brief(one.cosine()));
    html.element("td.num", share(one, one.nearestMeanHits()));
    html.element("td.num", share(one, one.classifierHits())).close("tr");
  }

  private static String brief(OptionalDouble value) {
    return value.isPresent() ? Numbers.brief(value.getAsDouble()) : "–";
  }

  private static String share(ClassNumbers one, OptionalLong hits) {
    return hits.isEmpty() || one.decided().isEmpty() || one.decided().getAsLong() == 0
        ? "–"
        : Numbers.percent((double) hits.getAsLong() / one.decided().getAsLong());
  }
}
