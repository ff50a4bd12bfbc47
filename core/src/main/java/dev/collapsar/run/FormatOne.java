package dev.collapsar.run;

import dev.collapsar.calibration.NullColumns;
import dev.collapsar.metric.Alignment;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.metric.MetricInfo.Headline;
import dev.collapsar.metric.MetricInfo.Samples;
import dev.collapsar.metric.Metrics;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The descriptions of the numbers of a record of format 1. Such a record names them and says no
 * more, so what was known of them when it was written stands here, by their names alone; nothing is
 * added to it.
 */
final class FormatOne {
  private static final String SHUFFLED = "shuffled";
  private static final Pattern CALIBRATED =
      Pattern.compile("(.+?)(_shuffled)?_(null_mean|null_std|null_std_analytic|z|p)");
  private static final Pattern ANGLE = Pattern.compile("align_angle_(\\d{1,6})");
  private static final Pattern LAYER = Pattern.compile("(.+)_l(\\d{1,6})");
  private static final Map<String, Column> COLUMNS =
      Map.of(
          "null_mean", Column.MEAN,
          "null_std", Column.STD,
          "null_std_analytic", Column.STD_ANALYTIC,
          "z", Column.Z,
          "p", Column.P);
  private static final Map<String, MetricInfo> KNOWN = known();

  private FormatOne() {}

  private static Map<String, MetricInfo> known() {
    Map<String, MetricInfo> known = new HashMap<>();
    Metrics.infos().forEach(info -> known.put(info.id(), info));
    try (InputStream in = FormatOne.class.getResourceAsStream("format-1-metrics.txt")) {
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> info(line.split(" \\| ", -1)))
          .forEach(info -> known.put(info.id(), info));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return known;
  }

  /** Of a line {@code id | group | axis | ideal | title | meaning}, and a headline on some. */
  private static MetricInfo info(String[] line) {
    MetricInfo info =
        MetricInfo.of(line[0], line[4], Group.valueOf(line[1]), line[5])
            .on(line[2].equals("PERCENT") ? Axis.SHARE : Axis.valueOf(line[2]));
    String ideal = line[3];
    if (!ideal.equals("-")) {
      info = ideal.startsWith("1") ? info.rising(ideal) : info.falling(ideal);
    }
    if (line.length < 7) {
      return info;
    }
    String[] headline = line[6].split(" ");
    return info.headlined(
        Integer.parseInt(headline[0]),
        Samples.valueOf(headline[1]),
        headline.length > 2 ? headline[2] : "");
  }

  /** What each of these rows' metrics is, once each, in their order. */
  static List<MetricInfo> infos(List<RunRecord.Row> rows) {
    return rows.stream().map(RunRecord.Row::metric).distinct().map(FormatOne::of).toList();
  }

  /** The same metrics, with the places in a summary that early records of format 2 do not tell. */
  static List<MetricInfo> headlined(List<MetricInfo> metrics) {
    return metrics.stream()
        .map(
            metric -> {
              Headline known = of(metric.id()).headline();
              return known == null
                  ? metric
                  : metric.headlined(known.place(), known.samples(), known.topic());
            })
        .toList();
  }

  /** What a metric is; of one that is not known, its name alone. */
  static MetricInfo of(String id) {
    MetricInfo known = KNOWN.get(id);
    if (known != null) {
      return known;
    }
    Matcher calibrated = CALIBRATED.matcher(id);
    if (calibrated.matches()) {
      MetricInfo of = of(calibrated.group(1));
      NullColumns columns =
          calibrated.group(2) == null
              ? NullColumns.of(of)
              : NullColumns.of(of, SHUFFLED, "shuffled labels");
      return columns.info(COLUMNS.get(calibrated.group(3)));
    }
    Matcher angle = ANGLE.matcher(id);
    if (angle.matches()) {
      return Alignment.angle(Integer.parseInt(angle.group(1)));
    }
    Matcher layer = LAYER.matcher(id);
    return layer.matches() && KNOWN.containsKey(layer.group(1))
        ? KNOWN.get(layer.group(1)).ofLayer(Integer.parseInt(layer.group(2)))
        : MetricInfo.unknown(id);
  }
}
