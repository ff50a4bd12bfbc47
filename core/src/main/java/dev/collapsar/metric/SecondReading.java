package dev.collapsar.metric;

import static dev.collapsar.metric.MetricId.*;

import dev.collapsar.compute.Workers;
import dev.collapsar.linalg.Blas;
import dev.collapsar.metric.CollapseOptions.Averaging;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.Decisions;
import dev.collapsar.stats.FrozenPass;
import dev.collapsar.stats.FrozenPass.Between;
import dev.collapsar.stats.FrozenPass.Classifier;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * All that goes back to the samples: the training features are read once more for everything
 * together, or not at all if nothing needs it; test features once.
 */
final class SecondReading {
  private final Collapse inputs;
  private final ClassMoments moments;
  private final int[] measured;
  private final Spread spread;
  private final MetricSheet sheet;
  private final Blas blas;
  private final Workers workers;
  private final int classes;

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
  }

  void measure() {
    if (inputs.decided() == null) {
      sheet.undefined("needs features to decide on", NC4_AGREE, NC4_MISMATCH);
    }
    if (inputs.train() == null) {
      fromScatter();
    }
    boolean decide = sheet.wants(NC4_AGREE, NC4_MISMATCH);
    boolean together = decide && inputs.decided() == inputs.train();
    Classifier classifier = new Classifier(inputs.weights(), inputs.bias());
    FrozenPass train = within();
    train = together ? train.withDecisions(classifier) : train;
    if (!train.isEmpty()) {
      FrozenPass.Found found = inputs.train().again(train, blas, workers);
      switch (train.within()) {
        case PROJECTION -> spread.projection(found.projected());
        case SCATTER -> spread.scatter(found.scatter());
        case NOTHING -> {}
      }
      if (together) {
        agreement(found.decisions());
      }
    }
    if (decide && !together) {
      FrozenPass test = FrozenPass.of(moments).withDecisions(classifier);
      agreement(inputs.decided().again(test, blas, workers).decisions());
    }
  }

  /** What the metrics need of the deviations from the class means. */
  private FrozenPass within() {
    BitSet chosen = new BitSet();
    IntStream.of(measured).forEach(chosen::set);
    if (spread.needsProjection()) {
      BetweenBasis between = spread.between();
      return FrozenPass.projection(
          moments,
          chosen,
          new Between(between.directions(), spread.centred(), between.coefficients().orElse(null)));
    }
    return spread.needsScatter() ? FrozenPass.scatter(moments, chosen) : FrozenPass.of(moments);
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
