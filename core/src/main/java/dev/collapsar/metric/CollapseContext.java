package dev.collapsar.metric;

import dev.collapsar.compute.Workers;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.Spectrum;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.Decisions;
import dev.collapsar.stats.PairStatistics;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * All that collapse metrics read: what was given, the geometry of the measured classes, and what
 * passes over pairs and samples have gathered. Each pass gives a new one. What several metrics
 * derive from it is found once, when it is first asked for.
 */
public final class CollapseContext {
  /**
   * What the passes found; null, or empty, what no metric needs or no pass has yet found.
   *
   * @param pairs sums over pairs of centred class means by their kernel
   * @param coincidences pairs at distance zero
   * @param outsiders the moments of the out-of-distribution features
   * @param trace tr(S_W S_B^+)
   * @param scatter the pooled scatter (D,D) of the measured classes
   */
  record Gathered(
      Map<Need<CollapseContext>, PairStatistics> pairs,
      Coincidences coincidences,
      ClassMoments outsiders,
      Double trace,
      Matrix scatter,
      Decisions decisions) {
    static final Gathered NOTHING =
        new Gathered(Map.of(), Coincidences.unseen(), null, null, null, null);
  }

  static final String NONE_CHOSEN =
      "no class that was chosen has as many samples, or as few, as were asked for";

  private final CollapseInputs inputs;
  private final ClassMoments moments;
  private final int[] measured;
  private final String unmeasurable;
  private final Derived derived;
  private final Gathered gathered;

  /** What follows from the moments alone, and the algebra that it takes. */
  private static final class Derived {
    private final int[] chosen;
    private final ClassGeometry geometry;
    private final Blas blas;
    private final Workers workers;
    private BetweenBasis between;
    private DualProducts dual;
    private Optional<Spectrum> spectrum;

    Derived(int[] chosen, ClassGeometry geometry, Blas blas, Workers workers) {
      this.chosen = chosen;
      this.geometry = geometry;
      this.blas = blas;
      this.workers = workers;
    }
  }

  private CollapseContext(
      CollapseInputs inputs,
      ClassMoments moments,
      int[] measured,
      String unmeasurable,
      Derived derived,
      Gathered gathered) {
    this.inputs = inputs;
    this.moments = moments;
    this.measured = measured;
    this.unmeasurable = unmeasurable;
    this.derived = derived;
    this.gathered = gathered;
  }

  /** Of these moments of the training features, before any other pass. */
  static CollapseContext of(
      CollapseInputs inputs, ClassMoments moments, Blas blas, Workers workers) {
    CollapseOptions options = inputs.options();
    int[] chosen =
        IntStream.range(0, inputs.classes())
            .filter(k -> options.classes().isEmpty() || options.classes().contains(k))
            .filter(k -> moments.count(k) >= options.minimumSamples())
            .filter(k -> moments.count(k) <= options.maximumSamples())
            .toArray();
    int[] measured = Arrays.stream(chosen).filter(k -> moments.count(k) > 0).toArray();
    String unmeasurable =
        chosen.length == 0
            ? NONE_CHOSEN
            : measured.length == 0 ? "class %s has no samples".formatted(chosen[0]) : null;
    ClassGeometry geometry =
        unmeasurable == null ? new ClassGeometry(moments, measured, options.globalMean()) : null;
    return new CollapseContext(
        inputs,
        moments,
        measured,
        unmeasurable,
        new Derived(chosen, geometry, blas, workers),
        Gathered.NOTHING);
  }

  /** With what more was found. */
  CollapseContext with(Gathered more) {
    return new CollapseContext(inputs, moments, measured, unmeasurable, derived, more);
  }

  Gathered gathered() {
    return gathered;
  }

  CollapseInputs inputs() {
    return inputs;
  }

  CollapseOptions options() {
    return inputs.options();
  }

  /** The moments of all classes. */
  ClassMoments moments() {
    return moments;
  }

  /** The classes measured. */
  int[] measured() {
    return measured.clone();
  }

  /** The classes chosen, those without samples among them. */
  int[] chosen() {
    return derived.chosen.clone();
  }

  /** W (K,D) of the classes chosen. */
  Matrix chosenWeights() {
    return inputs.weights().rows(derived.chosen);
  }

  /** That classes without samples are left out; null if there are none. */
  String leftOut() {
    return measured.length == derived.chosen.length
        ? null
        : "of the %s of %s classes that have samples (--min-samples 1)"
            .formatted(measured.length, derived.chosen.length);
  }

  /** Why no class can be measured, or null. */
  String unmeasurable() {
    return unmeasurable;
  }

  /** The classes measured, if they can be. */
  ClassGeometry geometry() {
    return derived.geometry;
  }

  Blas blas() {
    return derived.blas;
  }

  Workers workers() {
    return derived.workers;
  }

  /** W (K,D) of the measured classes. */
  Matrix weights() {
    return inputs.weights().rows(measured);
  }

  /** The sums of a kernel that was needed. */
  PairStatistics pairs(Need<CollapseContext> kernel) {
    return gathered.pairs.get(kernel);
  }

  Coincidences coincidences() {
    return gathered.coincidences;
  }

  ClassMoments outsiders() {
    return gathered.outsiders;
  }

  /** tr(S_W S_B^+). */
  double withinTrace() {
    return gathered.trace;
  }

  /** The pooled scatter S (D,D) of the measured classes; S_W = S / N. */
  Matrix scatter() {
    return gathered.scatter;
  }

  Decisions decisions() {
    return gathered.decisions;
  }

  /** The range of S_B. */
  BetweenBasis between() {
    if (derived.between == null) {
      derived.between = BetweenBasis.of(geometry(), options().rankTolerance(), blas());
    }
    return derived.between;
  }

  /** Weights and centred means, class by class. */
  DualProducts dual() {
    if (derived.dual == null) {
      derived.dual = DualProducts.of(weights(), geometry());
    }
    return derived.dual;
  }

  /** The singular values of the features (N,D), not centred; empty if all features are zero. */
  Optional<Spectrum> spectrum() {
    if (derived.spectrum == null) {
      long[] counts = new long[measured.length];
      Arrays.setAll(counts, geometry()::count);
      derived.spectrum = Spectrum.ofFeatures(geometry().means(), counts, scatter(), blas());
    }
    return derived.spectrum;
  }

  /** Without the training features there is the scatter of their moments, or nothing: why. */
  String withoutScatter() {
    boolean all =
        IntStream.range(0, moments.classes()).filter(k -> moments.count(k) > 0).count()
            == measured.length;
    return inputs.train() != null || all && moments.scatter().isPresent()
        ? null
        : "needs the features, or moments with the scatter of the measured classes";
  }
}
