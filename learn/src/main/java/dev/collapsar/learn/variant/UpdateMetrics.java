package dev.collapsar.learn.variant;

import dev.collapsar.calibration.NullColumns;
import dev.collapsar.calibration.NullSample;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evidence.HeadEvidence;
import dev.collapsar.learn.evidence.Likeness;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import dev.collapsar.linalg.Spectrum;
import dev.collapsar.metric.Alignment;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Metric;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.NotebookAlignment;
import dev.collapsar.random.Seed;
import dev.collapsar.stats.ClassDirections;
import dev.collapsar.update.ClassCosine;
import dev.collapsar.update.PermutedLabels;
import dev.collapsar.update.RandomSubspaces;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The size and the directions of a head's update (K,D), each direction beside its chance. */
public final class UpdateMetrics {
  private static final String ZERO = "the update is zero: it has no directions";
  private static final String NO_MEANS = "a class mean is the mean of all: it has no direction";
  private static final List<MetricInfo> OF_MEANS =
      Alignment.METRICS.stream().map(Metric::info).toList();
  private static final List<MetricInfo> OF_FIRST_MEANS =
      List.of(
          LearnMetrics.ALIGN_COS_ABS_ORIGINAL,
          LearnMetrics.ALIGN_PROJECTION_ORIGINAL,
          LearnMetrics.ALIGN_ANGLE_MAX_ORIGINAL);

  private final Matrix original;
  private final int draws;
  private final int shuffles;
  private final Seed seed;

  /** Drawn once for all epochs and variants. */
  private final RandomSubspaces ofSpace = RandomSubspaces.ofSpace();

  /** Likewise, of outputs that do not all move together. */
  private final RandomSubspaces ofOutputs = RandomSubspaces.ofSpan();

  private ScatterSpectra shuffledOf;
  private PermutedLabels shuffled;

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

  public List<Measurement> of(Matrix update, FeatureSnapshot now) {
    List<Measurement> found = new ArrayList<>();
    found.add(Measurement.of(LearnMetrics.CLASS_MEAN_CHANGE, norm(now.means().minus(original))));
    found.add(Measurement.of(LearnMetrics.UPDATE_NORM, norm(update)));
    SingularVectors svd = HeadEvidence.directions(update);
    if (svd.rank() == 0) {
      undefined(found);
      return found;
    }
    Spectrum spectrum = new Spectrum(svd.values());
    found.add(
        Measurement.of(LearnMetrics.UPDATE_RANK_95, spectrum.effectiveRank(0.95, svd.rank())));
    found.add(
        Measurement.of(LearnMetrics.UPDATE_RANK_99, spectrum.effectiveRank(0.99, svd.rank())));
    found.add(Measurement.of(LearnMetrics.UPDATE_RANK_ENTROPY, spectrum.entropyRank()));
    against(now.directions(), OF_MEANS, svd.right(), found);
    against(ClassDirections.centred(original), OF_FIRST_MEANS, svd.right(), found);
    shuffled(now, svd.right(), found);
    outputs(svd, found);
    found.add(NotebookAlignment.of(svd.left(), now.means()));
    found.add(NotebookAlignment.projection(svd.left(), now.means()));
    found.add(new ClassCosine(update, now.means()).measured());
    return found;
  }

  /**
   * What stands beside those numbers after the last epoch: overlaps with the class means' span,
   * each with its chance level in closed form and the best at this rank, and how alike the
   * representation is to the one before.
   */
  public static List<Measurement> atTheEnd(
      HeadEvidence head, FeatureSnapshot now, FeatureSnapshot before) {
    List<Measurement> found = new ArrayList<>(head.overlaps(false)); // the projection has its draws
    found.add(Likeness.of(before.features(), now.features()));
    return found;
  }

  private void shuffled(FeatureSnapshot now, Matrix directions, List<Measurement> found) {
    Optional<Alignment> seen = now.directions().map(means -> Alignment.of(means, directions));
    if (seen.isEmpty() || shuffled(now).obstacle(seen.get()).isPresent()) {
      OF_MEANS.forEach(info -> found.addAll(ofShuffled(info).undefined(NO_MEANS)));
      return;
    }
    Alignment observed = seen.get();
    Map<Metric<Alignment>, NullSample> chance =
        shuffled(now).samples(observed, shuffles, seed, Alignment.METRICS);
    chance.forEach(
        (metric, sample) ->
            found.addAll(ofShuffled(metric.info()).of(metric.of(observed), sample)));
    double[] angles = now.directions().get().principalAngles(directions);
    for (int i = 0; i < angles.length; i++) {
      found.add(Measurement.of(Alignment.angle(i + 1), angles[i]));
    }
  }

  private static NullColumns ofShuffled(MetricInfo info) {
    return NullColumns.of(info, "shuffled", "shuffled labels");
  }

  /** Centred class means under shuffled labels, found once for each representation. */
  private PermutedLabels shuffled(FeatureSnapshot now) {
    if (now.spectra() != shuffledOf) {
      shuffled =
          PermutedLabels.draw(now.features(), now.classes(), shuffles, seed.random("null/labels"));
      shuffledOf = now.spectra();
    }
    return shuffled;
  }

  /**
   * @param infos what the alignment metrics are against these means
   */
  private void against(
      Optional<ClassDirections> centred,
      List<MetricInfo> infos,
      Matrix directions,
      List<Measurement> found) {
    if (centred.isEmpty()) {
      undefined(infos, NO_MEANS, found);
      return;
    }
    ClassDirections means = centred.get();
    Alignment observed = Alignment.of(means, directions);
    Map<Metric<Alignment>, NullSample> chance =
        ofSpace.samples(observed, draws, seed, Alignment.METRICS);
    for (int i = 0; i < infos.size(); i++) {
      Metric<Alignment> metric = Alignment.METRICS.get(i);
      double value = ((Measurement.Defined) metric.of(observed)).value();
      Measurement number = Measurement.of(infos.get(i), value, note(metric, directions, means));
      found.add(number);
      found.addAll(NullColumns.of(infos.get(i)).of(number, chance.get(metric)));
    }
  }

  private static String note(Metric<Alignment> metric, Matrix directions, ClassDirections means) {
    int r = directions.rows();
    String saturated =
        r > means.rank()
            ? "; %s directions exceed the %s of the means".formatted(r, means.rank())
            : "";
    return metric == Alignment.PROJECTION
        ? "by chance r/D = %s/%s%s".formatted(r, means.width(), saturated)
        : "%s directions%s".formatted(r, saturated);
  }

  /**
   * Left singular vectors against the classes as outputs. Subspaces without the all-ones direction
   * all hold the same share of the simplex, so there chance is that number alone.
   */
  private void outputs(SingularVectors svd, List<Measurement> found) {
    ClassDirections classes = ClassDirections.outputs(svd.left().columns());
    NullColumns ofCosine = NullColumns.of(LearnMetrics.ALIGN_OUTPUT_COS_ABS);
    NullColumns ofProjection = NullColumns.of(LearnMetrics.ALIGN_OUTPUT_PROJECTION);
    int r = svd.rank();
    Alignment observed = Alignment.of(classes, svd.left());
    Measurement cosine =
        Measurement.of(LearnMetrics.ALIGN_OUTPUT_COS_ABS, observed.overlap().cosAbs());
    found.add(cosine);
    found.add(
        Measurement.of(LearnMetrics.ALIGN_OUTPUT_PROJECTION, observed.overlap().projection()));
    if (r > classes.rank()) {
      String reason = "%s directions exceed the %s of the outputs".formatted(r, classes.rank());
      found.addAll(ofCosine.undefined(reason));
      found.addAll(ofProjection.undefined(reason));
      return;
    }
    NullSample chance =
        ofOutputs.samples(observed, draws, seed, List.of(Alignment.COS_ABS)).get(Alignment.COS_ABS);
    found.addAll(ofCosine.of(cosine, chance));
    found.addAll(
        ofProjection.constant(
            (double) r / classes.rank(),
            "every such subspace holds r/(K-1) = %s/%s".formatted(r, classes.rank())));
  }

  private static void undefined(List<Measurement> found) {
    for (MetricInfo info :
        List.of(
            LearnMetrics.UPDATE_RANK_95,
            LearnMetrics.UPDATE_RANK_99,
            LearnMetrics.UPDATE_RANK_ENTROPY)) {
      found.add(Measurement.undefined(info, ZERO));
    }
    undefined(OF_MEANS, ZERO, found);
    undefined(OF_FIRST_MEANS, ZERO, found);
    OF_MEANS.forEach(info -> found.addAll(ofShuffled(info).undefined(ZERO)));
    undefined(
        List.of(LearnMetrics.ALIGN_OUTPUT_COS_ABS, LearnMetrics.ALIGN_OUTPUT_PROJECTION),
        ZERO,
        found);
    found.add(Measurement.undefined(NotebookAlignment.INFO, ZERO));
    found.add(Measurement.undefined(NotebookAlignment.PROJECTION, ZERO));
    found.add(Measurement.undefined(ClassCosine.INFO, ZERO));
  }

  /** Numbers and the columns beside them. */
  private static void undefined(List<MetricInfo> infos, String reason, List<Measurement> found) {
    for (MetricInfo info : infos) {
      found.add(Measurement.undefined(info, reason));
      found.addAll(NullColumns.of(info).undefined(reason));
    }
  }

  /** ||D_W||_F. */
  public static double norm(Matrix matrix) {
    return Math.sqrt(matrix.stream().map(d -> d * d).sum());
  }
}
