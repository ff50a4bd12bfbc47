package dev.collapsar.report;

import dev.collapsar.metric.MetricInfo;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a reader needs to know about the metric that a chart shows. */
public final class MetricCaption {
  private MetricCaption() {}

  /** Of a chart of no metric the remark is all. */
  public static void write(Html html, Optional<MetricInfo> metric, String title, String remark) {
    html.open("figcaption");
    List<String> guidance = List.of();
    if (metric.isPresent()) {
      MetricInfo info = metric.get();
      html.open("div.over").element("span", info.group().title()).element("code", info.id());
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
}
