package dev.collapsar.report;

import dev.collapsar.run.ReportItem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Exhibits that belong to no run, as one HTML page that needs nothing else: no script, no network,
 * no other file. Text in them is never markup.
 */
public final class ReportItemPage {
  private ReportItemPage() {}

  /**
   * @param introduction a paragraph each, under the title
   * @param items verdicts, grids and tables
   */
  public static String render(
      String title, List<String> introduction, List<? extends ReportItem> items) {
    Html main = new Html();
    main.element("h1", title);
    introduction.forEach(paragraph -> main.element("p.intro", paragraph));
    ReportItemSections.write(main, List.copyOf(items));
    return of(title, main, "");
  }

  /**
   * Any page without scripts.
   *
   * @param main what it shows
   * @param moreStyle rules of its own, behind those of all pages
   */
  public static String of(String title, Html main, String moreStyle) {
    Html page = new Html();
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.open(
        "meta",
        "http-equiv",
        "Content-Security-Policy",
        "content",
        "default-src 'none'; style-src 'unsafe-inline'");
    page.raw("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    page.element("title", title);
    page.raw("<style>\n").raw(styles()).raw(moreStyle).raw("</style>\n</head>\n<body>\n");
    page.open("main").raw(main.toString()).close("main").raw("</body>\n</html>\n");
    return page.toString();
  }

  private static String styles() {
    try (InputStream in = ReportItemPage.class.getResourceAsStream("report.css")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
