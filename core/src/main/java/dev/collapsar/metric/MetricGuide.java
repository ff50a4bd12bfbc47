package dev.collapsar.metric;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a person reads a metric: what a report prints beside its numbers. The definitions themselves
 * stand where the metrics are computed.
 *
 * @param meaning one sentence for someone who has not seen the formula
 * @param ideal where the number goes as collapse becomes complete (or learning succeeds), such as
 *     {@code 0}; empty where there is no such limit
 */
public record MetricGuide(
    String id, String title, Group group, Scale scale, String meaning, String ideal) {
  /** The axis that shows the metric's changes. */
  public enum Scale {
    LINEAR,
    /** Falls by orders of magnitude. */
    LOG,
    /** A share of samples, said in percent. */
    PERCENT
  }

  /** What a metric speaks of, in the order in which a reader wants it. */
  public enum Group {
    LEARNING("Learning"),
    WITHIN("NC1 · variability collapse"),
    MEANS("NC2 · simplex of means"),
    DUALITY("NC3 · self-duality"),
    DECISION("NC4 · nearest class mean"),
    OUTSIDE("NC5 · outsiders"),
    RANK("Effective rank"),
    ALIGNMENT("Adapter alignment"),
    FEEDBACK("Feedback alignment"),
    OTHER("Other measures");

    private final String title;

    Group(String title) {
      this.title = title;
    }

    public String title() {
      return title;
    }
  }

  private static final Pattern CALIBRATED =
      Pattern.compile("(.+)_(null_mean|null_std|null_std_analytic|z|p)");
  private static final Pattern ANGLE = Pattern.compile("align_angle_(\\d+)");
  private static final Pattern LAYER = Pattern.compile("(.+)_l(\\d+)");

  private static final Map<String, MetricGuide> KNOWN = read();

  private static Map<String, MetricGuide> read() {
    try (InputStream in = MetricGuide.class.getResourceAsStream("guide.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" \\| ", -1))
          .map(
              f ->
                  new MetricGuide(
                      f[0],
                      f[4],
                      Group.valueOf(f[1]),
                      Scale.valueOf(f[2]),
                      f[5],
                      f[3].equals("-") ? "" : f[3]))
          .collect(Collectors.toUnmodifiableMap(MetricGuide::id, Function.identity()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The guide to any id; one that is not known here is its own title. */
  public static MetricGuide of(String id) {
    MetricGuide known = KNOWN.get(id);
    if (known != null) {
      return known;
    }
    Matcher calibrated = CALIBRATED.matcher(id);
    if (calibrated.matches()) {
      return of(calibrated.group(1)).calibrated(id, calibrated.group(2));
    }
    Matcher angle = ANGLE.matcher(id);
    if (angle.matches()) {
      return new MetricGuide(
          id,
          "Principal angle " + angle.group(1),
          Group.ALIGNMENT,
          Scale.LINEAR,
          "Angle between the update's subspace and the means', the smallest first, in radians.",
          "");
    }
    Matcher layer = LAYER.matcher(id);
    if (layer.matches() && KNOWN.containsKey(layer.group(1))) {
      MetricGuide all = KNOWN.get(layer.group(1));
      return new MetricGuide(
          id,
          all.title() + ", layer " + layer.group(2),
          all.group(),
          all.scale(),
          all.meaning(),
          all.ideal());
    }
    return new MetricGuide(id, id, Group.OTHER, Scale.LINEAR, "", "");
  }

  private MetricGuide calibrated(String id, String column) {
    return switch (column) {
      case "null_mean" ->
          new MetricGuide(id, title + ": chance", group, scale, "Mean under the null.", "");
      case "null_std" ->
          new MetricGuide(
              id, title + ": spread of chance", group, scale, "Deviation under the null.", "");
      case "null_std_analytic" ->
          new MetricGuide(
              id,
              title + ": spread of chance, computed",
              group,
              scale,
              "Deviation under fresh matrices, to first order.",
              "");
      case "z" ->
          new MetricGuide(
              id, title + ": z", group, Scale.LINEAR, "Deviations of the null above its mean.", "");
      default ->
          new MetricGuide(
              id,
              title + ": p",
              group,
              Scale.LOG,
              "Share of the null at least as extreme: (1 + #)/(1 + draws).",
              "");
    };
  }
}
