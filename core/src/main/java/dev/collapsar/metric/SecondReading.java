package dev.collapsar.metric;

import static dev.collapsar.metric.MetricId.*;

import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.CollapseOptions.Averaging;
import dev.collapsar.stats.Accumulator;
import dev.collapsar.stats.Both;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.DecisionAccumulator;
import dev.collapsar.stats.DecisionRule;
import dev.collapsar.stats.Decisions;
import dev.collapsar.stats.Deviations;
import dev.collapsar.stats.FewClasses;
import dev.collapsar.stats.FewClassesAccumulator;
import dev.collapsar.stats.Projection;
import dev.collapsar.stats.ProjectionAccumulator;
import dev.collapsar.stats.ScatterAccumulator;
import dev.collapsar.stats.TablePass;
import dev.collapsar.stats.WithinProjection;
import dev.collapsar.stats.Workers;
import java.util.BitSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * All that goes back to the samples: the training features are read once more for everything
 * together, or not at all if nothing needs it; test features once.
 */
final class SecondReading {
  private static final int FEWEST_ROWS = 64;
  private static final int MOST_ROWS = 512;

  private final Collapse inputs;
  private final ClassMoments moments;
  private final int[] measured;
  private final Spread spread;
  private final MetricSheet sheet;
  private final Blas blas;
  private final Workers workers;
  private final int classes;
  private final int width;

  SecondReading(
      Collapse inputs,
      ClassMoments moments,
      int[] measured,
      Spread spread,
      MetricSheet sheet,
      Blas blas,
      Workers workers) {
    this.inputs = inputs;
    this.moments = moments;
    this.measured = measured;
    this.spread = spread;
    this.sheet = sheet;
    this.blas = blas;
    this.workers = workers;
    classes = moments.classes();
    width = moments.width();
  }

  void measure() {
    if (inputs.decided() == null) {
      sheet.undefined("needs features to decide on", NC4_AGREE, NC4_MISMATCH);
    }
    if (inputs.train() == null) {
      fromScatter();
    }
    boolean decide = sheet.wants(NC4_AGREE, NC4_MISMATCH);
    try (DecisionRule rule =
        decide ? new DecisionRule(moments, inputs.weights(), inputs.bias(), blas) : null) {
      DecisionRule together = inputs.decided() == inputs.train() ? rule : null;
      if (spread.needsProjection()) {
        project(together);
      } else if (spread.needsScatter()) {
        Deviations deviations = deviations();
        train(
            () -> new ScatterAccumulator(deviations, blas),
            within -> spread.scatter(within.scatter()),
            3L * Double.BYTES * width * width,
            together);
      }
      if (sheet.wants(NC4_AGREE, NC4_MISMATCH)) {
        int rows = blockRows(2 * classes);
        agreement(
            TablePass.over(
                inputs.decided(), rows, 0, workers, () -> new DecisionAccumulator(rule, rows)));
      }
    }
  }

  /** Without the training features there is the scatter of their moments, or nothing. */
  private void fromScatter() {
    boolean all =
        IntStream.range(0, classes).filter(k -> moments.count(k) > 0).count() == measured.length;
    if (spread.needsProjection() || spread.needsScatter()) {
      if (all && moments.scatter().isPresent()) {
        spread.scatter(moments.scatter().get());
      } else {
        String reason = "needs the features, or moments with the scatter of the measured classes";
        sheet.undefined(reason, Need.SPECTRUM);
        sheet.undefined(reason, Spread.RATIOS);
      }
    }
  }

  private void project(DecisionRule rule) {
    try (Projection projection =
        new Projection(deviations(), spread.between().directions(), blas)) {
      Matrix coefficients = spread.between().coefficients().orElse(null);
      if (rule != null
          && coefficients != null
          && measured.length == classes
          && classes <= FewClasses.MOST) {
        few(projection, rule, coefficients);
      } else {
        int rows = blockRows(projection.rank());
        train(
            () -> new ProjectionAccumulator(projection, rows),
            within -> spread.projection(within.sumOfSquares()),
            0,
            rule);
      }
    }
  }

  private void few(Projection projection, DecisionRule rule, Matrix coefficients) {
    int unpacked = Blas.UNPACKED / (2 * classes * width);
    int rows = unpacked < FEWEST_ROWS ? blockRows(2 * classes) : Math.min(MOST_ROWS, unpacked);
    try (FewClasses few = new FewClasses(projection, rule, spread.centred(), coefficients)) {
      Both.Snapshots<WithinProjection, Decisions> found =
          TablePass.over(
              inputs.train(), rows, 0, workers, () -> new FewClassesAccumulator(few, rows));
      spread.projection(found.first().sumOfSquares());
      agreement(found.second());
    }
  }

  /** The training features once more, for this and the decisions if there is a rule. */
  private <S> void train(
      Supplier<Accumulator<LabeledBatch, S>> within,
      Consumer<S> found,
      long stateBytes,
      DecisionRule rule) {
    FeatureTable table = inputs.train();
    int rows = blockRows(2 * classes);
    if (rule == null) {
      found.accept(TablePass.over(table, rows, stateBytes, workers, within));
    } else {
      Both.Snapshots<S, Decisions> both =
          TablePass.over(
              table,
              rows,
              stateBytes,
              workers,
              () -> new Both<>(within.get(), new DecisionAccumulator(rule, rows)));
      found.accept(both.first());
      agreement(both.second());
    }
  }

  private Deviations deviations() {
    BitSet chosen = new BitSet();
    IntStream.of(measured).forEach(chosen::set);
    return new Deviations(moments, chosen);
  }

  /**
   * Rows per product with so many vectors: enough to be worth the library's packing of the vectors,
   * otherwise few enough for the second-level cache.
   */
  private int blockRows(int vectors) {
    return Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, Math.max((1 << 17) / width, vectors / 2)));
  }

  private void agreement(Decisions decisions) {
    boolean byClass = inputs.options().averaging() == Averaging.CLASSES;
    long samples = 0;
    long agreements = 0;
    double shares = 0;
    for (int k : measured) {
      samples += decisions.samples(k);
      agreements += decisions.agreements(k);
      if (byClass && decisions.samples(k) == 0) {
        sheet.undefined("class %d has no test samples".formatted(k), NC4_AGREE, NC4_MISMATCH);
        return;
      }
      shares += (double) decisions.agreements(k) / decisions.samples(k);
    }
    if (samples == 0) {
      sheet.undefined("the measured classes have no test samples", NC4_AGREE, NC4_MISMATCH);
    } else if (byClass) {
      sheet.define(NC4_AGREE, shares / measured.length);
      sheet.define(NC4_MISMATCH, 1 - shares / measured.length);
    } else {
      sheet.define(NC4_AGREE, (double) agreements / samples);
      sheet.define(NC4_MISMATCH, (double) (samples - agreements) / samples);
    }
  }
}
