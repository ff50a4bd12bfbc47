package dev.collapsar.learn.feedback;

import dev.collapsar.calibration.Calibration;
import dev.collapsar.calibration.NullColumns;
import dev.collapsar.calibration.NullSample;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The mean cosines of every hidden state under one null, draw by draw.
 *
 * @param name what was replaced, in words
 * @param stage as the stage column of metrics.csv spells it
 * @param cosines (draws, states), at least two draws; empty if this null cannot be drawn
 * @param reason why not, or null
 */
public record NullDraws(String name, String stage, List<double[]> cosines, String reason) {
  // What was observed plays no part in whether a null of feedback can be drawn, nor in its draws.
  private static final double[] OBSERVED = {};

  public NullDraws {
    cosines = List.copyOf(cosines);
  }

  static NullDraws of(FeedbackNull chance, int draws, Seed seed) {
    List<double[]> cosines = new ArrayList<>();
    Optional<String> obstacle = chance.obstacle(OBSERVED);
    if (obstacle.isEmpty()) {
      chance.draw(OBSERVED, draws, seed, cosines::add);
    }
    return new NullDraws(chance.name(), chance.stage(), cosines, obstacle.orElse(null));
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
        ? Optional.of(new NullSample(name, draws))
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
      MetricInfo info = compared.cosine(l).info();
      all.addAll(calibrated(Measurement.undefined(info, why), layer(l)));
    }
    MetricInfo deep = compared.deepCosine().info();
    all.addAll(calibrated(Measurement.undefined(deep, why), deep()));
    return all;
  }

  /** The observed deep mean beside its draws; empty if either is undefined. */
  public Optional<Calibration> deepCalibration(AlignmentSums observed) {
    return observed.deepCosine() instanceof Measurement.Defined defined
        ? deep().map(draws -> new Calibration(defined.value(), draws))
        : Optional.empty();
  }

  private List<Measurement> calibrated(Measurement observed, Optional<NullSample> draws) {
    NullColumns columns = NullColumns.of(observed.info());
    if (draws.isEmpty()) {
      return columns.undefined(
          reason != null
              ? reason
              : observed instanceof Measurement.Undefined undefined
                  ? undefined.reason()
                  : "some draws have no cosine: a gradient or a signal is exactly zero");
    }
    String note = "%s draws: %s".formatted(draws.get().count(), name);
    return columns.of(
        observed, draws.get(), new NullColumns.Notes(note, note, "all draws are equal"));
  }
}
