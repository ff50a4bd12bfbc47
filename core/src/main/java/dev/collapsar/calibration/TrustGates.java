package dev.collapsar.calibration;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.stats.ClassMoments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * When a corrected number is trusted, and what interval stands beside it, from what the groups of
 * the samples say with each of them left out: simulation says at which sample size an id's number
 * can be printed, and each is undefined with its reason otherwise.
 */
final class TrustGates {
  private static final double HEAVY = 0.5; // over sqrt N
  private static final String UNCHECKED = "no interval of it has been checked";
  static final String FEW = "fewer than 5 samples in a class: too few to leave groups of them out";

  private final SampleGroups groups;
  private final NoiseCorrection whole;
  private final List<NoiseCorrection> without = new ArrayList<>();
  private final double share; // phi
  private final double squares; // of all samples' distances from their means
  private final boolean hasScatter;
  private final int classes;
  private final int width;

  /**
   * @param moments of all groups together
   * @param weights W (K,D), or null
   * @param noise where classes of several sizes need it
   */
  TrustGates(
      SampleGroups groups,
      ClassMoments moments,
      Sampling sampling,
      Matrix weights,
      Optional<MeansNoise> noise,
      Blas blas) {
    this.groups = groups;
    squares = IntStream.range(0, moments.classes()).mapToDouble(moments::squaredDeviations).sum();
    hasScatter = moments.scatter().isPresent();
    classes = moments.classes();
    width = moments.width();
    whole =
        new NoiseCorrection(
            moments, sampling, weights, noise.map(MeansNoise::whole).orElse(null), blas);
    share = whole.noiseShare().orElse(Double.NaN);
    for (int g = 0; groups.groups().size() > 1 && g < groups.groups().size(); g++) {
      int gone = g;
      without.add(
          new NoiseCorrection(
              moments.without(groups.groups().get(g), blas),
              sampling,
              weights,
              noise.map(known -> known.without().get(gone)).orElse(null),
              blas));
    }
  }

  /** Of all samples. */
  NoiseCorrection whole() {
    return whole;
  }

  /** phi. */
  double share() {
    return share;
  }

  /** Whether there are too few samples to leave groups of them out. */
  boolean areFew() {
    return without.isEmpty();
  }

  static String corrected(CollapseMetric number) {
    return number.id() + Estimate.END;
  }

  String percent() {
    return String.format(Locale.ROOT, "sampling noise is %.1f%% of S_B", 100 * share);
  }

  String indistinct() {
    return percent() + "; not distinguishable from coinciding means at this sample size";
  }

  /** Of a number that is 0 where it is ideal, and not less. */
  String zero() {
    return percent() + "; not distinguishable from 0 at this sample size";
  }

  /**
   * A number that is trusted while phi is below a limit.
   *
   * @param missing why there is no value, if there is none
   */
  Estimate byNoise(
      CollapseMetric number,
      double most,
      OptionalDouble value,
      String missing,
      Function<NoiseCorrection, OptionalDouble> of,
      boolean positive) {
    if (value.isEmpty()) {
      return Estimate.undefined(corrected(number), missing);
    }
    if (share >= most) {
      return Estimate.undefined(
          corrected(number),
          String.format(Locale.ROOT, "%s; it is trusted below %.0f%%", percent(), 100 * most));
    }
    return withInterval(number, value.getAsDouble(), of, positive);
  }

  Estimate withInterval(
      CollapseMetric number,
      double value,
      Function<NoiseCorrection, OptionalDouble> of,
      boolean positive) {
    String reason = withheld(number);
    if (!reason.isEmpty()) {
      return Estimate.withheld(corrected(number), value, reason);
    }
    Optional<Jackknife> jackknife = jackknife(value, of);
    if (jackknife.isEmpty()) {
      return Estimate.withheld(
          corrected(number), value, "undefined once a group of the samples is left out");
    }
    return Estimate.of(
        corrected(number),
        value,
        positive ? jackknife.get().intervalOfPositive() : jackknife.get().interval());
  }

  /** Why no interval stands beside a number that does; empty if one may. */
  private String withheld(CollapseMetric number) {
    if (without.isEmpty()) {
      return FEW;
    }
    if (number.info().group() != MetricInfo.Group.WITHIN) {
      return "";
    }
    if (groups.largestSquare().isEmpty()) {
      return "how much of the spread one sample makes up is not known";
    }
    if (squares == 0) {
      return "no class has any spread: there is nothing to estimate an interval from";
    }
    double largest = groups.largestSquare().getAsDouble() / squares;
    return largest < HEAVY / Math.sqrt(whole.samples())
        ? ""
        : String.format(
            Locale.ROOT,
            "one sample has %.2g of all squares within classes: tails too heavy for an interval",
            largest);
  }

  private Optional<Jackknife> jackknife(
      double value, Function<NoiseCorrection, OptionalDouble> of) {
    List<OptionalDouble> found = without.stream().map(of).toList();
    return found.isEmpty() || found.stream().anyMatch(OptionalDouble::isEmpty)
        ? Optional.empty()
        : Optional.of(
            new Jackknife(
                value, found.stream().mapToDouble(OptionalDouble::getAsDouble).toArray()));
  }

  /** The jackknife variance of each of several values. */
  double[] variances(Function<NoiseCorrection, double[]> of) {
    double[] at = of.apply(whole);
    double[][] replicates = without.stream().map(of).toArray(double[][]::new);
    double[] variances = new double[at.length];
    for (int i = 0; i < at.length; i++) {
      int place = i;
      variances[i] =
          new Jackknife(at[i], Arrays.stream(replicates).mapToDouble(r -> r[place]).toArray())
              .variance();
    }
    return variances;
  }

  /** A variance of the whole as that of fewer samples. */
  double scaled(double variance, NoiseCorrection of) {
    return variance * whole.samples() / of.samples();
  }

  /** A number that is trusted where every group can be left out and no bias shows. */
  Estimate byReplicates(CollapseMetric number, Function<NoiseCorrection, OptionalDouble> of) {
    if (!hasScatter) {
      return Estimate.undefined(corrected(number), "needs the scatter of the samples in groups");
    }
    OptionalDouble value = of.apply(whole);
    if (value.isEmpty()) {
      return Estimate.undefined(
          corrected(number),
          classes - 1 < width || whole.hasMeansNoise()
              ? indistinct()
              : "with K-1 >= D and classes of several sizes it needs the samples themselves");
    }
    if (without.isEmpty()) {
      return Estimate.undefined(corrected(number), FEW);
    }
    Optional<Jackknife> plain = jackknife(value.getAsDouble(), of);
    if (plain.isEmpty()) {
      return Estimate.undefined(
          corrected(number), percent() + "; undefined once a group of the samples is left out");
    }
    Jackknife judged = plain.get().logarithmic().orElse(plain.get());
    if (judged.bias() != 0 && Math.abs(judged.bias()) >= judged.standardError()) {
      return Estimate.undefined(
          corrected(number), "its bias at this sample size is no smaller than its standard error");
    }
    return withInterval(number, value.getAsDouble(), of, true);
  }

  /** The same of a number whose interval nobody has checked. */
  Estimate withoutInterval(
      CollapseMetric number, double most, OptionalDouble value, String missing) {
    Estimate found = byNoise(number, most, value, missing, of -> OptionalDouble.empty(), true);
    return found.value().isEmpty()
        ? found
        : Estimate.withheld(found.id(), found.value().getAsDouble(), UNCHECKED);
  }
}
