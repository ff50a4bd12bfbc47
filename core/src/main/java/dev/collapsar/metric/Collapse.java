package dev.collapsar.metric;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.CollapseInputs.Ood;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.FeatureReadings;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/**
 * Measures neural collapse: say what there is, then {@link #measure()}.
 *
 * <pre>{@code
 * CollapseReport report =
 *     Collapse.of(FeatureArray.of(features, labels, 512), 10).withWeights(weights).measure();
 * double nc1 = report.value(WithinClass.NC1_PINV);
 * }</pre>
 *
 * <p>The training features are read at most twice, once for the moments and once for all that needs
 * them; test and out-of-distribution features once. Tables are not closed. Values are immutable:
 * each {@code with} gives a new one.
 */
public final class Collapse {
  private final CollapseInputs inputs;

  private Collapse(CollapseInputs inputs) {
    this.inputs = inputs;
  }

  /**
   * The training features (N,D), whose labels are in 0..classes-1.
   *
   * @throws InvalidInputException if classes is not positive
   */
  public static Collapse of(FeatureTable train, int classes) {
    return of(FeatureReadings.of(train), classes);
  }

  /** The training features, wherever they are read. */
  public static Collapse of(FeatureReadings train, int classes) {
    require(classes >= 1, "classes must be 1 or more, got " + classes);
    Objects.requireNonNull(train);
    return new Collapse(
        new CollapseInputs(
            train, null, classes, null, null, null, null, CollapseOptions.defaults(), pairs -> {}));
  }

  /**
   * The training features by their moments, such as those of a stream or of merged parts. What
   * needs the features themselves is undefined, or taken from the moments' scatter if they have
   * one.
   */
  public static Collapse of(ClassMoments moments) {
    return new Collapse(
        new CollapseInputs(
            null,
            moments,
            moments.classes(),
            null,
            null,
            null,
            null,
            CollapseOptions.defaults(),
            pairs -> {}));
  }

  /**
   * The classifier's weights W (K,D).
   *
   * @throws InvalidInputException if they have another shape or a value that is not finite
   */
  public Collapse withWeights(Matrix weights) {
    require(
        weights.rows() == inputs.classes() && weights.columns() == inputs.width(),
        "weights are %d x %d, but %d classes and features of width %d need %d x %d",
        weights.rows(),
        weights.columns(),
        inputs.classes(),
        inputs.width(),
        inputs.classes(),
        inputs.width());
    requireFinite("weights", weights.toArray());
    return new Collapse(inputs.withWeights(weights));
  }

  /**
   * The classifier's bias b (K); it takes part in its decisions and in nothing else.
   *
   * @throws InvalidInputException if it has another length or a value that is not finite
   */
  public Collapse withBias(double[] bias) {
    require(
        bias.length == inputs.classes(),
        "the bias has %d values, but there are %d classes",
        bias.length,
        inputs.classes());
    requireFinite("bias", bias);
    return new Collapse(inputs.withBias(bias.clone()));
  }

  /** Test features of the same width and classes: {@code nc4_*} is of these rather than train. */
  public Collapse withTest(FeatureTable test) {
    return withTest(FeatureReadings.of(test));
  }

  /** Test features, wherever they are read. */
  public Collapse withTest(FeatureReadings test) {
    requireWidth("test", test.width());
    return new Collapse(inputs.withTest(test));
  }

  /** Out-of-distribution features, whose labels are in 0..oodClasses-1 and classes of their own. */
  public Collapse withOod(FeatureTable ood, int oodClasses) {
    return withOod(FeatureReadings.of(ood), oodClasses);
  }

  /** Out-of-distribution features, wherever they are read. */
  public Collapse withOod(FeatureReadings ood, int oodClasses) {
    requireWidth("out-of-distribution", ood.width());
    require(oodClasses >= 1, "out-of-distribution classes must be 1 or more, got " + oodClasses);
    return new Collapse(inputs.withOod(new Ood(ood, null, oodClasses)));
  }

  /** Out-of-distribution features by their moments, such as those of a stream. */
  public Collapse withOod(ClassMoments ood) {
    requireWidth("out-of-distribution", ood.width());
    return new Collapse(inputs.withOod(new Ood(null, ood, ood.classes())));
  }

  /**
   * How the metrics are taken.
   *
   * @throws InvalidInputException if the options name a class that is not in 0..K-1
   */
  public Collapse withOptions(CollapseOptions options) {
    for (int k : options.classes()) {
      require(
          k >= 0 && k < inputs.classes(),
          "class %d of the subset is not in 0..%d",
          k,
          inputs.classes() - 1);
    }
    return new Collapse(inputs.withOptions(options));
  }

  /**
   * All that the inputs allow except {@link Metrics#spectral()}, which cost more than all others
   * together.
   */
  public CollapseReport measure() {
    return measure(usual());
  }

  /** The metrics of {@link #measure()}. */
  public Set<CollapseMetric> usual() {
    return Metrics.collapse().stream()
        .filter(metric -> !Metrics.spectral().contains(metric))
        .filter(metric -> MeasurementPlan.isGivenInputs(metric, inputs))
        .collect(Collectors.toSet());
  }

  /** K(K-1)/2, the pairs of class means. */
  public long pairs() {
    return inputs.classes() * (inputs.classes() - 1L) / 2;
  }

  /** Tells a watcher, from any thread, how many pairs of class means more have been evaluated. */
  public Collapse watchedBy(LongConsumer pairs) {
    return new Collapse(inputs.watchedBy(pairs));
  }

  /** What of these metrics takes minutes, in one sentence; empty if nothing does. */
  public Optional<String> longWork(Set<CollapseMetric> metrics) {
    return new MeasurementPlan(inputs, Metrics.ordered(metrics)).longWork();
  }

  /**
   * These metrics; those whose inputs are missing are undefined.
   *
   * @throws InvalidInputException if a label is outside its classes or a feature is not finite,
   *     naming the row
   */
  public CollapseReport measure(Set<CollapseMetric> metrics) {
    return measured(metrics).report();
  }

  /** The same, with what the numbers were taken from. */
  public MeasuredCollapse measured(Set<CollapseMetric> metrics) {
    require(!metrics.isEmpty(), "no metric is asked for");
    MeasurementPlan plan = new MeasurementPlan(inputs, Metrics.ordered(metrics));
    plan.requireMemory();
    try (Blas blas = Blas.forWork(plan.operations(), inputs.options().threads())) {
      return plan.measure(blas);
    }
  }

  /** These metrics with this linear algebra, which is left open. */
  public CollapseReport measure(Set<CollapseMetric> metrics, Blas blas) {
    return new MeasurementPlan(inputs, Metrics.ordered(metrics)).measure(blas).report();
  }

  private void requireWidth(String what, int found) {
    require(
        found == inputs.width(),
        "%s features have width %d, but the training features have %d",
        what,
        found,
        inputs.width());
  }

  private static void requireFinite(String what, double[] values) {
    for (int i = 0; i < values.length; i++) {
      require(Double.isFinite(values[i]), "%s hold %s at position %d", what, values[i], i);
    }
  }

  private static void require(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new InvalidInputException(String.format(Locale.ROOT, message, values));
    }
  }
}
