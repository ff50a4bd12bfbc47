package dev.collapsar.report;

import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One variant of one run: what has a line in every chart and a row in every table.
 *
 * @param run the index of its run among those reported
 * @param stroke that of its group among the runs that differ in more than their seeds
 * @param label the variant's name, with the run's before it where several are compared
 * @param before whether later stages start from it
 * @param shape which mark it has, the same for a variant in every run
 */
record VariantSeries(
    int run,
    int stroke,
    String label,
    RunRecord record,
    RunRecord.Variant variant,
    boolean before,
    int shape,
    Palette.Swatch colour,
    MetricHistory history) {
  /** The subjects of all runs, in the order in which they ran. */
  static List<VariantSeries> of(List<NamedRun> runs) {
    List<String> names = new ArrayList<>();
    List<String> starts = new ArrayList<>();
    for (NamedRun run : runs) {
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
    RunGroups groups = RunGroups.of(runs);
    List<VariantSeries> subjects = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      RunRecord record = runs.get(i).record();
      MetricHistory history = MetricHistory.of(record.measurements());
      for (RunRecord.Variant variant : record.variants()) {
        String label =
            runs.size() == 1 ? variant.name() : runs.get(i).name() + " / " + variant.name();
        subjects.add(
            new VariantSeries(
                i,
                groups.of(i),
                label,
                record,
                variant,
                isBefore(record, variant),
                names.indexOf(variant.name()),
                colours.get(variant.name()),
                history.variant(variant.name()).stage(variant.stage())));
      }
    }
    return subjects;
  }

  /** The same variant as it was measured in other stages than its own. */
  List<VariantSeries> inOtherStages() {
    MetricHistory all = MetricHistory.of(record.measurements()).variant(variant.name());
    return record.measurements().stream()
        .filter(row -> row.variant().equals(variant.name()))
        .map(RunRecord.Row::stage)
        .distinct()
        .filter(stage -> record.variants().stream().noneMatch(v -> v.stage().equals(stage)))
        .map(
            stage ->
                new VariantSeries(
                    run,
                    stroke,
                    label + ", " + stage,
                    record,
                    variant,
                    before,
                    shape,
                    colour,
                    all.stage(stage)))
        .toList();
  }

  private static boolean isBefore(RunRecord record, RunRecord.Variant variant) {
    RunRecord.Variant last = record.variants().get(record.variants().size() - 1);
    return !variant.stage().equals(last.stage());
  }

  /** The layers in which a metric was measured, in the order of measuring. */
  List<String> layers(String metric) {
    return history.layers(metric);
  }

  List<RunRecord.Row> rows(MetricHistory.Key key) {
    return history.series(key.metric(), key.layer()).rows();
  }

  /** The last row of a metric of the whole network or, failing that, of its last layer. */
  Optional<RunRecord.Row> last(String metric) {
    List<RunRecord.Row> rows = history.series(metric).rows();
    return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(rows.size() - 1));
  }

  /** The metric's last value; empty if it is not measured or undefined. */
  OptionalDouble end(String metric) {
    return history.last(metric);
  }

  /** The metric's value before the first step. */
  OptionalDouble start(String metric) {
    return history.first(metric);
  }

  int lastEpoch() {
    List<Integer> epochs = history.epochs();
    return epochs.isEmpty() ? 0 : epochs.get(epochs.size() - 1);
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
