package dev.collapsar.study;

import dev.collapsar.inference.SeedValues.Scale;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Values of an arm, or of an arm and its control, run by run, on their way to one number a seed.
 */
final class Pairs {
  /** A value and what it is held against in the same run, or in the one with the same seeds. */
  private record Pair(long seed, double value, double control) {}

  private final List<Pair> pairs = new ArrayList<>();
  private final List<String> left = new ArrayList<>();

  /** A value by itself; a row without one is noted, a run that did not measure it is not. */
  void add(StudyRun run, Optional<RunRecord.Row> row) {
    row.flatMap(found -> value(run, found)).ifPresent(v -> pairs.add(new Pair(run.seed(), v, 1)));
  }

  /** A value and its control; where one is missing there is no pair. */
  void add(StudyRun run, Optional<RunRecord.Row> row, Optional<RunRecord.Row> control) {
    if (row.isEmpty()) {
      return;
    }
    if (control.isEmpty()) {
      left.add(run.name() + " has no control");
      return;
    }
    Optional<Double> value = value(run, row.get());
    Optional<Double> other = value.isEmpty() ? value : value(run, control.get());
    other.ifPresent(c -> pairs.add(new Pair(run.seed(), value.get(), c)));
  }

  private Optional<Double> value(StudyRun run, RunRecord.Row row) {
    if (row.value() == null) {
      left.add(run.name() + ": " + row.note());
    }
    return Optional.ofNullable(row.value());
  }

  /** The values alone. */
  SeedMeans values(MetricInfo info) {
    Scale scale = Scales.of(info, pairs.stream().mapToDouble(Pair::value));
    Map<Long, List<Double>> bySeed = new TreeMap<>();
    for (Pair pair : pairs) {
      bySeed.computeIfAbsent(pair.seed, s -> new ArrayList<>()).add(pair.value);
    }
    return SeedMeans.of(scale, bySeed, left);
  }

  /** Ratios to the controls or, on the raw scale, differences from them. */
  SeedMeans apart(MetricInfo info) {
    Scale scale =
        Scales.of(info, pairs.stream().mapToDouble(pair -> Math.min(pair.value, pair.control)));
    Map<Long, List<Double>> bySeed = new TreeMap<>();
    for (Pair pair : pairs) {
      double apart =
          scale == Scale.LOGARITHMIC ? pair.value / pair.control : pair.value - pair.control;
      bySeed.computeIfAbsent(pair.seed, s -> new ArrayList<>()).add(apart);
    }
    return SeedMeans.of(scale, bySeed, left);
  }
}
