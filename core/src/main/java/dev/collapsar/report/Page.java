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
import java.util.List;

/**
 * An HTML page that needs nothing else: its style, its script and the charts that the script draws
 * are in it.
 *
 * <p>Text is never markup. Should a mistake make it so, the page's content security policy still
 * runs no script but ours, known by hash, and loads nothing.
 */
public final class Page {
  private static final String ECHARTS = "/META-INF/resources/webjars/echarts/5.5.0/echarts.min.js";

  private static final String MARK =
      """
<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="14.2"/>\
<path d="M16 5.5 25.1 21.2H6.9z"/><circle class="dot" cx="16" cy="5.5" r="2.6"/>\
<circle class="dot" cx="25.1" cy="21.2" r="2.6"/><circle class="dot" cx="6.9" cy="21.2" r="2.6"/></svg>
""";

  /** A stage begins at {@code offset} epochs when all are drawn one after the other. */
  public record Stage(String name, int offset) {}

  /** What the script reads: series and charts by index, stages in order. */
  private record Data(List<Plots.Series> series, List<Stage> stages, List<Chart> charts) {}

  private Page() {}

  /**
   * The page's text.
   *
   * @param main what it shows
   * @param plots the charts in it
   */
  public static String of(String title, Html main, Plots plots, List<Stage> stages) {
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
    page.element("title", title);
    page.raw("<style>\n").raw(resource("report.css")).raw("</style>\n</head>\n<body>\n");
    page.open("main").raw(main.toString()).close("main");
    page.raw("<script type=\"application/json\" id=\"data\">");
    page.raw(json(new Data(plots.series(), stages, plots.charts())));
    page.raw("</script>\n<script>").raw(library).raw("</script>\n");
    page.raw("<script>").raw(script).raw("</script>\n</body>\n</html>\n");
    return page.toString();
  }

  /** The line above a page's title: our name, and what the page is of. */
  public static void kicker(Html html, List<String> of) {
    html.open("p.kicker").raw(MARK).text("Collapsar");
    of.forEach(word -> html.element("span", word));
    html.close("p");
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
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
