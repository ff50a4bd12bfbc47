package dev.collapsar.metric;

import static dev.collapsar.metric.MetricId.*;

import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.metric.CollapseOptions.Averaging;
import dev.collapsar.stats.Accumulator;
import dev.collapsar.stats.Both;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import dev.collapsar.stats.DecisionAccumulator;
import dev.collapsar.stats.DecisionRule;
import dev.collapsar.stats.Decisions;
import dev.collapsar.stats.Deviations;
import dev.collapsar.stats.Projection;
import dev.collapsar.stats.ProjectionAccumulator;
import dev.collapsar.stats.ScatterAccumulator;
import dev.collapsar.stats.TablePass;
import dev.collapsar.stats.Workers;
import java.util.BitSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The passes of one measurement: the moments of the training features, what follows from them, and
 * one more reading for what goes back to the samples.
 */
final class Passes {
  private final Collapse inputs;
  private final CollapseOptions options;
  private final MetricSheet sheet;
  private final int classes;
  private final int width;

  Passes(Collapse inputs, Set<MetricId> metrics) {
    this.inputs = inputs;
    options = inputs.options();
    classes = inputs.classes();
    width = inputs.train().width();
    sheet = new MetricSheet(metrics);
    if (inputs.weights() == null) {
      sheet.undefined("needs the classifier's weights", Need.WEIGHTS);
    }
    if (inputs.ood() == null) {
      sheet.undefined("needs out-of-distribution features", Need.OOD);
    }
  }

  CollapseReport measure(Blas blas) {
    try (Workers workers = new Workers(options.threads())) {
      int measured = measure(blas, workers);
      return new CollapseReport(
          sheet.found(),
          inputs.train().rows(),
          classes,
          measured,
          width,
          inputs.test() == null ? 0 : inputs.test().rows(),
          inputs.ood() == null ? 0 : inputs.ood().rows(),
          blas.name(),
          options.threads());
    }
  }

  /** About how many floating point operations the products ahead take. */
  double operations() {
    double rows = inputs.train().rows();
    double scatter = rows * width * width;
    double operations = (double) classes * classes * width * (inputs.weights() == null ? 1 : 3);
    if (sheet.wants(Need.SPECTRUM)) {
      operations += scatter + 10.0 * width * width * width;
    } else if (sheet.wants(Spread.RATIOS)) {
      operations += Math.min(scatter, 2 * rows * width * classes);
    }
    if (sheet.wants(NC4_AGREE, NC4_MISMATCH)) {
      operations += 4.0 * decided().rows() * width * classes;
    }
    return operations;
  }

  /** How many classes are measured. */
  private int measure(Blas blas, Workers workers) {
    ClassMoments moments = moments(inputs.train(), classes, workers);
    int[] measured =
        IntStream.range(0, classes)
            .filter(k -> options.classes().isEmpty() || options.classes().contains(k))
            .filter(k -> moments.count(k) >= options.minimumSamples())
            .toArray();
    if (measured.length == 0) {
      sheet.undefinedRest("no class is measured");
    }
    IntStream.of(measured)
        .filter(k -> moments.count(k) == 0)
        .findFirst()
        .ifPresent(k -> sheet.undefinedRest("class %d has no samples".formatted(k)));
    if (!sheet.complete()) {
      ClassGeometry geometry = new ClassGeometry(moments, measured, options.globalMean());
      ofMoments(geometry, measured, blas, workers);
      Spread spread = new Spread(geometry, options, blas, sheet);
      ofSamples(spread, moments, measured, blas, workers);
    }
    return measured.length;
  }

  private void ofMoments(ClassGeometry geometry, int[] measured, Blas blas, Workers workers) {
    if (sheet.wants(NC5_OOD_DEV)) {
      OutOfDistribution.measure(
          geometry, moments(inputs.ood(), inputs.oodClasses(), workers), options, sheet);
    }
    MeansGeometry.measure(geometry, options, blas, workers, sheet);
    if (sheet.wants(Need.WEIGHTS)) {
      DualGeometry.measure(
          geometry, inputs.weights().rows(measured), options, blas, workers, sheet);
    }
  }

  private ClassMoments moments(FeatureTable table, int classes, Workers workers) {
    long state = 3L * Double.BYTES * classes * width;
    return TablePass.over(
        table, 256, state, workers, () -> new ClassMomentsAccumulator(classes, width));
  }

  private void ofSamples(
      Spread spread, ClassMoments moments, int[] measured, Blas blas, Workers workers) {
    BitSet chosen = new BitSet();
    IntStream.of(measured).forEach(chosen::set);
    Deviations deviations = new Deviations(moments, chosen);
    boolean decide = sheet.wants(NC4_AGREE, NC4_MISMATCH);
    try (DecisionRule rule =
            decide ? new DecisionRule(moments, inputs.weights(), inputs.bias(), blas) : null;
        Projection projection =
            spread.needsProjection()
                ? new Projection(deviations, spread.directions(), blas)
                : null) {
      SecondReading reading = new SecondReading(rule, measured, workers);
      if (projection != null) {
        int rows = blockRows(projection.rank());
        reading.of(() -> new ProjectionAccumulator(projection, rows), 0, spread::projection);
      } else if (spread.needsScatter()) {
        reading.of(
            () -> new ScatterAccumulator(deviations, blas),
            3L * Double.BYTES * width * width,
            spread::scatter);
      }
      reading.decide();
    }
  }

  /** The training features once more, for one accumulator and the decisions together. */
  private final class SecondReading {
    private final DecisionRule rule;
    private final int[] measured;
    private final Workers workers;
    private final int rows;

    SecondReading(DecisionRule rule, int[] measured, Workers workers) {
      this.rule = rule;
      this.measured = measured;
      this.workers = workers;
      rows = blockRows(2 * classes);
    }

    <S> void of(Supplier<Accumulator<LabeledBatch, S>> within, long stateBytes, Consumer<S> found) {
      if (rule == null || decided() != inputs.train()) {
        found.accept(TablePass.over(inputs.train(), rows, stateBytes, workers, within));
        return;
      }
      Both.Snapshots<S, Decisions> snapshots =
          TablePass.over(
              inputs.train(),
              rows,
              stateBytes,
              workers,
              () -> new Both<>(within.get(), new DecisionAccumulator(rule, rows)));
      found.accept(snapshots.first());
      agreement(snapshots.second(), measured);
    }

    /** Unless done above. */
    void decide() {
      if (sheet.wants(NC4_AGREE, NC4_MISMATCH)) {
        agreement(
            TablePass.over(decided(), rows, 0, workers, () -> new DecisionAccumulator(rule, rows)),
            measured);
      }
    }
  }

  /** The features whose samples are decided. */
  private FeatureTable decided() {
    return inputs.test() == null ? inputs.train() : inputs.test();
  }

  /**
   * Rows per product with so many vectors: enough to be worth the library's packing of the vectors,
   * otherwise few enough for the second-level cache.
   */
  private int blockRows(int vectors) {
    return Math.max(64, Math.min(512, Math.max((1 << 16) / width, vectors / 2)));
  }

  /**
   * {@code nc4_agree} = share of the measured classes' samples for which argmax of the classifier's
   * scores is the nearest class mean, of all samples or as the mean of the classes' shares; {@code
   * nc4_mismatch} = 1 - it. In [0, 1].
   */
  private void agreement(Decisions decisions, int[] measured) {
    long samples = 0;
    long agreements = 0;
    double shares = 0;
    for (int k : measured) {
      samples += decisions.samples(k);
      agreements += decisions.agreements(k);
      if (options.averaging() == Averaging.CLASSES && decisions.samples(k) == 0) {
        sheet.undefined("class %d has no test samples".formatted(k), NC4_AGREE, NC4_MISMATCH);
        return;
      }
      shares += (double) decisions.agreements(k) / decisions.samples(k);
    }
    if (samples == 0) {
      sheet.undefined("the measured classes have no test samples", NC4_AGREE, NC4_MISMATCH);
    } else if (options.averaging() == Averaging.CLASSES) {
      sheet.define(NC4_AGREE, shares / measured.length);
      sheet.define(NC4_MISMATCH, 1 - shares / measured.length);
    } else {
      sheet.define(NC4_AGREE, (double) agreements / samples);
      sheet.define(NC4_MISMATCH, (double) (samples - agreements) / samples);
    }
  }
}
