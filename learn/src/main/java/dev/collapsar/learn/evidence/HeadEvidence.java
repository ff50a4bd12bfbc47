package dev.collapsar.learn.evidence;

import dev.collapsar.calibration.ChanceLevel;
import dev.collapsar.calibration.NullColumns;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import dev.collapsar.metric.Alignment;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.stats.ClassDirections;
import dev.collapsar.update.Amplification;
import dev.collapsar.update.ClassCosine;
import dev.collapsar.update.SpanOverlap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * How the update of a head lies to the class means, each number beside what chance gives.
 *
 * @param update D_W (K,D)
 * @param fromStart B (A - A_0) (K,D) but for a factor, if the update is one of low rank
 * @param means M (K,D) of the representation now
 */
public record HeadEvidence(Matrix update, Optional<Matrix> fromStart, Matrix means) {
  private static final String ZERO = "the update is zero: it has no directions";
  private static final String NO_MEANS = "a class mean is the mean of all: it has no direction";

  /**
   * Overlaps with the span of the class means, each with its chance level in closed form and the
   * best at this rank; and the same without A's start.
   *
   * @param projection whether {@code align_projection} is among them, which may stand beside draws
   *     of its own instead
   */
  public List<Measurement> overlaps(boolean projection) {
    Optional<ClassDirections> directions =
        withoutSamples().isPresent() ? Optional.empty() : ClassDirections.centred(means);
    List<Measurement> found = new ArrayList<>(overlaps(update, directions, projection, false));
    fromStart.ifPresent(moved -> found.addAll(overlaps(moved, directions, projection, true)));
    return found;
  }

  /** Why the means are not all there, if a class has no sample; its row holds no numbers. */
  private Optional<String> withoutSamples() {
    return IntStream.range(0, means.rows())
        .filter(k -> !Arrays.stream(means.row(k)).allMatch(Double::isFinite))
        .mapToObj("class %s has no samples, and so no mean"::formatted)
        .findFirst();
  }

  private List<Measurement> overlaps(
      Matrix update, Optional<ClassDirections> means, boolean projection, boolean fromStart) {
    SingularVectors svd = directions(update);
    if (svd.rank() == 0 || means.isEmpty()) {
      String reason = svd.rank() == 0 ? ZERO : withoutSamples().orElse(NO_MEANS);
      return infos(projection).stream()
          .map(
              info -> Measurement.undefined(fromStart ? SpanOverlap.fromStart(info) : info, reason))
          .toList();
    }
    return SpanOverlap.of(svd, means.get()).stream()
        .filter(overlap -> projection || !overlap.info().equals(Alignment.PROJECTION.info()))
        .map(overlap -> fromStart ? overlap.fromStart() : overlap)
        .flatMap(overlap -> overlap.measurements().stream())
        .toList();
  }

  /** The overlaps where there are none. */
  static List<Measurement> unknownOverlaps(String reason) {
    return infos(true).stream().map(info -> Measurement.undefined(info, reason)).toList();
  }

  private static List<MetricInfo> infos(boolean projection) {
    List<MetricInfo> infos =
        new ArrayList<>(
            List.of(SpanOverlap.SPAN, SpanOverlap.SPAN_ENERGY, SpanOverlap.PROJECTION_ENERGY));
    if (projection) {
      infos.add(Alignment.PROJECTION.info());
    }
    return infos;
  }

  /**
   * By how much the update strengthens what the base does in its directions, beside chance.
   *
   * @param before W_0 (K,D)
   */
  public List<Measurement> amplification(Matrix before) {
    SingularVectors svd = directions(update);
    if (svd.rank() == 0 || before.norm() == 0) {
      return Amplification.undefined(svd.rank() == 0 ? ZERO : "the base's weights are zero");
    }
    return Amplification.of(before, svd, svd.rank(), Blas.reference()).measurements();
  }

  /**
   * The directions of an update of single precision: singular values at most max(K,D) * 2^-23 times
   * the largest are rounding.
   */
  public static SingularVectors directions(Matrix update) {
    double tolerance = Math.max(update.rows(), update.columns()) * (double) Math.ulp(1f);
    return SingularVectors.of(update, tolerance, Blas.reference());
  }

  /** Whether each class moves towards its own mean: {@code align_class_cos}. */
  public Measurement towardsClasses() {
    return withoutSamples()
        .map(reason -> Measurement.undefined(ClassCosine.INFO, reason))
        .orElseGet(() -> new ClassCosine(update, means).measured());
  }

  /**
   * What stands beside that number: heads retrained on permuted labels.
   *
   * @param retrained their updates; those that are zero count for nothing
   * @return the level; empty where it is undefined, for which {@code columns} say why
   */
  public Optional<ChanceLevel> level(List<Matrix> retrained) {
    return withoutLevel(retrained).isPresent()
        ? Optional.empty()
        : Optional.of(new ClassCosine(update, means).against(retrained));
  }

  /** The columns of that level, or why there are none. */
  public List<Measurement> columns(List<Matrix> retrained) {
    NullColumns columns = NullColumns.of(ClassCosine.INFO);
    Optional<String> without = withoutLevel(retrained);
    return without.isPresent()
        ? columns.unknown(without.get())
        : columns.of(
            level(retrained).orElseThrow(),
            "%s heads retrained on permuted labels".formatted(retrained.size()));
  }

  /** The columns of that level where nothing is retrained. */
  List<Measurement> unknown(String reason) {
    return NullColumns.of(ClassCosine.INFO).unknown(reason);
  }

  private Optional<String> withoutLevel(List<Matrix> retrained) {
    if (towardsClasses() instanceof Measurement.Undefined undefined) {
      return Optional.of(undefined.reason());
    }
    return retrained.size() < 2
        ? Optional.of("fewer than two heads on permuted labels end in finite weights")
        : Optional.empty();
  }
}
