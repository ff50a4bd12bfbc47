package dev.collapsar.metric;

import dev.collapsar.compute.Workers;
import dev.collapsar.linalg.Blas;
import dev.collapsar.metric.CollapseContext.Gathered;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.Decisions;
import dev.collapsar.stats.FeatureReadings;
import dev.collapsar.stats.FrozenPass;
import dev.collapsar.stats.FrozenPass.Classifier;
import dev.collapsar.stats.FrozenPass.Directions;
import dev.collapsar.stats.PairStatistics;
import dev.collapsar.stats.PairwiseKernel;
import dev.collapsar.stats.PairwiseSums;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * One measurement: what the metrics asked for need is gathered by as few passes as it takes, and
 * then each of them reads. A need that cannot be met costs no pass.
 *
 * <p>The training features are read for their moments, and once more for everything else together
 * or not at all if nothing needs it; test and out-of-distribution features once.
 */
final class MeasurementPlan {
  /** Of all kernels over a pair, and of its product by its width: measured, on one thread. */
  private static final double NANOSECONDS_A_PAIR = 60;

  private static final double NANOSECONDS_A_DIMENSION = 0.1;
  private static final double LONG = 60;

  private final CollapseInputs inputs;
  private final Set<CollapseMetric> metrics;
  private final Scaling scaling;

  MeasurementPlan(CollapseInputs given, Set<CollapseMetric> metrics) {
    scaling = Scaling.of(given);
    inputs = scaling.applied(given);
    this.metrics = metrics;
  }

  /** Whether all that a metric is of is given. */
  static boolean isGivenInputs(CollapseMetric metric, CollapseInputs inputs) {
    boolean lacksWeights =
        metric.needs().contains(CollapseNeed.CLASSIFIER) && inputs.weights() == null;
    boolean lacksOutsiders =
        metric.needs().contains(CollapseNeed.OUTSIDERS) && inputs.ood() == null;
    return !lacksWeights && !lacksOutsiders;
  }

  /** About how many floating point operations the products ahead take. */
  double operations() {
    double classes = inputs.classes();
    double width = inputs.width();
    double rows = inputs.train() == null ? 0 : inputs.train().rows();
    double scatter = rows * width * width;
    double operations = classes * classes * width * (inputs.weights() == null ? 1 : 3);
    if (wants(CollapseNeed.SCATTER)) {
      operations += scatter + 10.0 * width * width * width;
    } else if (wants(CollapseNeed.WITHIN_TRACE)) {
      operations += Math.min(scatter, 2 * rows * width * classes);
    }
    if (wants(CollapseNeed.DECISIONS) && inputs.decided() != null) {
      operations += 4.0 * inputs.decided().rows() * width * classes;
    }
    return operations;
  }

  private boolean wants(CollapseNeed need) {
    return metrics.stream()
        .filter(metric -> isGivenInputs(metric, inputs))
        .anyMatch(metric -> metric.needs().contains(need));
  }

  /** What takes minutes, in a sentence that says what leaves it out. */
  Optional<String> longWork() {
    List<String> ofPairs =
        metrics.stream()
            .filter(metric -> isGivenInputs(metric, inputs))
            .filter(metric -> metric.needs().stream().anyMatch(PairKernel.class::isInstance))
            .map(CollapseMetric::id)
            .toList();
    double pairs = inputs.classes() * (inputs.classes() - 1.0) / 2;
    double nanoseconds = NANOSECONDS_A_PAIR + NANOSECONDS_A_DIMENSION * inputs.width();
    double seconds = pairs * nanoseconds * 1e-9 / inputs.options().threads();
    return ofPairs.isEmpty() || seconds < LONG
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%d classes have %.2g pairs of means, which take some %.0f minutes on %d threads;"
                    + " only %s are of pairs: --metrics with others takes none of it",
                inputs.classes(),
                pairs,
                Math.ceil(seconds / 60),
                inputs.options().threads(),
                String.join(", ", ofPairs)));
  }

  /**
   * What it will hold at once, said before anything is read.
   *
   * @throws dev.collapsar.InvalidInputException if that is more than this JVM may use, or than one
   *     array holds
   */
  void requireMemory() {
    MeasurementMemory.of(
            inputs.classes(), inputs.width(), inputs.weights() != null, wants(CollapseNeed.SCATTER))
        .require(Runtime.getRuntime().maxMemory());
  }

  MeasuredCollapse measure(Blas blas) {
    try (Workers workers = new Workers(inputs.options().threads())) {
      ClassMoments moments =
          inputs.train() == null
              ? inputs.moments()
              : inputs.train().moments(inputs.classes(), workers);
      CollapseContext context = CollapseContext.of(inputs, moments, blas, workers);
      context = context.with(overClasses(context));
      CollapseContext complete = context.with(overSamples(context));
      Map<CollapseMetric, Measurement> found = new LinkedHashMap<>();
      metrics.forEach(
          metric -> found.put(metric, scaling.restored(metric.of(complete), inputs.options())));
      return new MeasuredCollapse(
          report(found, complete),
          withScatter(complete),
          complete.measured(),
          Optional.ofNullable(inputs.train()).flatMap(FeatureReadings::rowByRow),
          Optional.ofNullable(inputs.test()).flatMap(FeatureReadings::rowByRow),
          Optional.ofNullable(inputs.ood()).flatMap(CollapseInputs.Ood::rowByRow),
          Optional.ofNullable(inputs.weights()),
          Optional.ofNullable(complete.decisions()),
          inputs.options(),
          scaling.features(),
          scaling.weights());
    }
  }

  /** The moments, with the scatter where it was formed and is that of all samples. */
  private static ClassMoments withScatter(CollapseContext context) {
    ClassMoments moments = context.moments();
    boolean all =
        IntStream.of(context.measured()).mapToLong(moments::count).sum() == moments.samples();
    return context.scatter() == null || !all ? moments : moments.withScatter(context.scatter());
  }

  private CollapseReport report(Map<CollapseMetric, Measurement> found, CollapseContext context) {
    return new CollapseReport(
        found,
        context.moments().samples(),
        inputs.classes(),
        context.measured().length,
        inputs.width(),
        inputs.test() == null ? 0 : inputs.test().rows(),
        inputs.ood() == null ? 0 : inputs.ood().samples(),
        context.blas().name(),
        inputs.options().threads());
  }

  /** The needs of the metrics that nothing stands in the way of, as far as is known. */
  private Set<Need<CollapseContext>> open(CollapseContext context) {
    Set<Need<CollapseContext>> open = new LinkedHashSet<>();
    metrics.stream()
        .filter(metric -> metric.obstacle(context).isEmpty())
        .forEach(metric -> open.addAll(metric.needs()));
    return open;
  }

  /** The outsiders' moments, and all sums over pairs of class means. */
  private Gathered overClasses(CollapseContext context) {
    Set<Need<CollapseContext>> open = open(context);
    ClassMoments outsiders =
        open.contains(CollapseNeed.OUTSIDERS) ? inputs.ood().moments(context.workers()) : null;
    Coincidences coincidences =
        context.geometry() == null ? Coincidences.unseen() : Coincidences.among(context.geometry());
    Map<Need<CollapseContext>, PairStatistics> pairs = pairs(context, open, coincidences);
    return new Gathered(pairs, coincidences, outsiders, null, null, null);
  }

  /** The sums of all kernels that are needed, and on the way the pairs that coincide. */
  private Map<Need<CollapseContext>, PairStatistics> pairs(
      CollapseContext context, Set<Need<CollapseContext>> open, Coincidences coincidences) {
    List<PairKernel> needed = new ArrayList<>();
    List<PairwiseKernel> kernels = new ArrayList<>();
    for (Need<CollapseContext> need : open) {
      if (need instanceof PairKernel kernel) {
        needed.add(kernel);
        kernels.add(kernel.of(context));
      }
    }
    if (needed.isEmpty()) {
      return Map.of();
    }
    kernels.add(coincidences);
    List<PairStatistics> sums =
        PairwiseSums.of(
            context.geometry().centred(),
            kernels,
            inputs.options().tileSize(),
            context.blas(),
            context.workers(),
            inputs.watcher());
    Map<Need<CollapseContext>, PairStatistics> pairs = new HashMap<>();
    for (int i = 0; i < needed.size(); i++) {
      pairs.put(needed.get(i), sums.get(i));
    }
    return pairs;
  }

  /** All that goes back to the samples. */
  private Gathered overSamples(CollapseContext context) {
    Set<Need<CollapseContext>> open = open(context);
    boolean wantsTrace = open.contains(CollapseNeed.WITHIN_TRACE);
    // The cheapest sufficient statistic of the trace: projections on the range of S_B where that
    // has fewer than D/2 dimensions, else the whole scatter.
    boolean wantsScatter =
        open.contains(CollapseNeed.SCATTER)
            || wantsTrace && 2 * context.between().rank() >= inputs.width();
    FrozenPass.Result found =
        inputs.train() == null
            ? new FrozenPass.Result(
                null,
                wantsTrace || wantsScatter ? context.moments().scatter().orElseThrow() : null,
                null)
            : overTrain(context, open, within(context, wantsTrace, wantsScatter));
    Decisions decisions =
        open.contains(CollapseNeed.DECISIONS) && found.decisions() == null
            ? read(inputs.decided(), context, deciding(FrozenPass.of(context.moments())))
                .decisions()
            : found.decisions();
    Gathered before = context.gathered();
    return new Gathered(
        before.pairs(),
        before.coincidences(),
        before.outsiders(),
        wantsTrace ? trace(context, found) : null,
        found.scatter(),
        decisions);
  }

  /** The training features are read once more for everything together, or not at all. */
  private FrozenPass.Result overTrain(
      CollapseContext context, Set<Need<CollapseContext>> open, FrozenPass within) {
    boolean together = open.contains(CollapseNeed.DECISIONS) && inputs.decided() == inputs.train();
    FrozenPass pass = together ? deciding(within) : within;
    return pass.isEmpty()
        ? new FrozenPass.Result(null, null, null)
        : read(inputs.train(), context, pass);
  }

  private FrozenPass deciding(FrozenPass pass) {
    return pass.withDecisions(new Classifier(inputs.weights(), inputs.bias()));
  }

  private static FrozenPass.Result read(
      FeatureReadings features, CollapseContext context, FrozenPass pass) {
    return features.again(pass, context.blas(), context.workers());
  }

  /** What the metrics need of the deviations from the class means. */
  private static FrozenPass within(
      CollapseContext context, boolean wantsTrace, boolean wantsScatter) {
    BitSet chosen = new BitSet();
    IntStream.of(context.measured()).forEach(chosen::set);
    if (wantsScatter) {
      return FrozenPass.scatter(context.moments(), chosen);
    }
    if (!wantsTrace) {
      return FrozenPass.of(context.moments());
    }
    BetweenBasis between = context.between();
    return FrozenPass.projection(
        context.moments(),
        chosen,
        new Directions(
            between.directions(),
            context.geometry().centred(),
            between.coefficients().orElse(null)));
  }

  private static double trace(CollapseContext context, FrozenPass.Result found) {
    double sum =
        found.scatter() == null
            ? found.projected()
            : WithinClass.trace(found.scatter(), context.between(), context.blas());
    return sum / context.geometry().samples();
  }
}
