package dev.collapsar.report.measured;

import dev.collapsar.report.Html;
import java.util.Locale;

/** A figure of lines, dots and words in a page: SVG that no script draws. */
final class Drawing {
  private final Html html;

  /** Begins a drawing of so many units; the words are what it shows, for those who cannot see. */
  Drawing(Html html, int width, int height, String words) {
    this.html = html;
    html.open(
        "svg.drawing",
        "viewBox",
        "0 0 %s %s".formatted(width, height),
        "role",
        "img",
        "aria-label",
        words);
  }

  void end() {
    html.close("svg");
  }

  void line(String kind, double x1, double y1, double x2, double y2, String style) {
    html.open(
        "line." + kind, "x1", at(x1), "y1", at(y1), "x2", at(x2), "y2", at(y2), "style", style);
    html.close("line");
  }

  void dot(String kind, double x, double y, double radius, String style) {
    html.open("circle." + kind, "cx", at(x), "cy", at(y), "r", at(radius), "style", style);
    html.close("circle");
  }

  void box(String kind, double x, double y, double size, String style, String title) {
    html.open(
        "rect." + kind,
        "x",
        at(x),
        "y",
        at(y),
        "width",
        at(size),
        "height",
        at(size),
        "style",
        style);
    if (!title.isEmpty()) {
      html.element("title", title);
    }
    html.close("rect");
  }

  /**
   * @param anchor {@code start}, {@code middle} or {@code end}
   */
  void word(String kind, double x, double y, String anchor, String text) {
    html.element("text." + kind, text, "x", at(x), "y", at(y), "text-anchor", anchor);
  }

  private static String at(double place) {
    return String.format(Locale.ROOT, "%.2f", place);
  }
}
