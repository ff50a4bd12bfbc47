package dev.collapsar.calibration;

import static dev.collapsar.metric.DualGeometry.NC2_COHERENCE_WEIGHTS;
import static dev.collapsar.metric.DualGeometry.NC2_NORM_COV_WEIGHTS;
import static dev.collapsar.metric.MeansGeometry.NC1_CDNV;
import static dev.collapsar.metric.MeansGeometry.NC2_ETF_ERR;
import static dev.collapsar.metric.WithinClass.NC1_PINV;
import static dev.collapsar.metric.WithinClass.NC1_SVD;
import static dev.collapsar.metric.WithinClass.NC1_TRACE;
import static dev.collapsar.metric.WithinClass.NC1_VCI;

import dev.collapsar.InvalidInputException;
import dev.collapsar.classes.ClassHalves;
import dev.collapsar.compute.Workers;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.CollapseOptions;
import dev.collapsar.metric.CollapseOptions.GlobalMean;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.stats.ClassMoments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Finds what stands beside the numbers of a measurement: how far the samples suffice, levels that
 * are known without a draw, chance levels by permuted labels, and numbers corrected for sampling
 * noise with intervals.
 *
 * <p>Chance levels and corrected numbers go back to the features: once for the groups that the
 * corrections are taken from, once for each block of draws. What is too dear is left out unless it
 * was asked for, and says so.
 */
public final class EvidencePlan {
  private static final Set<CollapseMetric> OF_SCATTER =
      Set.of(NC1_PINV, NC1_SVD, NC1_TRACE, NC1_VCI);
  private static final Set<CollapseMetric> OF_WEIGHTS_ALONE =
      Set.of(NC2_NORM_COV_WEIGHTS, NC2_COHERENCE_WEIGHTS);

  private final MeasuredCollapse measured;
  private final EvidenceRequest request;
  private final Sampling sampling;
  private final Consumer<String> announce;
  private final Map<String, List<Measurement>> beside = new LinkedHashMap<>();
  private final List<String> remarks = new ArrayList<>();
  private Optional<NullDraws> drawn = Optional.empty();

  private EvidencePlan(
      MeasuredCollapse measured, EvidenceRequest request, Consumer<String> announce) {
    this.measured = measured;
    this.request = request;
    sampling = request.sampling().ofClasses(measured.measured());
    this.announce = announce;
  }

  /**
   * What stands beside these numbers.
   *
   * @param announce is told what it will cost, before it starts, if that is more than a moment
   * @throws InvalidInputException if draws were asked for that do not fit the measurement's options
   */
  public static Evidence of(
      MeasuredCollapse measured, EvidenceRequest request, Consumer<String> announce) {
    return new EvidencePlan(measured, request, announce).found();
  }

  private Evidence found() {
    SamplingNoise noise = new SamplingNoise(measured.moments(), measured.measured(), sampling);
    new KnownLevels(measured).columns().forEach((id, column) -> put(id, List.of(column)));
    boolean draws = request.drawn() > 0 && !permutable().isEmpty();
    boolean intervals = request.wantsIntervals() && !permutable().isEmpty();
    Optional<String> noDraws = draws ? withoutNull() : Optional.empty();
    Optional<String> noIntervals = intervals ? withoutIntervals() : Optional.empty();
    EvidenceCost cost = EvidenceCost.NOTHING;
    cost = draws && noDraws.isEmpty() ? cost.and(costOfNull()) : cost;
    cost = intervals && noIntervals.isEmpty() ? cost.and(costOfIntervals()) : cost;
    if (cost.isWorthSaying()) {
      announce.accept("chance levels and corrected numbers take about " + cost);
    }
    try (Blas blas = Blas.forWork(1e10 * cost.seconds(), measured.options().threads());
        Workers workers = new Workers(measured.options().threads())) {
      ClassMoments moments = measured.moments();
      Map<String, List<Measurement>> corrected = new LinkedHashMap<>();
      if (intervals && noIntervals.isEmpty()) {
        moments = correct(corrected, blas, workers);
      }
      if (!draws && intervals && noIntervals.isEmpty()) {
        simplexLevel(evenDimensions(moments, blas, workers));
      }
      if (draws) {
        chance(noDraws, moments, blas, workers);
      }
      if (intervals) {
        noIntervals.ifPresent(reason -> uncorrected(reason, corrected));
        corrected.forEach(this::put);
      }
    }
    List<Measurement> whole = new ArrayList<>(noise.measurements());
    whole.addAll(ClassHalves.of(measured));
    return new Evidence(whole, beside, remarks, drawn);
  }

  private void put(String id, List<Measurement> columns) {
    beside
        .computeIfAbsent(id, k -> new ArrayList<>())
        .addAll(columns.stream().map(measured::restored).toList());
  }

  private List<Measurement> numbers() {
    return measured.report().metrics().values().stream().map(measured::divided).toList();
  }

  /** The numbers that labels play a part in, as far as permuted ones say something of them. */
  private List<Measurement> permutable() {
    return numbers().stream()
        .filter(
            number ->
                Set.of(Group.WITHIN, Group.MEANS, Group.DUALITY).contains(number.info().group()))
        .filter(number -> !isOneOf(OF_WEIGHTS_ALONE, number.id()))
        .toList();
  }

  private static boolean isOneOf(Set<CollapseMetric> metrics, String id) {
    return metrics.stream().anyMatch(metric -> metric.id().equals(id));
  }

  private boolean usesWeights() {
    return measured.weights().isPresent()
        && permutable().stream().anyMatch(number -> number.info().group() == Group.DUALITY);
  }

  private Optional<Matrix> weights() {
    return usesWeights() ? measured.weights() : Optional.empty();
  }

  // ---- What is left out, and why.

  /** Why there are no chance levels at all. */
  private Optional<String> withoutNull() {
    if (measured.options().globalMean() != GlobalMean.CLASSES) {
      return requireUnasked(
          "chance levels are of class means around their own mean, not around that of the samples");
    }
    if (measured.train().isEmpty()) {
      return Optional.of("labels cannot be permuted where the features are not at hand row by row");
    }
    Optional<String> obstacle = source(measured.moments()).obstacle();
    return obstacle.isPresent() || request.draws().isPresent()
        ? obstacle
        : costOfNull()
            .tooMuch(request, featureBytes())
            .map(why -> "not drawn: " + why + request.remedy("--null " + request.drawn()));
  }

  private Optional<String> requireUnasked(String reason) {
    if (request.draws().isPresent()) {
      throw new InvalidInputException(reason);
    }
    return Optional.of(reason);
  }

  /** Why there is no chance level of this number, whose formula is another by these options. */
  private Optional<String> otherwise(String id) {
    CollapseOptions options = measured.options();
    if (id.equals(NC1_CDNV.id()) && options.distExponent() != 1) {
      return Optional.of(
          "its chance level and correction are those of exponent 1, not %s"
              .formatted(options.distExponent()));
    }
    return isOneOf(OF_SCATTER, id) && options.rankTolerance().isPresent()
        ? Optional.of("its chance level and correction are those of the usual rank tolerance")
        : Optional.empty();
  }

  /** Why there are no corrected numbers at all. */
  private Optional<String> withoutIntervals() {
    if (sampling.complete()) {
      return Optional.of(CorrectedNumbers.COMPLETE);
    }
    if (measured.options().globalMean() != GlobalMean.CLASSES) {
      return Optional.of("corrected numbers are of class means around their own mean");
    }
    if (measured.train().isEmpty()) {
      return Optional.of("needs the features row by row, to form groups of them");
    }
    if (measured.measured().length < 2) {
      return Optional.of("needs two classes");
    }
    return request.intervals().isPresent()
        ? Optional.empty()
        : costOfIntervals()
            .tooMuch(request, featureBytes())
            .map(why -> "not corrected: " + why + request.remedy("--intervals"));
  }

  private double featureBytes() {
    return (double) rows() * measured.report().dimensions() * Float.BYTES;
  }

  private long rows() {
    return measured.report().samples();
  }

  private EvidenceCost costOfNull() {
    return EvidenceCost.ofNull(
        rows(),
        measured.measured().length,
        measured.report().dimensions(),
        request.drawn(),
        measured.options().threads());
  }

  private EvidenceCost costOfIntervals() {
    return EvidenceCost.ofIntervals(
        rows(),
        measured.measured().length,
        measured.report().dimensions(),
        needsScatter(),
        MeansNoise.isNeeded(
            Arrays.stream(measured.measured()).mapToLong(measured.moments()::count).toArray(),
            measured.report().dimensions()),
        permutable().stream().anyMatch(number -> number.id().equals(NC1_VCI.id())),
        measured.options().threads());
  }

  private boolean needsScatter() {
    return permutable().stream().anyMatch(number -> isOneOf(OF_SCATTER, number.id()));
  }

  // ---- Chance.

  /** The level of {@code nc2_etf_err} by its formula, for classes of one size. */
  private void simplexLevel(OptionalDouble dimensions) {
    int[] classes = measured.measured();
    ClassMoments moments = measured.moments();
    boolean balanced =
        classes.length > 1
            && Arrays.stream(classes).allMatch(k -> moments.count(k) == moments.count(classes[0]));
    if (!balanced || dimensions.isEmpty()) {
      return;
    }
    permutable().stream()
        .filter(number -> number.id().equals(NC2_ETF_ERR.id()))
        .forEach(
            number ->
                put(
                    number.id(),
                    List.of(
                        Measurement.of(
                            NullColumns.of(number.info()).info(Column.CLOSED_FORM),
                            ClosedFormLevels.etfError(classes.length, dimensions.getAsDouble()),
                            String.format(
                                Locale.ROOT,
                                "features spread as over %.4g even dimensions",
                                dimensions.getAsDouble())))));
  }

  /** Where all classes took part. */
  private OptionalDouble evenDimensions(ClassMoments moments, Blas blas, Workers workers) {
    return measured.measured().length == moments.classes()
        ? EvenDimensions.of(measured.train().orElseThrow(), moments, blas, workers)
        : OptionalDouble.empty();
  }

  private CollapseNull source(ClassMoments moments) {
    CollapseNull source =
        CollapseNull.of(measured.train().orElseThrow(), moments).ofClasses(measured.measured());
    return weights().map(source::withWeights).orElse(source);
  }

  private void chance(Optional<String> without, ClassMoments moments, Blas blas, Workers workers) {
    if (without.isPresent()) {
      permutable()
          .forEach(
              number -> put(number.id(), NullColumns.of(number.info()).unknown(without.get())));
      remarks.add("chance levels: " + without.get());
      return;
    }
    NullDraws draws = source(moments).draw(request.drawn(), request.seed(), blas, workers);
    drawn = Optional.of(draws);
    simplexLevel(draws.evenDimensions());
    for (Measurement number : permutable()) {
      put(
          number.id(),
          otherwise(number.id())
              .map(reason -> NullColumns.of(number.info()).unknown(reason))
              .orElseGet(() -> draws.columns(number)));
    }
    remarks.add(
        "chance: %s of %s. A small p says that labels say something of the features, and nothing"
                .formatted(
                    draws.exhaustive()
                        ? "all %s other orders".formatted(draws.draws())
                        : "%s draws".formatted(draws.draws()),
                    draws.exhaustive() ? "the labels" : draws.name())
            + " about collapse");
  }

  // ---- Corrections.

  /** The corrected numbers; and the moments, with the scatter if all classes took part. */
  private ClassMoments correct(
      Map<String, List<Measurement>> corrected, Blas blas, Workers workers) {
    FeatureTable train = measured.train().orElseThrow();
    int[] classes = measured.measured();
    SampleGroups groups =
        SampleGroups.read(train, measured.moments(), classes, needsScatter(), blas, workers);
    ClassMoments whole = groups.whole(blas);
    Set<String> wanted =
        permutable().stream()
            .map(Measurement::id)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    for (Estimate estimate :
        CorrectedNumbers.of(
            groups,
            whole,
            sampling,
            weights().map(all -> all.rows(classes)),
            needsScatter()
                ? MeansNoise.read(train, measured.moments(), classes, sampling, blas, workers)
                : Optional.empty(),
            wanted.contains(NC1_VCI.id()),
            blas)) {
      String id = estimate.of();
      if (wanted.contains(id)) {
        corrected.put(
            id,
            otherwise(id)
                .map(reason -> Estimate.undefined(estimate.id(), reason))
                .orElse(estimate)
                .columns());
      }
    }
    return classes.length == measured.moments().classes() ? whole : measured.moments();
  }

  private void uncorrected(String reason, Map<String, List<Measurement>> corrected) {
    Set<String> ids = CorrectedNumbers.corrigible();
    for (Measurement number : permutable()) {
      if (ids.contains(number.id())) {
        corrected.put(
            number.id(), Estimate.undefined(number.id() + Estimate.END, reason).columns());
      }
    }
    remarks.add("corrected numbers: " + reason);
  }
}
