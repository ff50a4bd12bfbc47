package dev.collapsar.report;

import com.fasterxml.jackson.annotation.JsonFormat;
import java.util.List;

/**
 * A chart as data for the page's script, which knows axes, lines and stages, and nothing of
 * metrics.
 *
 * @param bands what the lines are to be seen against
 * @param gaps what has no point, in words
 */
public record Chart(
    String id,
    String title,
    Axis x,
    Axis y,
    Form form,
    List<Line> lines,
    List<Band> bands,
    List<String> gaps) {
  /** How lines are drawn. */
  public enum Form {
    LINES,
    /** Single points with their names, in place of lines through them. */
    SCATTER,
    /** A line a layer, to be seen as a map of layer and epoch or as profiles over the layers. */
    LAYERS
  }

  /** How values on an axis are said. */
  public enum Kind {
    EPOCH,
    SECONDS,
    VALUE,
    LOG,
    PERCENT
  }

  /** What it shows, and how. */
  public record Axis(String name, Kind kind) {}

  /**
   * Points of one series in one stage, or, if that is null, whatever stage is shown; {@code hollow}
   * sets a second quantity apart.
   */
  public record Line(int series, String stage, String name, boolean hollow, List<Point> points) {}

  /** {@code y} is null where undefined; {@code note} says why, or says more on hovering. */
  @JsonFormat(shape = JsonFormat.Shape.ARRAY)
  public record Point(double x, Double y, String note) {}

  /** What a band says. */
  public enum Look {
    /** Where a null lies: seen for one series at a time. */
    CHANCE,
    /** How sure a line is: outlined. */
    INTERVAL
  }

  /** A band of one series, in the stage and with the name of its line; its ends are finite. */
  public record Band(int series, String stage, String name, Look look, List<Range> ranges) {}

  @JsonFormat(shape = JsonFormat.Shape.ARRAY)
  public record Range(double x, double low, double high) {}

  /** Whether a line has a course: before and after are two numbers, not a chart. */
  public boolean isCourse() {
    return lines.stream().anyMatch(line -> line.points.size() > 2);
  }
}
