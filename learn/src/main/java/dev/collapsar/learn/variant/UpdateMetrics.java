package dev.collapsar.learn.variant;

import dev.collapsar.calibration.NullSample;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import dev.collapsar.metric.AlignmentMetrics;
import dev.collapsar.metric.ClassDirections;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Overlap;
import dev.collapsar.metric.Overlap.Statistic;
import dev.collapsar.metric.RandomSubspaces;
import dev.collapsar.metric.Spectrum;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The size and the directions of a head's update (K,D), each direction beside its chance. */
public final class UpdateMetrics {
  private static final String ZERO = "the update is zero: it has no directions";
  private static final String NO_MEANS = "a class mean is the mean of all: it has no direction";
  private static final String OUTPUT_COS = "align_output_cos_abs";
  private static final String OUTPUT_PROJECTION = "align_output_projection";
  private static final String ALIGN = "align_";

  private final Matrix original;
  private final int draws;
  private final int shuffles;
  private final Seed seed;

  /** Random ones by their dimensions, drawn once for all epochs and variants. */
  private final Map<String, RandomSubspaces> subspaces = new HashMap<>();

  private ScatterSpectra shuffledOf;
  private List<ClassDirections> shuffled = List.of();

  /**
   * Of updates that begin at one base.
   *
   * @param original the class means before adaptation, (K,D)
   * @param draws how many random subspaces alignments are held against
   * @param shuffles how often the labels are shuffled among the images
   */
  public UpdateMetrics(Matrix original, int draws, int shuffles, Seed seed) {
    this.original = original;
    this.draws = draws;
    this.shuffles = shuffles;
    this.seed = seed;
  }

  /** K. */
  public int classes() {
    return original.rows();
  }

  /**
   * Singular values at most max(K,D) * 2^-23 times the largest are rounding of single precision.
   */
  public static SingularVectors directions(Matrix update) {
    double tolerance = Math.max(update.rows(), update.columns()) * (double) Math.ulp(1f);
    return SingularVectors.of(update, tolerance, Blas.reference());
  }

  public List<Measurement> of(Matrix update, FeatureSnapshot now) {
    List<Measurement> found = new ArrayList<>();
    found.add(Measurement.of("class_mean_change", distance(now.means(), original)));
    found.add(Measurement.of("update_norm", norm(update)));
    SingularVectors svd = directions(update);
    if (svd.rank() == 0) {
      undefined(found);
      return found;
    }
    Spectrum spectrum = new Spectrum(svd.values());
    found.add(Measurement.of("update_rank_95", spectrum.effectiveRank(0.95, svd.rank())));
    found.add(Measurement.of("update_rank_99", spectrum.effectiveRank(0.99, svd.rank())));
    found.add(Measurement.of("update_rank_entropy", spectrum.entropyRank()));
    against(now.directions(), "", svd.right(), found);
    against(ClassDirections.centred(original), "_original", svd.right(), found);
    shuffled(now, svd.right(), found);
    outputs(svd, found);
    found.add(
        Measurement.of(
            "align_notebook_literal", AlignmentMetrics.notebookLiteral(svd.left(), now.means())));
    return found;
  }

  private void shuffled(FeatureSnapshot now, Matrix directions, List<Measurement> found) {
    List<ClassDirections> drawn = shuffled(now);
    if (now.directions().isEmpty() || drawn.size() < 2) {
      for (Statistic statistic : Statistic.values()) {
        found.addAll(AlignmentMetrics.undefined(ALIGN + statistic.id() + "_shuffled", NO_MEANS));
      }
      return;
    }
    Overlap observed = now.directions().get().overlap(directions);
    for (Statistic statistic : Statistic.values()) {
      NullSample chance =
          new NullSample(
              "shuffled labels",
              drawn.stream()
                  .mapToDouble(means -> statistic.of(means.overlap(directions)))
                  .toArray());
      found.addAll(
          AlignmentMetrics.calibrated(
              ALIGN + statistic.id() + "_shuffled",
              statistic.of(observed),
              chance,
              statistic.tail()));
    }
    double[] angles = now.directions().get().principalAngles(directions);
    for (int i = 0; i < angles.length; i++) {
      found.add(Measurement.of("align_angle_" + (i + 1), angles[i]));
    }
  }

  /** Centred class means under shuffled labels, found once for each representation. */
  private List<ClassDirections> shuffled(FeatureSnapshot now) {
    if (now.spectra() != shuffledOf) {
      shuffled =
          ClassDirections.shuffled(
              now.features(), now.classes(), shuffles, seed.random("null/labels"));
      shuffledOf = now.spectra();
    }
    return shuffled;
  }

  private void against(
      Optional<ClassDirections> centred,
      String suffix,
      Matrix directions,
      List<Measurement> found) {
    if (centred.isEmpty()) {
      undefined(suffix, NO_MEANS, found);
      return;
    }
    ClassDirections means = centred.get();
    Overlap observed = means.overlap(directions);
    RandomSubspaces random = random(directions.rows(), means.width(), means.rank());
    for (Statistic statistic : Statistic.values()) {
      String id = ALIGN + statistic.id() + suffix;
      double value = statistic.of(observed);
      found.add(Measurement.of(id, value, note(statistic, directions, means)));
      found.addAll(
          AlignmentMetrics.calibrated(
              id, value, random.sample(means, statistic), statistic.tail()));
    }
  }

  private static String note(Statistic statistic, Matrix directions, ClassDirections means) {
    int r = directions.rows();
    String saturated =
        r > means.rank()
            ? "; %d directions exceed the %d of the means".formatted(r, means.rank())
            : "";
    return statistic == Statistic.PROJECTION
        ? "by chance r/D = %d/%d%s".formatted(r, means.width(), saturated)
        : "%d directions%s".formatted(r, saturated);
  }

  /**
   * Left singular vectors against the classes as outputs. Subspaces without the all-ones direction
   * all hold the same share of the simplex, so there chance is that number alone.
   */
  private void outputs(SingularVectors svd, List<Measurement> found) {
    ClassDirections classes = ClassDirections.outputs(svd.left().columns());
    int r = svd.rank();
    Overlap observed = classes.overlap(svd.left());
    found.add(Measurement.of(OUTPUT_COS, observed.cosAbs()));
    found.add(Measurement.of(OUTPUT_PROJECTION, observed.projection()));
    if (r > classes.rank()) {
      String reason = "%d directions exceed the %d of the outputs".formatted(r, classes.rank());
      found.addAll(AlignmentMetrics.undefined(OUTPUT_COS, reason));
      found.addAll(AlignmentMetrics.undefined(OUTPUT_PROJECTION, reason));
      return;
    }
    NullSample chance =
        random(r, classes.rank(), classes.rank()).sample(classes, Statistic.COS_ABS);
    found.addAll(
        AlignmentMetrics.calibrated(
            OUTPUT_COS, observed.cosAbs(), chance, Statistic.COS_ABS.tail()));
    String same = "every such subspace holds r/(K-1) = %d/%d".formatted(r, classes.rank());
    found.add(Measurement.of(OUTPUT_PROJECTION + "_null_mean", (double) r / classes.rank(), same));
    found.add(Measurement.of(OUTPUT_PROJECTION + "_null_std", 0, same));
    found.add(Measurement.undefined(OUTPUT_PROJECTION + "_z", same));
    found.add(Measurement.undefined(OUTPUT_PROJECTION + "_p", same));
  }

  private RandomSubspaces random(int r, int width, int span) {
    String name = "null/subspaces/%d/%d/%d".formatted(r, width, span);
    return subspaces.computeIfAbsent(
        name, key -> RandomSubspaces.draw(r, width, span, draws, seed.random(name)));
  }

  private void undefined(List<Measurement> found) {
    for (String id : List.of("update_rank_95", "update_rank_99", "update_rank_entropy")) {
      found.add(Measurement.undefined(id, ZERO));
    }
    undefined("", ZERO, found);
    undefined("_original", ZERO, found);
    for (Statistic statistic : Statistic.values()) {
      found.addAll(AlignmentMetrics.undefined(ALIGN + statistic.id() + "_shuffled", ZERO));
    }
    for (String id : List.of(OUTPUT_COS, OUTPUT_PROJECTION)) {
      found.add(Measurement.undefined(id, ZERO));
      found.addAll(AlignmentMetrics.undefined(id, ZERO));
    }
    found.add(Measurement.undefined("align_notebook_literal", ZERO));
  }

  private static void undefined(String suffix, String reason, List<Measurement> found) {
    for (Statistic statistic : Statistic.values()) {
      String id = ALIGN + statistic.id() + suffix;
      found.add(Measurement.undefined(id, reason));
      found.addAll(AlignmentMetrics.undefined(id, reason));
    }
  }

  private static double norm(Matrix matrix) {
    return distance(matrix, Matrix.zeros(matrix.rows(), matrix.columns()));
  }

  private static double distance(Matrix a, Matrix b) {
    return Math.sqrt(
        IntStream.range(0, a.array().length)
            .mapToDouble(i -> a.array()[i] - b.array()[i])
            .map(d -> d * d)
            .sum());
  }
}
