package dev.collapsar.calibration;

import static dev.collapsar.metric.DualGeometry.NC3_COS_MEAN;
import static dev.collapsar.metric.DualGeometry.NC3_DUAL_ERR;
import static dev.collapsar.metric.DualGeometry.NC3_FROBENIUS;
import static dev.collapsar.metric.NearestMean.NC4_AGREE;
import static dev.collapsar.metric.NearestMean.NC4_MISMATCH;
import static dev.collapsar.metric.WithinClass.NC1_QUOT;
import static dev.collapsar.metric.WithinClass.NC1_VCI;

import dev.collapsar.metric.CollapseOptions.Averaging;
import dev.collapsar.metric.CollapseOptions.GlobalMean;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.stats.Decisions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The levels of a measurement's numbers that are known without a draw. */
final class KnownLevels {
  private final MeasuredCollapse measured;
  private final long[] counts;

  KnownLevels(MeasuredCollapse measured) {
    this.measured = measured;
    counts = Arrays.stream(measured.measured()).mapToLong(measured.moments()::count).toArray();
  }

  /** By id {@code <id>_null_closed_form}. */
  Map<String, Measurement> columns() {
    Map<String, Double> levels = new LinkedHashMap<>();
    boolean counted = counts.length > 1 && Arrays.stream(counts).allMatch(n -> n > 0);
    if (counted && measured.options().globalMean() == GlobalMean.CLASSES) {
      levels.put(NC1_QUOT.id(), ClosedFormLevels.quot(counts));
      if (Arrays.stream(counts).allMatch(n -> n == counts[0])) {
        levels.put(
            NC1_VCI.id(),
            ClosedFormLevels.vci(Arrays.stream(counts).sum(), measured.report().dimensions()));
      }
      levels.put(NC3_DUAL_ERR.id(), ClosedFormLevels.dualError());
      levels.put(NC3_FROBENIUS.id(), ClosedFormLevels.frobenius());
      levels.put(NC3_COS_MEAN.id(), ClosedFormLevels.cosine());
    }
    agreement()
        .ifPresent(
            level -> {
              levels.put(NC4_AGREE.id(), level);
              levels.put(NC4_MISMATCH.id(), 1 - level);
            });
    Map<String, Measurement> columns = new LinkedHashMap<>();
    for (Measurement number : measured.report().metrics().values()) {
      Double level = levels.get(number.id());
      if (level != null && number instanceof Measurement.Defined) {
        columns.put(
            number.id(),
            Measurement.of(NullColumns.of(number.info()).info(Column.CLOSED_FORM), level));
      }
    }
    return columns;
  }

  /** Of decisions of all samples that count the same. */
  private Optional<Double> agreement() {
    if (measured.options().averaging() != Averaging.SAMPLES) {
      return Optional.empty();
    }
    return measured.decisions().filter(this::areOfMeasured).map(KnownLevels::agreement);
  }

  /** Whether no sample of another class was decided: choices are counted of all together. */
  private boolean areOfMeasured(Decisions decisions) {
    Set<Integer> taken = Arrays.stream(measured.measured()).boxed().collect(Collectors.toSet());
    return IntStream.range(0, measured.report().classes())
        .allMatch(k -> taken.contains(k) || decisions.samples(k) == 0);
  }

  private static double agreement(Decisions decisions) {
    return ClosedFormLevels.agreement(decisions.linearChoices(), decisions.nearestMeanChoices());
  }
}
