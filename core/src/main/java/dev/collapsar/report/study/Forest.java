package dev.collapsar.report.study;

import dev.collapsar.inference.Interval;
import dev.collapsar.inference.SeedValues;
import dev.collapsar.inference.SeedValues.Conclusion;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.report.Html;
import dev.collapsar.report.MetricCaption;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.study.Contrast;
import dev.collapsar.study.Study;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Contrasts with the control: of each metric a row an arm, its interval against "no difference".
 */
final class Forest {
  private final Study study;
  private final Looks looks;

  Forest(Study study, Looks looks) {
    this.study = study;
    this.looks = looks;
  }

  void write(Html html) {
    if (study.contrasts().isEmpty()) {
      return;
    }
    Map<MetricHistory.Key, List<Contrast>> families = new LinkedHashMap<>();
    looks.first().forEach(key -> families.put(key, new ArrayList<>()));
    int first = families.size();
    study
        .contrasts()
        .forEach(c -> families.computeIfAbsent(c.key(), k -> new ArrayList<>()).add(c));
    List<Map.Entry<MetricHistory.Key, List<Contrast>>> all = List.copyOf(families.entrySet());
    html.open("section").element("h2", "Against " + study.question().control().orElseThrow());
    html.element(
        "p.intro",
        "Paired by seed. Ratios (×) of positive measures, differences of all others; shaded: what"
            + " counts as the same. The p values of one metric are a family, adjusted by Holm's"
            + " procedure; between metrics nothing is adjusted, so that a few of many will look"
            + " different by chance.");
    panels(html, all.subList(0, first));
    if (all.size() > first) {
      html.open("details").open("summary").element("h3", "All other metrics").close("summary");
      panels(html, all.subList(first, all.size()));
      html.close("details");
    }
    html.close("section");
  }

  private void panels(Html html, List<Map.Entry<MetricHistory.Key, List<Contrast>>> families) {
    html.open("div.panels.wide");
    families.stream()
        .filter(family -> !family.getValue().isEmpty())
        .forEach(family -> figure(html, family.getKey(), family.getValue()));
    html.close("div");
  }

  private void figure(Html html, MetricHistory.Key key, List<Contrast> family) {
    MetricInfo info = study.info(key.metric());
    html.open("figure.chart");
    String layer = key.layer().isEmpty() ? "" : "At " + key.layer() + ".";
    MetricCaption.write(html, Optional.of(info), info.title(), layer);
    Range range = Range.of(family);
    html.open("div.forest");
    family.forEach(contrast -> row(html, contrast, range));
    ends(html, key, range);
    html.close("div").close("figure");
  }

  /** What the tracks of a figure span, on the scale of its contrasts. */
  private record Range(double low, double high, boolean ratio) {
    static Range of(List<Contrast> family) {
      boolean ratio = family.stream().allMatch(Contrast::isRatio);
      double low = 0;
      double high = 0;
      for (Contrast contrast : family) {
        double margin = ratio ? Math.log(contrast.margin().orElse(1)) : 0;
        for (double value : ends(contrast).mapToDouble(v -> ratio ? Math.log(v) : v).toArray()) {
          low = Math.min(low, Math.min(value, -1.3 * margin));
          high = Math.max(high, Math.max(value, 1.3 * margin));
        }
      }
      double room = Math.max(0.04 * (high - low), 1e-12);
      return new Range(low - room, high + room, ratio);
    }

    private static Stream<Double> ends(Contrast contrast) {
      Optional<SeedValues> values = contrast.pairs().values();
      Optional<Interval> interval = values.flatMap(SeedValues::interval);
      return Stream.concat(
          contrast.pairs().bySeed().values().stream(),
          interval.stream().flatMap(i -> Stream.of(i.low(), i.high())));
    }

    /** From 0 at the left to 1 at the right. */
    double at(double value) {
      double scaled = ratio ? Math.log(value) : value;
      return Math.max(0, Math.min(1, (scaled - low) / (high - low)));
    }

    double nothing() {
      return at(ratio ? 1 : 0);
    }

    double back(double end) {
      return ratio ? Math.exp(end) : end;
    }
  }

  private void row(Html html, Contrast contrast, Range range) {
    ContrastWords words = new ContrastWords(looks, contrast);
    Conclusion conclusion = contrast.conclusion();
    html.open("div.row").open("span.arm");
    looks.swatch(html, contrast.arm());
    html.text(looks.name(contrast.arm())).close("span");
    track(html, contrast, range);
    html.element("b", words.size());
    String wanted = conclusion == Conclusion.UNDECIDED ? words.wanted() : "";
    html.open("span.said")
        .element(
            "i.v-" + conclusion.name().toLowerCase(Locale.ROOT).replace('_', '-'),
            ContrastWords.word(conclusion));
    html.text(
        Stream.of(words.tests(), wanted)
            .filter(t -> !t.isEmpty())
            .reduce((a, b) -> a + "; " + b)
            .orElse(""));
    html.close("span").close("div");
  }

  private void track(Html html, Contrast contrast, Range range) {
    SeedValues values = contrast.pairs().values().orElseThrow();
    Optional<Interval> interval = values.interval();
    double margin = contrast.margin().orElse(1);
    html.open(
        "div.line",
        "style",
        String.format(
            Locale.ROOT,
            "%s;--nothing:%.4f;--same-low:%.4f;--same-high:%.4f",
            looks.colour(contrast.arm()).style(),
            range.nothing(),
            range.ratio() ? range.at(1 / margin) : range.nothing(),
            range.ratio() ? range.at(margin) : range.nothing()),
        "title",
        new ContrastWords(looks, contrast).sentence());
    html.element("i.same", "").element("i.nothing", "");
    interval.ifPresent(
        i ->
            html.element(
                "i.span",
                "",
                "style",
                String.format(
                    Locale.ROOT, "--from:%.4f;--to:%.4f", range.at(i.low()), range.at(i.high()))));
    for (double value : contrast.pairs().bySeed().values()) {
      html.element("i.seed", "", "style", String.format(Locale.ROOT, "--at:%.4f", range.at(value)));
    }
    html.element(
        "i.mean", "", "style", String.format(Locale.ROOT, "--at:%.4f", range.at(values.mean())));
    html.close("div");
  }

  private void ends(Html html, MetricHistory.Key key, Range range) {
    html.open("div.row.ends").open("span.arm").close("span").open("div.line");
    html.element("span", looks.apart(key.metric(), range.back(range.low()), range.ratio()));
    html.element("span", looks.apart(key.metric(), range.back(range.high()), range.ratio()));
    html.close("div").close("div");
  }
}
