package dev.collapsar.metric;

import java.util.Locale;
import java.util.Objects;

/**
 * The description of a metric, as plain data: how a report titles it, draws it and explains it, and
 * where its definition comes from. Text that does not apply is empty.
 *
 * @param id the name in files and on the command line, such as {@code nc1_pinv}
 * @param title a few words
 * @param meaning one sentence for someone who has not seen the formula
 * @param group what it speaks of
 * @param axis the axis that shows its changes
 * @param direction where it goes as collapse becomes complete, or learning succeeds
 * @param ideal what it then tends to, such as {@code 0}
 * @param formula in the words of docs/definitions.md
 * @param range the values that it can take, such as {@code [0, inf)}
 * @param source who published it
 * @param undefined where it has no value
 * @param calibrated null, or the number that it is a column beside
 * @param headline null, or its place among the numbers that sum a run up
 */
public record MetricInfo(
    String id,
    String title,
    String meaning,
    Group group,
    Axis axis,
    Direction direction,
    String ideal,
    String formula,
    String range,
    String source,
    String undefined,
    Calibrated calibrated,
    Headline headline) {
  /** The axis that shows a metric's changes. */
  public enum Axis {
    LINEAR,
    /** It falls by orders of magnitude. */
    LOG,
    /** A share of samples, said in percent. */
    SHARE
  }

  /** Where a metric goes as collapse becomes complete, or learning succeeds. */
  public enum Direction {
    FALLS,
    RISES,
    /** Neither way is the better one. */
    NEITHER
  }

  /** What a metric speaks of, in the order in which a reader wants it. */
  public enum Group {
    LEARNING("Learning", "learning"),
    WITHIN("NC1 · variability collapse", "nc1"),
    MEANS("NC2 · simplex of means", "nc2"),
    DUALITY("NC3 · self-duality", "nc3"),
    DECISION("NC4 · nearest class mean", "nc4"),
    OUTSIDE("NC5 · outsiders", "nc5"),
    RANK("Effective rank", "rank"),
    ALIGNMENT("Adapter alignment", "alignment"),
    FEEDBACK("Feedback alignment", "feedback"),
    OTHER("Other measures", "other");

    private final String title;
    private final String family;

    Group(String title, String family) {
      this.title = title;
      this.family = family;
    }

    public String title() {
      return title;
    }

    /** One word, by which trackers group their charts. */
    public String family() {
      return family;
    }
  }

  /** A column beside an observed number: chance, noise, another network on the same samples. */
  public enum Column {
    /** The mean of the draws. */
    MEAN,
    /** Their standard deviation. */
    STD,
    /** Their standard deviation as a formula gives it. */
    STD_ANALYTIC,
    /** The median of the draws. */
    MEDIAN,
    /** Below which 2.5% of them lie. */
    LOW,
    /** Above which 2.5% of them lie. */
    HIGH,
    /** The observed number over the median. */
    RATIO,
    /** What a formula says that chance gives, without a draw. */
    CLOSED_FORM,
    /** The observed number in deviations above the mean. */
    Z,
    /** How often chance is at least as extreme. */
    P,
    /** The number less the noise of the samples. */
    CORRECTED,
    /** Where the 95% interval around that begins. */
    CORRECTED_LOW,
    /** Where it ends. */
    CORRECTED_HIGH,
    /** Where the 95% interval around the number itself begins. */
    INTERVAL_LOW,
    /** Where it ends. */
    INTERVAL_HIGH,
    /** The number less that of the network that this one began as, on the same samples. */
    CHANGE,
    /** Where the 95% interval around that begins. */
    CHANGE_LOW,
    /** Where it ends. */
    CHANGE_HIGH,
    /** How often two networks that err alike differ as much. */
    CHANGE_P,
    /** The share of samples that only the network it began as decides right. */
    FORGOTTEN,
    /** The share of samples that only this one decides right. */
    GAINED
  }

  /**
   * That a number stands beside another.
   *
   * @param metric the id of the number that was observed
   * @param chance the name of the null, empty for the first one of the metric and for what is no
   *     chance
   */
  public record Calibrated(String metric, String chance, Column column) {}

  /** Which samples an accuracy is of, the later the more a run is about it. */
  public enum Samples {
    /** It is no accuracy. */
    NONE,
    TRAINING,
    TEST,
    /** Test samples from elsewhere than the training samples, for which a network was adapted. */
    SHIFTED_TEST;

    /** What such a set of samples is called: {@code shifted test}. */
    public String set() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /**
   * That a number sums a run up.
   *
   * @param place among the others, from 1
   * @param topic what a sentence about its course is about; empty if none is said
   */
  public record Headline(int place, Samples samples, String topic) {}

  public MetricInfo {
    Objects.requireNonNull(id, "id");
    title = title == null ? id : title;
    meaning = text(meaning);
    group = group == null ? Group.OTHER : group;
    axis = axis == null ? Axis.LINEAR : axis;
    direction = direction == null ? Direction.NEITHER : direction;
    ideal = text(ideal);
    formula = text(formula);
    range = text(range);
    source = text(source);
    undefined = text(undefined);
  }

  private static String text(String given) {
    return given == null ? "" : given;
  }

  /** On a linear axis, with no direction, and without a definition as yet. */
  public static MetricInfo of(String id, String title, Group group, String meaning) {
    return new MetricInfo(
        id, title, meaning, group, null, null, null, null, null, null, null, null, null);
  }

  /** Of a number that nothing is known of: it is its own title. */
  public static MetricInfo unknown(String id) {
    return of(id, id, Group.OTHER, "");
  }

  /** On this axis. */
  public MetricInfo on(Axis other) {
    return with(other, direction, ideal, formula, range, source, undefined);
  }

  /**
   * Falling.
   *
   * @param to what it tends to, empty if nothing
   */
  public MetricInfo falling(String to) {
    return with(axis, Direction.FALLS, to, formula, range, source, undefined);
  }

  /**
   * Rising.
   *
   * @param to what it tends to, empty if nothing
   */
  public MetricInfo rising(String to) {
    return with(axis, Direction.RISES, to, formula, range, source, undefined);
  }

  /** With this direction, and nothing that it tends to. */
  public MetricInfo towards(Direction other) {
    return with(axis, other, "", formula, range, source, undefined);
  }

  /** Defined so, with values in this range. */
  public MetricInfo defined(String asFormula, String inRange) {
    return with(axis, direction, ideal, asFormula, inRange, source, undefined);
  }

  /** Published there. */
  public MetricInfo from(String publication) {
    return with(axis, direction, ideal, formula, range, publication, undefined);
  }

  /** Without a value there. */
  public MetricInfo undefinedWhere(String condition) {
    return with(axis, direction, ideal, formula, range, source, condition);
  }

  private MetricInfo with(
      Axis otherAxis,
      Direction otherDirection,
      String otherIdeal,
      String otherFormula,
      String otherRange,
      String otherSource,
      String otherUndefined) {
    return new MetricInfo(
        id,
        title,
        meaning,
        group,
        otherAxis,
        otherDirection,
        otherIdeal,
        otherFormula,
        otherRange,
        otherSource,
        otherUndefined,
        calibrated,
        headline);
  }

  private MetricInfo with(Calibrated beside, Headline place) {
    return new MetricInfo(
        id, title, meaning, group, axis, direction, ideal, formula, range, source, undefined,
        beside, place);
  }

  /** The same number of something else: another id and title, all else as it is. */
  public MetricInfo renamed(String otherId, String otherTitle) {
    return of(otherId, otherTitle, group, meaning)
        .with(axis, direction, ideal, formula, range, source, undefined)
        .with(calibrated, null);
  }

  /** Among the numbers that sum a run up, at this place. */
  public MetricInfo headlined(int place, Samples samples, String topic) {
    return with(calibrated, new Headline(place, samples, topic));
  }

  /** A column of the same kind beside this number: {@code <id><end>}. */
  public MetricInfo beside(String end, String what, String about, Column column) {
    return of(id + end, title + ": " + what, group, about)
        .on(axis)
        .columnOf(new Calibrated(id, "", column));
  }

  /** Standing beside another number so. */
  public MetricInfo columnOf(Calibrated column) {
    return with(column, null);
  }

  /** The same number of layer l of several: {@code <id>_l<l>}. */
  public MetricInfo ofLayer(int l) {
    return renamed(id + "_l" + l, title + ", layer " + l);
  }

  /** Whether it is, for the number of this id, this column of its first null. */
  public boolean isOf(String metric, Column column) {
    return calibrated != null
        && calibrated.metric.equals(metric)
        && calibrated.chance.isEmpty()
        && calibrated.column == column;
  }
}
