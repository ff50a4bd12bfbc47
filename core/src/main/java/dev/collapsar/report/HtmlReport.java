package dev.collapsar.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
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
  private static final String ECHARTS = "/META-INF/resources/webjars/echarts/5.5.0/echarts.min.js";

  /** What the script reads: series and charts by index, stages in order. */
  private record Data(List<Plots.Series> series, List<Stage> stages, List<Chart> charts) {}

  /** A stage begins at {@code offset} epochs when all are drawn one after the other. */
  private record Stage(String name, int offset) {}

  private HtmlReport() {}

  /** The page for these runs, at least one, in the order given. */
  public static String render(List<NamedRun> runs) {
    if (runs.isEmpty()) {
      throw new IllegalArgumentException("a report needs at least one run");
    }
    List<VariantSeries> subjects = VariantSeries.of(runs);
    List<Stage> stages = stages(subjects);
    Plots plots = new Plots(subjects);
    Html main = new Html();
    Descriptors descriptors = new Descriptors(subjects);
    new OverviewSections(runs, subjects, descriptors).write(main);
    new ExhibitSections(runs, subjects, plots).write(main);
    new EvidenceSection(subjects, descriptors).write(main);
    new ChartSections(subjects, descriptors, stages.stream().map(Stage::name).toList(), plots)
        .write(main);
    new DetailSections(runs, subjects, descriptors).write(main);

    String library = resource(ECHARTS);
    String script = resource("report.js");
    Html page = new Html();
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.open(
        "meta",
        "http-equiv",
        "Content-Security-Policy",
        "content",
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src %s %s"
            .formatted(hash(library), hash(script)));
    page.raw("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    page.element("title", title(runs));
    page.raw("<style>\n").raw(resource("report.css")).raw("</style>\n</head>\n<body>\n");
    page.open("main").raw(main.toString()).close("main");
    page.raw("<script type=\"application/json\" id=\"data\">");
    page.raw(json(new Data(plots.series(), stages, plots.charts())));
    page.raw("</script>\n<script>").raw(library).raw("</script>\n");
    page.raw("<script>").raw(script).raw("</script>\n</body>\n</html>\n");
    return page.toString();
  }

  private static String title(List<NamedRun> runs) {
    return runs.size() == 1
        ? runs.get(0).record().recipe() + ": " + runs.get(0).record().title()
        : String.join(" and ", runs.stream().map(NamedRun::name).toList());
  }

  /** Stages begin where the one before them has ended in every run that has both. */
  private static List<Stage> stages(List<VariantSeries> subjects) {
    Map<String, Integer> offsets = new LinkedHashMap<>();
    Map<Integer, Integer> ends = new HashMap<>();
    for (String name : subjects.stream().map(s -> s.variant().stage()).distinct().toList()) {
      List<VariantSeries> own =
          subjects.stream().filter(s -> s.variant().stage().equals(name)).toList();
      int offset = own.stream().mapToInt(s -> ends.getOrDefault(s.run(), 0)).max().orElse(0);
      offsets.put(name, offset);
      own.forEach(s -> ends.merge(s.run(), offset + s.lastEpoch(), Math::max));
    }
    return offsets.entrySet().stream().map(e -> new Stage(e.getKey(), e.getValue())).toList();
  }

  /** JSON that no HTML parser can leave: nothing in it looks like a tag, a comment or an entity. */
  private static String json(Data data) {
    try {
      return new ObjectMapper()
          .writeValueAsString(data)
          .replace("&", "\\u0026")
          .replace("<", "\\u003c")
          .replace(">", "\\u003e")
          .replace("\u2028", "\\u2028")
          .replace("\u2029", "\\u2029");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("charts are plain data", e);
    }
  }

  private static String hash(String script) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static String resource(String name) {
    try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
