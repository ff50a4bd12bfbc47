package dev.collapsar.report;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.Descriptors;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The caption of a metric, for its reader: over a chart, and in full at the end of the page, where
 * its name leads from everywhere.
 */
public final class MetricCaption {
  private MetricCaption() {}

  /** Of a chart of no metric the remark is all. */
  public static void write(Html html, Optional<MetricInfo> metric, String title, String remark) {
    html.open("figcaption");
    List<String> guidance = List.of();
    if (metric.isPresent()) {
      MetricInfo info = metric.get();
      html.open("div.over").element("span", info.group().title());
      link(html, info.id(), "");
      html.close("div");
      boolean obvious = info.group() == MetricInfo.Group.LEARNING || info.ideal().isEmpty();
      guidance = List.of(info.meaning(), obvious ? "" : "Ideal: " + info.ideal() + ".");
    }
    html.element("h4", title);
    String words =
        Stream.concat(guidance.stream(), Stream.of(remark))
            .filter(sentence -> !sentence.isEmpty())
            .collect(Collectors.joining(" "));
    if (!words.isEmpty()) {
      html.element("p", words);
    }
    html.close("figcaption");
  }

  /** A metric's id as it stands in files, which leads to its definition. */
  static void link(Html html, String id, String layer) {
    html.open("a.def", "href", "#" + anchor(id)).element("code", (id + " " + layer).strip());
    html.close("a");
  }

  private static String anchor(String id) {
    return "def-" + id.replaceAll("[^A-Za-z0-9_.-]+", "-");
  }

  /** What every number on the page is. */
  static void definitions(Html html, List<VariantSeries> subjects, Descriptors descriptors) {
    List<MetricInfo> infos =
        subjects.stream()
            .flatMap(subject -> subject.history().keys().stream())
            .map(key -> key.metric())
            .distinct()
            .map(descriptors::of)
            .filter(Predicate.not(MetricCaption::isColumn))
            .toList();
    if (infos.isEmpty()) {
      return;
    }
    html.open("section.definitions").element("h2", "What the numbers are");
    html.open("div.terms");
    infos.forEach(info -> term(html, info));
    html.close("div").close("section");
  }

  /** What stands beside a number is defined where it stands. */
  private static boolean isColumn(MetricInfo info) {
    return info.calibrated() != null;
  }

  private static void term(Html html, MetricInfo info) {
    html.open("article", "id", anchor(info.id()));
    html.open("h4").text(info.title() + " ").element("code", info.id()).close("h4");
    fact(html, "", info.meaning());
    fact(html, "Formula", info.formula());
    fact(html, "Range", info.range());
    fact(
        html,
        "Goes",
        info.direction() == MetricInfo.Direction.NEITHER
            ? ""
            : "it "
                + info.direction().name().toLowerCase(Locale.ROOT)
                + (info.ideal().isEmpty() ? "" : ", ideally to " + info.ideal()));
    fact(html, "Undefined", info.undefined());
    fact(html, "Source", info.source());
    html.close("article");
  }

  private static void fact(Html html, String name, String text) {
    if (!text.isEmpty()) {
      html.open("p");
      if (!name.isEmpty()) {
        html.element("b", name + ": ");
      }
      html.text(text).close("p");
    }
  }
}
