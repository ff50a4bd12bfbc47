package dev.collapsar.report.measured;

import dev.collapsar.calibration.Evidence;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.report.Html;
import dev.collapsar.report.Numbers;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Every number with what chance gives, what noise leaves of it, and its definition below. */
final class NumbersTable {
  private final CollapseReport report;
  private final Evidence evidence;
  private final Map<String, Set<String>> reasons = new LinkedHashMap<>(); // to the ids

  NumbersTable(CollapseReport report, Evidence evidence) {
    this.report = report;
    this.evidence = evidence;
  }

  void write(Html html) {
    html.open("section").element("h2", "Numbers");
    boolean chance = any("_null_median") || any("_null_closed_form");
    boolean corrected = any("_corrected");
    html.open("div.scroll").open("table.summary.numbers").open("thead").open("tr");
    html.element("th", "metric", "scope", "col").element("th.num", "value", "scope", "col");
    html.element("th.num", "complete collapse", "scope", "col");
    if (chance) {
      List.of("by formula", "by chance, 95%", "over chance", "z", "p")
          .forEach(head -> html.element("th.num", head, "scope", "col"));
    }
    if (corrected) {
      html.element("th.num", "less sampling noise, 95%", "scope", "col");
    }
    html.close("tr").close("thead").open("tbody");
    report.metrics().values().forEach(number -> row(html, number, chance, corrected));
    html.close("tbody").close("table").close("div");
    html.element("p.caption", caption(chance, corrected));
    reasons(html);
    whole(html);
    evidence.remarks().forEach(remark -> html.element("p.caption", asSentence(remark)));
    definitions(html);
    html.close("section");
  }

  private static String asSentence(String remark) {
    return Character.toUpperCase(remark.charAt(0)) + remark.substring(1) + ".";
  }

  private static String caption(boolean chance, boolean corrected) {
    return (chance
            ? "By chance: what the same features give with their labels shuffled, its median and"
                + " the middle 95%; by formula: about where it lies without a draw. Over chance: the"
                + " value over that median; z is of the logarithm for nc1_*, and p two-sided. "
            : "")
        + (corrected
            ? "Less sampling noise: what is estimated of a population of which the rows are a"
                + " sample."
            : "");
  }

  private void row(Html html, Measurement number, boolean chance, boolean corrected) {
    MetricInfo info = number.info();
    html.open("tr").open("th", "scope", "row");
    html.element("a", info.title(), "href", "#is-" + info.id());
    html.element("small", info.id()).close("th");
    if (number instanceof Measurement.Defined defined) {
      html.open("td.num").text(Numbers.brief(defined.value()));
      if (defined.note() != null) {
        html.element("small.said", defined.note());
      }
      html.close("td");
    } else {
      html.open("td.num").text("undefined");
      html.element("small.said", ((Measurement.Undefined) number).reason()).close("td");
    }
    html.element("td.num", info.ideal());
    if (chance) {
      html.element("td.num", shown(number, "_null_closed_form"));
      html.open("td.num").text(shown(number, "_null_median"));
      range(html, number, "_null_low", "_null_high");
      html.close("td").element("td.num", shown(number, "_null_ratio"));
      html.element("td.num", shown(number, "_z")).element("td.num", p(number));
    }
    String less = shown(number, "_corrected");
    shown(number, "_corrected_low");
    if (corrected) {
      html.open("td.num").text(less);
      range(html, number, "_corrected_low", "_corrected_high");
      html.close("td");
    }
    html.close("tr");
  }

  private void range(Html html, Measurement number, String low, String high) {
    Optional<String> from = value(number, low);
    Optional<String> to = value(number, high);
    if (from.isPresent() && to.isPresent()) {
      html.element("small", "%s to %s".formatted(from.get(), to.get()));
    }
  }

  private String p(Measurement number) {
    return found(number, "_p").map(p -> String.format(Locale.ROOT, "%.2g", p)).orElse("–");
  }

  /** The column's value, or a dash, whose reason is told below the table. */
  private String shown(Measurement number, String end) {
    evidence.of(number.id()).stream()
        .filter(column -> column.id().equals(number.id() + end))
        .filter(Measurement.Undefined.class::isInstance)
        .map(column -> ((Measurement.Undefined) column).reason())
        .filter(reason -> evidence.remarks().stream().noneMatch(r -> r.endsWith(reason)))
        .forEach(
            reason ->
                reasons.computeIfAbsent(reason, why -> new LinkedHashSet<>()).add(number.id()));
    return value(number, end).orElse("–");
  }

  private void reasons(Html html) {
    reasons.forEach(
        (reason, ids) -> html.element("p.caption", String.join(", ", ids) + ": " + reason + "."));
  }

  private Optional<String> value(Measurement number, String end) {
    return found(number, end).map(Numbers::brief);
  }

  private Optional<Double> found(Measurement number, String end) {
    return evidence.of(number.id()).stream()
        .filter(column -> column.id().equals(number.id() + end))
        .filter(Measurement.Defined.class::isInstance)
        .map(column -> ((Measurement.Defined) column).value())
        .findFirst();
  }

  private boolean any(String end) {
    return report.metrics().values().stream().anyMatch(number -> found(number, end).isPresent());
  }

  private void whole(Html html) {
    List<String> all = evidence.whole().stream().map(NumbersTable::sentence).toList();
    if (!all.isEmpty()) {
      html.element("p.caption", String.join(" ", all));
    }
  }

  private static String sentence(Measurement number) {
    String title = number.info().title();
    if (number instanceof Measurement.Defined defined) {
      String note = defined.note() == null ? "" : " (%s)".formatted(defined.note());
      return "%s: %s%s.".formatted(title, Numbers.brief(defined.value()), note);
    }
    return "%s: undefined, %s.".formatted(title, ((Measurement.Undefined) number).reason());
  }

  private void definitions(Html html) {
    html.raw("<details>").open("summary").element("h3", "What each number is").close("summary");
    html.open("dl.definitions");
    for (Measurement number : report.metrics().values()) {
      MetricInfo info = number.info();
      html.open("dt", "id", "is-" + info.id()).text(info.title() + " ");
      html.element("code", info.id()).close("dt");
      html.open("dd").text(info.meaning() + " ");
      for (String more : List.of(info.formula(), info.range(), info.source())) {
        if (!more.isEmpty()) {
          html.element("small", more);
        }
      }
      html.close("dd");
    }
    html.close("dl").close("details");
  }
}
