package dev.collapsar.calibration;

import static dev.collapsar.calibration.TrustGates.corrected;
import static dev.collapsar.metric.DualGeometry.NC3U_UNI_DUAL;
import static dev.collapsar.metric.DualGeometry.NC3_COS_MEAN;
import static dev.collapsar.metric.DualGeometry.NC3_DIST_MEAN;
import static dev.collapsar.metric.DualGeometry.NC3_FROBENIUS;
import static dev.collapsar.metric.MeansGeometry.NC1_CDNV;
import static dev.collapsar.metric.MeansGeometry.NC2_COHERENCE_MEANS;
import static dev.collapsar.metric.MeansGeometry.NC2_ETF_ERR;
import static dev.collapsar.metric.MeansGeometry.NC2_NORMS_MEAN;
import static dev.collapsar.metric.MeansGeometry.NC2_NORM_COV_MEANS;
import static dev.collapsar.metric.WithinClass.NC1_PINV;
import static dev.collapsar.metric.WithinClass.NC1_QUOT;
import static dev.collapsar.metric.WithinClass.NC1_SVD;
import static dev.collapsar.metric.WithinClass.NC1_TRACE;
import static dev.collapsar.metric.WithinClass.NC1_VCI;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.stats.ClassMoments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The numbers corrected for sampling noise, {@code <id>_corrected}, each with its 95% interval, and
 * {@code sampling_noise_share}, the share phi of tr S_B that is sampling noise.
 *
 * <p>Class means that are estimated from samples lie farther apart than the true ones: by phi =
 * about 1/(1 + n/quot), whatever the width of the features is. Corrected numbers take that off. A
 * number is printed only where simulation says that it can be trusted at this sample size, by the
 * gate of its id; otherwise both it and its interval are undefined and say why. Intervals are those
 * of the stratified delete-a-group jackknife, on logarithms for positive numbers, with Student's t
 * of G-1 degrees of freedom.
 */
public final class CorrectedNumbers {
  /** The id of phi. */
  public static final String NOISE_SHARE = "sampling_noise_share";

  private static final String FITTED =
      "the weights may have been fitted to these samples and carry their noise;"
          + " it is corrected on held-out samples";

  static final String COMPLETE =
      "these are all of the network's training samples: the number itself is the value";

  private static final String OF_TWO =
      "two class means are always a simplex: it is 0 whatever the features";

  private static final double MOST_NOISE = 0.6;
  private static final double MOST_NOISE_OF_VARIANCES = 0.3;
  private static final double LEAST_DISTANCE = 3; // in standard errors
  private static final double MOST_REST_VARIANCE = 0.02; // of ||R'||^2
  private static final List<CollapseMetric> OF_MEANS =
      List.of(NC1_QUOT, NC1_CDNV, NC1_PINV, NC1_SVD, NC1_TRACE, NC1_VCI);
  private static final List<CollapseMetric> OF_LENGTHS =
      List.of(NC2_NORMS_MEAN, NC2_ETF_ERR, NC2_NORM_COV_MEANS, NC2_COHERENCE_MEANS);
  private static final List<CollapseMetric> OF_WEIGHTS =
      List.of(NC3_COS_MEAN, NC3_FROBENIUS, NC3_DIST_MEAN, NC3U_UNI_DUAL);

  private final SampleGroups groups;
  private final Sampling sampling;
  private final Matrix weights;
  private final int classes;
  private final int width;
  private final TrustGates gates;
  private final NoiseCorrection whole;

  private CorrectedNumbers(
      SampleGroups groups,
      ClassMoments moments,
      Sampling sampling,
      Matrix weights,
      Optional<MeansNoise> noise,
      Blas blas) {
    this.groups = groups;
    this.sampling = sampling;
    this.weights = weights;
    classes = moments.classes();
    width = moments.width();
    gates = new TrustGates(groups, moments, sampling, weights, noise, blas);
    whole = gates.whole();
  }

  /**
   * All corrected numbers of these samples, the noise share first.
   *
   * @param weights W (K,D), a row for each class of the groups; empty leaves NC3 out
   */
  public static List<Estimate> of(
      SampleGroups groups, Sampling sampling, Optional<Matrix> weights, Blas blas) {
    return of(groups, groups.whole(blas), sampling, weights, Optional.empty(), true, blas);
  }

  /**
   * @param moments of all groups together
   * @param noise where classes of several sizes need it for {@code nc1_pinv}
   * @param variability whether {@code nc1_vci} is among them: D^3 operations for each group
   */
  static List<Estimate> of(
      SampleGroups groups,
      ClassMoments moments,
      Sampling sampling,
      Optional<Matrix> weights,
      Optional<MeansNoise> noise,
      boolean variability,
      Blas blas) {
    Optional<String> obstacle = obstacle(groups, moments, sampling, blas);
    if (obstacle.isPresent()) {
      return ids(weights.isPresent()).stream()
          .map(id -> Estimate.undefined(id, obstacle.get()))
          .toList();
    }
    CorrectedNumbers numbers =
        new CorrectedNumbers(groups, moments, sampling, weights.orElse(null), noise, blas);
    List<Estimate> found = new ArrayList<>();
    found.add(Estimate.withheld(NOISE_SHARE, numbers.gates.share(), ""));
    numbers.within(found);
    if (variability) {
      found.add(numbers.variability());
    }
    numbers.arrangement(found);
    if (weights.isPresent()) {
      numbers.duality(found);
    }
    return List.copyOf(found);
  }

  private static List<String> ids(boolean withWeights) {
    List<String> ids = new ArrayList<>();
    ids.add(NOISE_SHARE);
    OF_MEANS.forEach(number -> ids.add(corrected(number)));
    OF_LENGTHS.forEach(number -> ids.add(corrected(number)));
    if (withWeights) {
      OF_WEIGHTS.forEach(number -> ids.add(corrected(number)));
    }
    return ids;
  }

  /** The ids of the numbers that may have a corrected one. */
  static Set<String> corrigible() {
    return Stream.of(OF_MEANS, OF_LENGTHS, OF_WEIGHTS)
        .flatMap(List::stream)
        .map(CollapseMetric::id)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** Why there are none at all. */
  private static Optional<String> obstacle(
      SampleGroups groups, ClassMoments moments, Sampling sampling, Blas blas) {
    if (sampling.complete()) {
      return Optional.of(COMPLETE);
    }
    if (moments.classes() < 2) {
      return Optional.of("needs two classes");
    }
    for (int k = 0; k < moments.classes(); k++) {
      if (moments.count(k) < 2) {
        return Optional.of(
            "class %s has %s: its spread is unknown"
                .formatted(
                    groups.classes()[k], moments.count(k) == 0 ? "no samples" : "one sample"));
      }
    }
    NoiseCorrection once = new NoiseCorrection(moments, sampling, null, blas);
    return once.noiseShare().isEmpty() ? Optional.of("all class means coincide") : Optional.empty();
  }

  private void within(List<Estimate> found) {
    found.add(
        gates.byNoise(
            NC1_QUOT,
            MOST_NOISE,
            whole.quotient(),
            gates.indistinct(),
            NoiseCorrection::quotient,
            true));
    found.add(distances());
    found.add(gates.byReplicates(NC1_PINV, ratio(1)));
    found.add(
        classes - 1 < width
            ? gates.byReplicates(NC1_SVD, ratio(1))
            : Estimate.undefined(
                corrected(NC1_SVD),
                "keeps K-1 = %s eigenpairs, which must be fewer than D = %s"
                    .formatted(classes - 1, width)));
    found.add(gates.byReplicates(NC1_TRACE, ratio(classes)));
  }

  private Estimate variability() {
    return whole.samples() - 1 > width
        ? gates.byReplicates(NC1_VCI, NoiseCorrection::variabilityIndex)
        : Estimate.undefined(
            corrected(NC1_VCI), "needs more than D + 1 = %s samples".formatted(width + 1));
  }

  private static Function<NoiseCorrection, OptionalDouble> ratio(double times) {
    return of -> {
      OptionalDouble value = of.pseudoInverse();
      return value.isPresent() ? OptionalDouble.of(times * value.getAsDouble()) : value;
    };
  }

  private Estimate distances() {
    OptionalDouble value = whole.distanceNormalised();
    if (value.isEmpty()) {
      return Estimate.undefined(corrected(NC1_CDNV), gates.indistinct());
    }
    if (gates.areFew()) {
      return Estimate.undefined(corrected(NC1_CDNV), TrustGates.FEW);
    }
    double[] squares = whole.squaredDistances();
    double[] variances = gates.variances(NoiseCorrection::squaredDistances);
    for (int i = 0; i < squares.length; i++) {
      if (squares[i] < LEAST_DISTANCE * Math.sqrt(variances[i])) {
        return Estimate.undefined(
            corrected(NC1_CDNV),
            "the means of some classes are less than 3 standard errors of their squared distance"
                + " apart");
      }
    }
    return gates.withInterval(
        NC1_CDNV, value.getAsDouble(), NoiseCorrection::distanceNormalised, true);
  }

  private void arrangement(List<Estimate> found) {
    found.add(
        gates.byNoise(
            NC2_NORMS_MEAN,
            MOST_NOISE,
            whole.normsMean(),
            gates.indistinct(),
            NoiseCorrection::normsMean,
            true));
    found.add(simplex());
    found.add(unevenness());
    found.add(
        Estimate.undefined(
            corrected(NC2_COHERENCE_MEANS),
            "no unbiased estimator exists: an absolute value has its corner at the ideal"));
  }

  private Estimate unevenness() {
    if (classes == 2) {
      return Estimate.undefined(corrected(NC2_NORM_COV_MEANS), OF_TWO);
    }
    if (gates.areFew()) {
      return Estimate.undefined(corrected(NC2_NORM_COV_MEANS), TrustGates.FEW);
    }
    double own = Arrays.stream(gates.variances(NoiseCorrection::norms)).average().orElseThrow();
    return gates.byNoise(
        NC2_NORM_COV_MEANS,
        MOST_NOISE_OF_VARIANCES,
        whole.normCov(own),
        whole.normsMean().isPresent() ? gates.zero() : gates.indistinct(),
        of -> of.normCov(gates.scaled(own, of)),
        true);
  }

  private Estimate simplex() {
    CollapseMetric number = NC2_ETF_ERR;
    if (classes == 2) {
      return Estimate.undefined(corrected(number), OF_TWO);
    }
    if (gates.areFew()) {
      return Estimate.undefined(corrected(number), TrustGates.FEW);
    }
    double own = Arrays.stream(gates.variances(NoiseCorrection::simplexRest)).sum();
    OptionalDouble value = whole.simplexError(own);
    if (value.isEmpty()) {
      return Estimate.undefined(corrected(number), gates.zero());
    }
    double part = own / whole.simplexRestSquared();
    if (part >= MOST_REST_VARIANCE) {
      return Estimate.undefined(
          corrected(number),
          String.format(
              Locale.ROOT,
              "%.1f%% of its square is sampling noise; it is trusted below %.0f%%",
              100 * part,
              100 * MOST_REST_VARIANCE));
    }
    return gates.withInterval(
        number, value.getAsDouble(), of -> of.simplexError(gates.scaled(own, of)), true);
  }

  private void duality(List<Estimate> found) {
    if (!sampling.heldOut()) {
      OF_WEIGHTS.forEach(number -> found.add(Estimate.undefined(corrected(number), FITTED)));
      return;
    }
    Optional<String> zero = zeroWeights();
    found.add(
        zero.map(why -> Estimate.undefined(corrected(NC3_COS_MEAN), why))
            .orElseGet(
                () ->
                    gates.byNoise(
                        NC3_COS_MEAN,
                        MOST_NOISE,
                        whole.cosineMean(),
                        gates.indistinct(),
                        NoiseCorrection::cosineMean,
                        false)));
    found.add(
        gates.byNoise(
            NC3_FROBENIUS,
            MOST_NOISE,
            whole.frobenius(),
            weights.norm() == 0 ? "the weights are zero" : gates.indistinct(),
            NoiseCorrection::frobenius,
            true));
    found.add(
        gates.withoutInterval(
            NC3_DIST_MEAN,
            MOST_NOISE,
            whole.distanceMean(),
            zero.orElse(
                whole.cosineMean().isPresent()
                    ? "the corrected cosine of a class passes 1: its distance is not"
                        + " distinguishable from 0 at this sample size"
                    : gates.indistinct())));
    found.add(uniformity());
  }

  /** Which class has weights of length zero. */
  private Optional<String> zeroWeights() {
    return IntStream.range(0, classes)
        .filter(k -> Arrays.stream(weights.row(k)).allMatch(w -> w == 0))
        .mapToObj(k -> "the weights of class %s are zero".formatted(groups.classes()[k]))
        .findFirst();
  }

  private Estimate uniformity() {
    if (gates.areFew()) {
      return Estimate.undefined(corrected(NC3U_UNI_DUAL), TrustGates.FEW);
    }
    double own = Arrays.stream(gates.variances(NoiseCorrection::dots)).average().orElseThrow();
    return gates.withoutInterval(
        NC3U_UNI_DUAL, MOST_NOISE_OF_VARIANCES, whole.uniformDuality(own), gates.zero());
  }
}
