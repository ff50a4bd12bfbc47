package dev.collapsar.metric;

import static dev.collapsar.metric.MetricId.*;

import dev.collapsar.compute.Workers;
import dev.collapsar.linalg.Blas;
import dev.collapsar.stats.ClassMoments;
import java.util.Set;
import java.util.stream.IntStream;

/** One measurement: the moments of the training features, what follows from them, and the rest. */
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
    width = inputs.width();
    sheet = new MetricSheet(metrics);
    if (inputs.weights() == null) {
      sheet.undefined("needs the classifier's weights", Need.WEIGHTS);
    }
    if (inputs.ood() == null) {
      sheet.undefined("needs out-of-distribution features", Need.OOD);
    }
  }

  /** About how many floating point operations the products ahead take. */
  double operations() {
    double rows = inputs.train() == null ? 0 : inputs.train().rows();
    double scatter = rows * width * width;
    double operations = (double) classes * classes * width * (inputs.weights() == null ? 1 : 3);
    if (sheet.wants(Need.SPECTRUM)) {
      operations += scatter + 10.0 * width * width * width;
    } else if (sheet.wants(Spread.RATIOS)) {
      operations += Math.min(scatter, 2 * rows * width * classes);
    }
    if (sheet.wants(NC4_AGREE, NC4_MISMATCH) && inputs.decided() != null) {
      operations += 4.0 * inputs.decided().rows() * width * classes;
    }
    return operations;
  }

  CollapseReport measure(Blas blas) {
    try (Workers workers = new Workers(options.threads())) {
      ClassMoments moments =
          inputs.train() == null ? inputs.moments() : inputs.train().moments(classes, workers);
      int[] measured =
          IntStream.range(0, classes)
              .filter(k -> options.classes().isEmpty() || options.classes().contains(k))
              .filter(k -> moments.count(k) >= options.minimumSamples())
              .toArray();
      measure(moments, measured, blas, workers);
      return new CollapseReport(
          sheet.found(),
          moments.samples(),
          classes,
          measured.length,
          width,
          inputs.test() == null ? 0 : inputs.test().rows(),
          inputs.ood() == null ? 0 : inputs.ood().samples(),
          blas.name(),
          options.threads());
    }
  }

  private void measure(ClassMoments moments, int[] measured, Blas blas, Workers workers) {
    if (measured.length == 0) {
      sheet.undefinedRest("no class that was chosen has as many samples as were asked for");
    }
    IntStream.of(measured)
        .filter(k -> moments.count(k) == 0)
        .findFirst()
        .ifPresent(k -> sheet.undefinedRest("class %d has no samples".formatted(k)));
    if (sheet.complete()) {
      return;
    }
    ClassGeometry geometry = new ClassGeometry(moments, measured, options.globalMean());
    if (sheet.wants(NC5_OOD_DEV)) {
      OutOfDistribution.measure(geometry, inputs.ood().moments(workers), options, sheet);
    }
    MeansGeometry.measure(geometry, options, blas, workers, sheet);
    if (sheet.wants(Need.WEIGHTS)) {
      DualGeometry.measure(
          geometry, inputs.weights().rows(measured), options, blas, workers, sheet);
    }
    Spread spread = new Spread(geometry, options, blas, sheet);
    new SecondReading(inputs, moments, measured, spread, sheet, blas, workers).measure();
  }
}
