package dev.collapsar.report.measured;

import dev.collapsar.metric.CollapseReport;
import dev.collapsar.report.Html;
import dev.collapsar.report.Numbers;
import dev.collapsar.report.Page;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A measurement of features as one HTML page that needs nothing else: no script, no network, no
 * other file. Its figures are drawings in the page.
 */
public final class MeasuredPage {
  private MeasuredPage() {}

  /** The part of the page that is of one layer, while its features can be read. */
  public static String part(MeasuredFeatures subject) {
    Html html = new Html();
    if (!subject.layer().isEmpty()) {
      html.open("section").element("h2.layer", "Layer " + subject.layer()).close("section");
    }
    CollapseReport report = subject.measured().report();
    html.element("p.intro.counts", counts(report));
    new NumbersTable(report, subject.evidence()).write(html);
    html.open("section").element("h2", "Class means and their surroundings");
    html.open("div.panels.wide");
    new PlaneFigure(subject).write(html);
    new GramFigure(subject).write(html);
    new SpectraFigure(subject).write(html);
    html.close("div").close("section");
    new ClassTable(subject).write(html);
    return html.toString();
  }

  /**
   * The page.
   *
   * @param title what was measured, in a few words
   * @param notes what a reader must know, a sentence each
   * @param parts of each layer
   * @param origin where the numbers come from, by name: texts, maps, or lists of them
   */
  public static String render(
      String title, List<String> notes, List<String> parts, Map<String, Object> origin) {
    Html html = new Html();
    Page.kicker(html, List.of("measure"));
    html.element("h1", title);
    if (!notes.isEmpty()) {
      html.open("ul.notes");
      notes.forEach(note -> html.element("li", note));
      html.close("ul");
    }
    parts.forEach(html::raw);
    new OriginSection(origin).write(html);
    return Page.still(title, html, styles());
  }

  private static String counts(CollapseReport report) {
    String others =
        (report.testSamples() > 0
                ? ", %s test samples".formatted(Numbers.count(report.testSamples()))
                : "")
            + (report.oodSamples() > 0
                ? ", %s out-of-distribution samples".formatted(Numbers.count(report.oodSamples()))
                : "");
    return "%s samples, %s of %s classes, %s dimensions%s."
        .formatted(
            Numbers.count(report.samples()),
            report.classesMeasured(),
            report.classes(),
            Numbers.count(report.dimensions()),
            others);
  }

  private static String styles() {
    try (InputStream in = MeasuredPage.class.getResourceAsStream("measured.css")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
