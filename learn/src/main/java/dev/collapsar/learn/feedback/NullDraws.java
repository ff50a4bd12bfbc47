package dev.collapsar.learn.feedback;

import dev.collapsar.calibration.Calibration;
import dev.collapsar.calibration.NullSample;
import dev.collapsar.metric.Measurement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The mean cosines of every hidden state under one null, draw by draw.
 *
 * @param cosines (draws, states), at least two draws; empty if this null cannot be drawn
 * @param reason why not, or null
 */
public record NullDraws(NullKind kind, List<double[]> cosines, String reason) {
  public NullDraws {
    cosines = List.copyOf(cosines);
  }

  static NullDraws of(NullKind kind, List<double[]> cosines) {
    return new NullDraws(kind, cosines, null);
  }

  static NullDraws none(NullKind kind, String reason) {
    return new NullDraws(kind, List.of(), reason);
  }

  public int count() {
    return cosines.size();
  }

  /** The draws of hidden state l; empty if they are undefined. */
  public Optional<NullSample> layer(int l) {
    return sample(cosines.stream().mapToDouble(draw -> draw[l]).toArray());
  }

  /** The means over l = 1 .. L, one of each draw; empty if they are undefined. */
  public Optional<NullSample> deep() {
    return sample(
        cosines.stream()
            .mapToDouble(draw -> Arrays.stream(draw).skip(1).average().orElse(Double.NaN))
            .toArray());
  }

  private Optional<NullSample> sample(double[] draws) {
    return draws.length >= 2 && Arrays.stream(draws).allMatch(Double::isFinite)
        ? Optional.of(new NullSample(kind.words(), draws))
        : Optional.empty();
  }

  /** What this null says of every hidden state and of the deep mean. */
  public List<Measurement> measurements(AlignmentSums observed) {
    List<Measurement> all = new ArrayList<>();
    for (int l = 0; l < observed.layers().size(); l++) {
      all.addAll(calibrated(observed.cosine(l), layer(l)));
    }
    all.addAll(calibrated(observed.deepCosine(), deep()));
    return all;
  }

  /**
   * The draws beside no observed value, for this reason: where there is none of its own.
   *
   * @param compared what was drawn against, for its layers
   */
  public List<Measurement> withoutObserved(AlignmentSums compared, String why) {
    List<Measurement> all = new ArrayList<>();
    for (int l = 0; l < compared.layers().size(); l++) {
      String id = compared.cosine(l).id();
      all.addAll(calibrated(Measurement.undefined(id, why), layer(l)));
    }
    String deep = compared.deepCosine().id();
    all.addAll(calibrated(Measurement.undefined(deep, why), deep()));
    return all;
  }

  /** The observed deep mean beside its draws; empty if either is undefined. */
  public Optional<Calibration> deepCalibration(AlignmentSums observed) {
    return observed.deepCosine() instanceof Measurement.Defined defined
        ? deep().map(draws -> Calibration.upper(defined.value(), draws))
        : Optional.empty();
  }

  private List<Measurement> calibrated(Measurement observed, Optional<NullSample> draws) {
    String id = observed.id();
    List<Measurement> all = new ArrayList<>();
    if (draws.isEmpty()) {
      String why =
          reason != null
              ? reason
              : observed instanceof Measurement.Undefined undefined
                  ? undefined.reason()
                  : "some draws have no cosine: a gradient or a signal is exactly zero";
      for (String column : List.of("_null_mean", "_null_std", "_z", "_p")) {
        all.add(Measurement.undefined(id + column, why));
      }
      return all;
    }
    NullSample chance = draws.get();
    String note = "%d draws: %s".formatted(chance.count(), kind.words());
    all.add(Measurement.of(id + "_null_mean", chance.mean(), note));
    all.add(Measurement.of(id + "_null_std", chance.sampleDeviation(), note));
    if (observed instanceof Measurement.Defined defined) {
      Calibration calibration = Calibration.upper(defined.value(), chance);
      all.add(
          calibration.hasSpread()
              ? Measurement.of(id + "_z", calibration.z(), note)
              : Measurement.undefined(id + "_z", "all draws are equal"));
      all.add(Measurement.of(id + "_p", calibration.p(), note));
    } else {
      String why = ((Measurement.Undefined) observed).reason();
      all.add(Measurement.undefined(id + "_z", why));
      all.add(Measurement.undefined(id + "_p", why));
    }
    return all;
  }
}
