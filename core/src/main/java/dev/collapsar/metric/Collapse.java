package dev.collapsar.metric;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.Workers;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.FeatureReadings;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * Measures neural collapse: say what there is, then {@link #measure()}.
 *
 * <pre>{@code
 * CollapseReport report =
 *     Collapse.of(FeatureArray.of(features, labels, 512), 10).withWeights(weights).measure();
 * double nc1 = report.value(MetricId.NC1_PINV);
 * }</pre>
 *
 * <p>The training features are read at most twice, once for the moments and once for all that needs
 * them; test and out-of-distribution features once. Tables are not closed. Values are immutable:
 * each {@code with} gives a new one.
 */
public final class Collapse {
  private final FeatureReadings train;
  private final ClassMoments moments;
  private final int classes;
  private final Matrix weights;
  private final double[] bias;
  private final FeatureReadings test;
  private final Ood ood;
  private final CollapseOptions options;

  /** Out-of-distribution samples: their features, or the moments of these. */
  record Ood(FeatureReadings readings, ClassMoments known, int classes) {
    long samples() {
      return readings == null ? known.samples() : readings.rows();
    }

    ClassMoments moments(Workers workers) {
      return readings == null ? known : readings.moments(classes, workers);
    }
  }

  private Collapse(
      FeatureReadings train,
      ClassMoments moments,
      int classes,
      Matrix weights,
      double[] bias,
      FeatureReadings test,
      Ood ood,
      CollapseOptions options) {
    this.train = train;
    this.moments = moments;
    this.classes = classes;
    this.weights = weights;
    this.bias = bias;
    this.test = test;
    this.ood = ood;
    this.options = options;
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
    return new Collapse(
        Objects.requireNonNull(train),
        null,
        classes,
        null,
        null,
        null,
        null,
        CollapseOptions.defaults());
  }

  /**
   * The training features by their moments, such as those of a stream or of merged parts. What
   * needs the features themselves is undefined, or taken from the moments' scatter if they have
   * one.
   */
  public static Collapse of(ClassMoments moments) {
    return new Collapse(
        null, moments, moments.classes(), null, null, null, null, CollapseOptions.defaults());
  }

  /**
   * The classifier's weights W (K,D).
   *
   * @throws InvalidInputException if they have another shape or a value that is not finite
   */
  public Collapse withWeights(Matrix weights) {
    require(
        weights.rows() == classes && weights.columns() == width(),
        "weights are %d x %d, but %d classes and features of width %d need %d x %d",
        weights.rows(),
        weights.columns(),
        classes,
        width(),
        classes,
        width());
    requireFinite("weights", weights.array());
    return new Collapse(train, moments, classes, weights, bias, test, ood, options);
  }

  /**
   * The classifier's bias b (K); it takes part in its decisions and in nothing else.
   *
   * @throws InvalidInputException if it has another length or a value that is not finite
   */
  public Collapse withBias(double[] bias) {
    require(
        bias.length == classes,
        "the bias has %d values, but there are %d classes",
        bias.length,
        classes);
    requireFinite("bias", bias);
    return new Collapse(train, moments, classes, weights, bias.clone(), test, ood, options);
  }

  /** Test features of the same width and classes: {@code nc4_*} is of these rather than train. */
  public Collapse withTest(FeatureTable test) {
    return withTest(FeatureReadings.of(test));
  }

  /** Test features, wherever they are read. */
  public Collapse withTest(FeatureReadings test) {
    requireWidth("test", test.width());
    return new Collapse(train, moments, classes, weights, bias, test, ood, options);
  }

  /** Out-of-distribution features, whose labels are in 0..oodClasses-1 and classes of their own. */
  public Collapse withOod(FeatureTable ood, int oodClasses) {
    return withOod(FeatureReadings.of(ood), oodClasses);
  }

  /** Out-of-distribution features, wherever they are read. */
  public Collapse withOod(FeatureReadings ood, int oodClasses) {
    requireWidth("out-of-distribution", ood.width());
    require(oodClasses >= 1, "out-of-distribution classes must be 1 or more, got " + oodClasses);
    return withOod(new Ood(ood, null, oodClasses));
  }

  /** Out-of-distribution features by their moments, such as those of a stream. */
  public Collapse withOod(ClassMoments ood) {
    requireWidth("out-of-distribution", ood.width());
    return withOod(new Ood(null, ood, ood.classes()));
  }

  private Collapse withOod(Ood ood) {
    return new Collapse(train, moments, classes, weights, bias, test, ood, options);
  }

  /**
   * How the metrics are taken.
   *
   * @throws InvalidInputException if the options name a class that is not in 0..K-1
   */
  public Collapse withOptions(CollapseOptions options) {
    for (int k : options.classes()) {
      require(k >= 0 && k < classes, "class %d of the subset is not in 0..%d", k, classes - 1);
    }
    return new Collapse(train, moments, classes, weights, bias, test, ood, options);
  }

  /**
   * All that the inputs allow except {@link MetricId#spectral()}, which cost more than all others
   * together.
   */
  public CollapseReport measure() {
    EnumSet<MetricId> allowed = EnumSet.allOf(MetricId.class);
    allowed.removeAll(MetricId.spectral());
    allowed.removeIf(
        metric ->
            metric.need() == MetricId.Need.WEIGHTS && weights == null
                || metric.need() == MetricId.Need.OOD && ood == null);
    return measure(allowed);
  }

  /**
   * These metrics; those whose inputs are missing are undefined.
   *
   * @throws InvalidInputException if a label is outside its classes or a feature is not finite,
   *     naming the row
   */
  public CollapseReport measure(Set<MetricId> metrics) {
    require(!metrics.isEmpty(), "no metric is asked for");
    Passes passes = new Passes(this, metrics);
    try (Blas blas = Blas.forWork(passes.operations(), options.threads())) {
      return passes.measure(blas);
    }
  }

  /** These metrics with this linear algebra, which is left open. */
  public CollapseReport measure(Set<MetricId> metrics, Blas blas) {
    return new Passes(this, metrics).measure(blas);
  }

  /** Null if there are moments instead. */
  FeatureReadings train() {
    return train;
  }

  /** Null if there are features instead. */
  ClassMoments moments() {
    return moments;
  }

  int width() {
    return train == null ? moments.width() : train.width();
  }

  /** The features whose samples are decided, or null. */
  FeatureReadings decided() {
    return test == null ? train : test;
  }

  int classes() {
    return classes;
  }

  /** W (K,D), or null. */
  Matrix weights() {
    return weights;
  }

  /** b (K), or null. */
  double[] bias() {
    return bias;
  }

  /** Or null. */
  FeatureReadings test() {
    return test;
  }

  /** Or null. */
  Ood ood() {
    return ood;
  }

  CollapseOptions options() {
    return options;
  }

  private void requireWidth(String what, int found) {
    require(
        found == width(),
        "%s features have width %d, but the training features have %d",
        what,
        found,
        width());
  }

  private static void requireFinite(String what, double[] values) {
    for (int i = 0; i < values.length; i++) {
      require(Double.isFinite(values[i]), "%s hold %s at position %d", what, values[i], i);
    }
  }

  private static void require(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new InvalidInputException(message.formatted(values));
    }
  }
}
