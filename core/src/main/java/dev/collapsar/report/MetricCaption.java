package dev.collapsar.report;

import dev.collapsar.metric.MetricGuide;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a reader needs to know about the metric that a chart shows. */
final class MetricCaption {
  private MetricCaption() {}

  /** A chart of no metric has an empty id: then the remark is all. */
  static void write(Html html, String metric, String title, String remark) {
    html.open("figcaption");
    List<String> guidance = List.of();
    if (!metric.isEmpty()) {
      MetricGuide guide = MetricGuide.of(metric);
      html.open("div.over").element("span", guide.group().title()).element("code", metric);
      html.close("div");
      boolean obvious = guide.group() == MetricGuide.Group.LEARNING || guide.ideal().isEmpty();
      guidance = List.of(guide.meaning(), obvious ? "" : "Ideal: " + guide.ideal() + ".");
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
}
