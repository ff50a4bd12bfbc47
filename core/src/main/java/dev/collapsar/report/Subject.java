package dev.collapsar.report;

import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One variant of one run: what has a line in every chart and a row in every table.
 *
 * @param run the index of its run among those reported
 * @param label the variant's name, with the run's before it where several are compared
 * @param before whether later stages start from it
 * @param shape which mark it has, the same for a variant in every run
 */
record Subject(
    int run,
    String label,
    RunRecord record,
    RunRecord.Variant variant,
    boolean before,
    int shape,
    Palette.Swatch colour,
    Map<Subject.Key, List<RunRecord.Row>> rows) {
  /** What is measured, and on which tap (empty for the network as a whole). */
  record Key(String metric, String layer) {
    private static final String NULL_MEAN = "_null_mean";
    private static final String NULL_DEVIATION = "_null_std";

    Key nullMean() {
      return new Key(metric + NULL_MEAN, layer);
    }

    Key nullDeviation() {
      return new Key(metric + NULL_DEVIATION, layer);
    }

    /** Whether this is the mean or the deviation of the null of one of the others. */
    boolean isOfNullOf(Collection<Key> others) {
      return (metric.endsWith(NULL_MEAN) || metric.endsWith(NULL_DEVIATION))
          && others.contains(new Key(metric.replaceFirst("_null_(mean|std)$", ""), layer));
    }
  }

  /** The subjects of all runs, in the order in which they ran. */
  static List<Subject> of(List<HtmlReport.Run> runs) {
    List<String> names = new ArrayList<>();
    List<String> starts = new ArrayList<>();
    for (HtmlReport.Run run : runs) {
      for (RunRecord.Variant variant : run.record().variants()) {
        if (!names.contains(variant.name())) {
          names.add(variant.name());
          if (isBefore(run.record(), variant)) {
            starts.add(variant.name());
          }
        }
      }
    }
    Map<String, Palette.Swatch> colours = Palette.assign(names, starts);
    List<Subject> subjects = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      RunRecord record = runs.get(i).record();
      for (RunRecord.Variant variant : record.variants()) {
        String label =
            runs.size() == 1 ? variant.name() : runs.get(i).name() + " / " + variant.name();
        subjects.add(
            new Subject(
                i,
                label,
                record,
                variant,
                isBefore(record, variant),
                names.indexOf(variant.name()),
                colours.get(variant.name()),
                rowsOf(record, variant)));
      }
    }
    return subjects;
  }

  private static boolean isBefore(RunRecord record, RunRecord.Variant variant) {
    RunRecord.Variant last = record.variants().get(record.variants().size() - 1);
    return !variant.stage().equals(last.stage());
  }

  private static Map<Key, List<RunRecord.Row>> rowsOf(RunRecord record, RunRecord.Variant variant) {
    Map<Key, List<RunRecord.Row>> rows = new LinkedHashMap<>();
    for (RunRecord.Row row : record.measurements()) {
      if (row.variant().equals(variant.name()) && row.stage().equals(variant.stage())) {
        rows.computeIfAbsent(new Key(row.metric(), row.layer()), k -> new ArrayList<>()).add(row);
      }
    }
    return rows;
  }

  /** The layers in which a metric was measured, in the order of measuring. */
  List<String> layers(String metric) {
    return rows.keySet().stream()
        .filter(key -> key.metric().equals(metric) && !key.layer().isEmpty())
        .map(Key::layer)
        .toList();
  }

  List<RunRecord.Row> rows(Key key) {
    return rows.getOrDefault(key, List.of());
  }

  /** The last row of a metric of the whole network or, failing that, of its last layer. */
  Optional<RunRecord.Row> last(String metric) {
    return series(metric).map(rows -> rows.get(rows.size() - 1));
  }

  Optional<RunRecord.Row> first(String metric) {
    return series(metric).map(rows -> rows.get(0));
  }

  private Optional<List<RunRecord.Row>> series(String metric) {
    return Optional.ofNullable(rows.get(new Key(metric, "")))
        .or(() -> Optional.ofNullable(rows.get(new Key(metric, lastLayer(metric)))));
  }

  private String lastLayer(String metric) {
    List<String> layers = layers(metric);
    return layers.isEmpty() ? "" : layers.get(layers.size() - 1);
  }

  /** The metric's last value; empty if it is not measured or undefined. */
  Optional<Double> end(String metric) {
    return last(metric).map(RunRecord.Row::value);
  }

  /** The metric's value before the first step. */
  Optional<Double> start(String metric) {
    return first(metric).map(RunRecord.Row::value);
  }

  int lastEpoch() {
    return rows.values().stream()
        .flatMap(List::stream)
        .mapToInt(RunRecord.Row::epoch)
        .max()
        .orElse(0);
  }

  List<RunRecord.Epoch> epochs() {
    return record.epochs().stream()
        .filter(e -> e.variant().equals(variant.name()) && e.stage().equals(variant.stage()))
        .toList();
  }

  double trainSeconds() {
    return epochs().stream().mapToDouble(RunRecord.Epoch::trainSeconds).sum();
  }

  double measureSeconds() {
    return epochs().stream().mapToDouble(RunRecord.Epoch::measureSeconds).sum();
  }
}
