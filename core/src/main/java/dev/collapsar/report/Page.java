package dev.collapsar.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An HTML page that needs nothing else: its style, its script and the charts that the script draws
 * are in it.
 *
 * <p>Text is never markup. Should a mistake make it so, the page's content security policy still
 * runs no script but ours, known by hash, and loads nothing.
 */
public final class Page {
  private static final String ECHARTS = "echarts/echarts.min.js";

  private static final String MARK =
      """
<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="14.2"/>\
<path d="M16 5.5 25.1 21.2H6.9z"/><circle class="dot" cx="16" cy="5.5" r="2.6"/>\
<circle class="dot" cx="25.1" cy="21.2" r="2.6"/>\
<circle class="dot" cx="6.9" cy="21.2" r="2.6"/></svg>
""";

  /** A stage begins at {@code offset} epochs when all are drawn one after the other. */
  public record Stage(String name, int offset) {}

  /** What the script reads: series and charts by index, stages in order. */
  private record Data(List<Plots.Series> series, List<Stage> stages, List<Chart> charts) {}

  /**
   * The style and the script that a page has of its own, as resources beside a class; the style
   * comes after that of all pages.
   */
  public record Looks(Class<?> beside, String style, String script) {}

  private Page() {}

  /**
   * The page's text.
   *
   * @param main what it shows
   * @param plots the charts in it
   */
  public static String of(String title, Html main, Plots plots, List<Stage> stages) {
    String json = json(new Data(plots.series(), stages, plots.charts()));
    List<String> scripts =
        Stream.of(ECHARTS, "report.js", "tools.js")
            .map(name -> resource(Page.class, name))
            .toList();
    return text(title, main, json, "default-src 'none'", "", scripts);
  }

  /**
   * The text of a page without charts.
   *
   * @param json what its script reads in the element {@code data}
   */
  public static String of(String title, Html main, String json, Looks looks) {
    String style = resource(looks.beside, looks.style);
    List<String> scripts = List.of(resource(looks.beside, looks.script));
    return text(title, main, json, "default-src 'none'; connect-src 'self'", style, scripts);
  }

  /**
   * The text of a page without scripts.
   *
   * @param moreStyle rules of its own, behind those of all pages
   */
  public static String still(String title, Html main, String moreStyle) {
    return text(title, main, "default-src 'none'; style-src 'unsafe-inline'", moreStyle, "");
  }

  private static String text(
      String title, Html main, String json, String policy, String moreStyle, List<String> scripts) {
    Html behind = new Html();
    behind.raw("<script type=\"application/json\" id=\"data\">").raw(unmarked(json));
    behind.raw("</script>\n");
    scripts.forEach(script -> behind.raw("<script>").raw(script).raw("</script>\n"));
    String known = scripts.stream().map(Page::hash).collect(Collectors.joining(" "));
    String whole = policy + "; img-src data:; style-src 'unsafe-inline'; script-src " + known;
    return text(title, main, whole, moreStyle, behind.toString());
  }

  private static String text(
      String title, Html main, String policy, String moreStyle, String behind) {
    Html page = new Html();
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.open("meta", "http-equiv", "Content-Security-Policy", "content", policy);
    page.raw("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    page.element("title", title);
    page.raw("<style>\n").raw(resource(Page.class, "report.css")).raw(moreStyle);
    page.raw("</style>\n</head>\n<body>\n");
    page.open("main").raw(main.toString()).close("main").raw(behind).raw("</body>\n</html>\n");
    return page.toString();
  }

  /** The line above a page's title: our name, and what the page is of. */
  public static void kicker(Html html, List<String> of) {
    html.open("p.kicker").raw(MARK).text("Collapsar");
    of.forEach(word -> html.element("span", word));
    html.close("p");
  }

  private static String json(Data data) {
    try {
      return new ObjectMapper().writeValueAsString(data);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("charts are plain data", e);
    }
  }

  /** JSON that no HTML parser can leave: nothing in it looks like a tag, a comment or an entity. */
  private static String unmarked(String json) {
    return json.replace("&", "\\u0026")
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029");
  }

  private static String hash(String script) {
    byte[] digest = new Sha256().add(script).bytes();
    return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
  }

  private static String resource(Class<?> beside, String name) {
    try (InputStream in = beside.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
