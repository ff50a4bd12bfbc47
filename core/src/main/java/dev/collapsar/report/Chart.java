package dev.collapsar.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * What the page's script draws, in data alone: it knows axes, lines and stages, and nothing of
 * metrics.
 *
 * @param scatter single points with their names, in place of lines through them
 * @param gaps what has no point, in words
 */
record Chart(
    String id, String title, Axis x, Axis y, boolean scatter, List<Line> lines, List<String> gaps) {
  enum Kind {
    EPOCH,
    SECONDS,
    VALUE,
    LOG,
    PERCENT
  }

  record Axis(String name, Kind kind) {}

  /**
   * Points of one series in one stage, or, if that is null, whatever stage is shown; {@code hollow}
   * sets a second quantity apart.
   */
  record Line(int series, String stage, String name, boolean hollow, List<Point> points) {}

  /** {@code note} says more on hovering. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Point(double x, double y, String note) {}

  /** Whether a line has a course: before and after are two numbers, not a chart. */
  boolean isCourse() {
    return lines.stream().anyMatch(line -> line.points.size() > 2);
  }
}
