package dev.collapsar.board;

import com.fasterxml.jackson.annotation.JsonFormat;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.report.Palette;
import java.util.List;
import java.util.Map;

/**
 * The content of a board, as the page's script reads it.
 *
 * @param title the directory's name
 * @param live whether somebody serves it, so that asking again is worth while
 * @param metrics the columns of numbers
 * @param settings the keys of those that differ, and {@code seed} if that does
 * @param colours of the variants, by name
 * @param studies those in the directory, by name, and where their pages are
 */
record BoardState(
    String title,
    boolean live,
    List<Column> metrics,
    List<String> settings,
    Map<String, Palette.Swatch> colours,
    Map<String, String> studies,
    List<Run> runs) {
  /** A number that sums a run up. */
  record Column(
      String id, String title, String meaning, MetricInfo.Axis axis, MetricInfo.Direction better) {}

  /** How a run is doing. */
  enum Status {
    RUNNING,
    COMPLETE,
    INTERRUPTED,
    FAILED,
    /** It says that it runs, and no process does. */
    BROKEN_OFF,
    /** It has no record as yet. */
    STARTING,
    UNREADABLE
  }

  /**
   * A run directory.
   *
   * @param name its path below the board's directory
   * @param study the name of the study that it is of, or empty
   * @param page where its page is, or null
   * @param problem why it cannot be read, or null
   * @param settings those that differ, as text
   */
  record Run(
      String name,
      String study,
      String page,
      Status status,
      String problem,
      String recipe,
      String title,
      String started,
      Double seconds,
      Map<String, String> settings,
      List<Variant> variants) {}

  /**
   * A variant of it.
   *
   * @param last whether nothing starts from it
   * @param epoch the last that was measured
   * @param numbers by metric, where it was measured
   */
  record Variant(String name, String stage, boolean last, int epoch, Map<String, Value> numbers) {}

  /**
   * The last value of a number, and how it got there.
   *
   * @param value null where undefined; {@code note} says why
   * @param low null without an interval
   * @param corrected null, or the value that the interval is of if that is not the number's own
   */
  record Value(
      Double value, Double low, Double high, Double corrected, String note, List<Point> curve) {}

  @JsonFormat(shape = JsonFormat.Shape.ARRAY)
  record Point(int epoch, double value) {}
}
