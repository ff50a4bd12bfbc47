package dev.collapsar.report;

import dev.collapsar.run.ReportItem;
import java.util.List;

/**
 * Report items that belong to no run, as one HTML page that needs nothing else: no script, no
 * network, no other file. Text in them is never markup.
 */
public final class ReportItemPage {
  private ReportItemPage() {}

  /**
   * @param introduction a paragraph each, under the title
   * @param items answers, heatmaps and tables
   */
  public static String render(
      String title, List<String> introduction, List<? extends ReportItem> items) {
    Html main = new Html();
    main.element("h1", title);
    introduction.forEach(paragraph -> main.element("p.intro", paragraph));
    ReportItemSections.write(main, List.copyOf(items));
    return Page.still(title, main, "");
  }
}
