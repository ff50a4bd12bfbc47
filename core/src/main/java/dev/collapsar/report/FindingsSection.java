package dev.collapsar.report;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** One run in a few sentences, and the picture of them: each variant before and after. */
final class FindingsSection {
  private FindingsSection() {}

  static void write(Html html, NamedRun run, List<VariantSeries> subjects, boolean named) {
    html.open("section.findings").open("div");
    if (named) {
      html.element("h2", run.name());
    }
    Optional<Findings> findings = Findings.of(subjects);
    findings.ifPresent(found -> sentences(html, found));
    if (!run.record().notes().isEmpty()) {
      html.open("ul.notes");
      run.record().notes().forEach(note -> html.element("li", note));
      html.close("ul");
    }
    html.close("div");
    findings.ifPresent(found -> changes(html, found));
    html.close("section");
  }

  private static void sentences(Html html, Findings findings) {
    List<Findings.Finding> sentences = findings.sentences();
    html.element("p.lead", sentences.get(0).sentence());
    if (sentences.size() > 1) {
      html.open("dl");
      for (Findings.Finding finding : sentences.subList(1, sentences.size())) {
        html.element("dt", finding.topic()).element("dd", finding.sentence());
      }
      html.close("dl");
    }
  }

  private static void changes(Html html, Findings findings) {
    String metric = findings.accuracy().id();
    List<VariantSeries> moved =
        findings.ranked().stream().filter(s -> s.start(metric).isPresent()).toList();
    if (moved.isEmpty()) {
      return;
    }
    double low = 1;
    double high = 0;
    for (VariantSeries s : moved) {
      low = Math.min(low, Math.min(s.start(metric).orElseThrow(), s.end(metric).orElseThrow()));
      high = Math.max(high, Math.max(s.start(metric).orElseThrow(), s.end(metric).orElseThrow()));
    }
    low = Math.floor(100 * low) / 100;
    high = Math.max(Math.ceil(100 * high) / 100, low + .01);
    html.open("figure.change").element("figcaption", findings.accuracy().title());
    for (VariantSeries s : moved) {
      double from = (s.start(metric).orElseThrow() - low) / (high - low);
      double to = (s.end(metric).orElseThrow() - low) / (high - low);
      html.open("div.bell").element("span", s.variant().name());
      html.open("div.track", "style", position(s, from, to)).raw("<i></i><i></i><i></i>");
      html.close("div").element("b", Numbers.percent(s.end(metric).orElseThrow())).close("div");
    }
    html.open("div.bell.ends").open("span").close("span").open("div");
    html.element("span", Numbers.percent(low)).element("span", Numbers.percent(high));
    html.close("div").open("b").close("b").close("div").close("figure");
  }

  private static String position(VariantSeries subject, double from, double to) {
    return String.format(
        Locale.ROOT,
        "%s;--from:%.4f;--to:%.4f;--min:%.4f;--span:%.4f",
        subject.colour().style(),
        from,
        to,
        Math.min(from, to),
        Math.abs(to - from));
  }
}
