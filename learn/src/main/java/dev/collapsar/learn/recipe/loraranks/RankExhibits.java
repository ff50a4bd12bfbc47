package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.calibration.NullColumns;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.variant.FeatureSnapshot;
import dev.collapsar.learn.variant.ScatterSpectra;
import dev.collapsar.metric.Alignment;
import dev.collapsar.metric.DualGeometry;
import dev.collapsar.metric.MeansGeometry;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.metric.NearestMean;
import dev.collapsar.metric.WithinClass;
import dev.collapsar.run.Exhibit;
import dev.collapsar.run.Exhibit.Axis;
import dev.collapsar.run.Exhibit.Band;
import dev.collapsar.run.Exhibit.Curve;
import dev.collapsar.run.MetricHistory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * What the report of a rank sweep shows beside its numbers by epoch, from those numbers and the
 * spectra that were collected on the way.
 */
final class RankExhibits {
  private static final String CHANCE = "Dashed bands: mean and two deviations of %s.";

  /** A p at most this is called more than chance. */
  private static final double SIGNIFICANT = 0.05;

  private static final String NC1_TRACE = WithinClass.NC1_TRACE.id();
  private static final String NC2_COHERENCE = MeansGeometry.NC2_COHERENCE_MEANS.id();
  private static final String NC3_FROBENIUS = DualGeometry.NC3_FROBENIUS.id();
  private static final String NC4_MISMATCH = NearestMean.NC4_MISMATCH.id();
  private static final MetricInfo PROJECTION = Alignment.PROJECTION.info();
  private static final NullColumns RANDOM = NullColumns.of(PROJECTION);
  private static final NullColumns SHUFFLED =
      NullColumns.of(PROJECTION, "shuffled", "shuffled labels");
  private static final String RANDOM_P = RANDOM.info(Column.P).id();
  private static final String SHUFFLED_P = SHUFFLED.info(Column.P).id();

  private final boolean drift;
  private final List<Curve> features = new ArrayList<>();
  private final List<Curve> means = new ArrayList<>();
  private ScatterSpectra last;

  /** The numbers of the adaptation, for the exhibits made at once. */
  private record Numbers(
      List<String> variants,
      List<String> adapters,
      List<Integer> epochs,
      Map<String, MetricHistory> histories) {

    static Numbers of(List<Variant> trained, MetricHistory history) {
      Map<String, MetricHistory> histories = new LinkedHashMap<>();
      trained.forEach(v -> histories.put(v.name(), history.variant(v.name())));
      return new Numbers(
          List.copyOf(histories.keySet()),
          trained.stream().filter(Variant::isAdapter).map(Variant::name).toList(),
          history.epochs(),
          histories);
    }

    /** Null where it is undefined. */
    Double at(String variant, int epoch, String metric) {
      OptionalDouble value = histories.get(variant).series(metric, "").at(epoch);
      return value.isPresent() ? (Double) value.getAsDouble() : null;
    }

    Double last(String variant, String metric) {
      return at(variant, epochs.get(epochs.size() - 1), metric);
    }

    Double first(String variant, String metric) {
      return at(variant, epochs.get(0), metric);
    }

    /** The epochs at which all of these are defined. */
    List<Integer> defined(String variant, String... metrics) {
      return epochs.stream()
          .filter(e -> List.of(metrics).stream().allMatch(m -> at(variant, e, m) != null))
          .toList();
    }

    List<Double> series(String variant, List<Integer> at, String metric) {
      return at.stream().map(epoch -> at(variant, epoch, metric)).toList();
    }
  }

  /**
   * @param drift whether the batch norms of the frozen backbone moved
   */
  RankExhibits(boolean drift) {
    this.drift = drift;
  }

  /** Takes the spectra of a variant, unless its representation is the one that was seen last. */
  void spectra(String variant, FeatureSnapshot found) {
    ScatterSpectra spectra = found.spectra();
    if (spectra != last) {
      last = spectra;
      features.add(named(variant, spectra.featureValues()));
      means.add(named(variant, spectra.meanValues()));
    }
  }

  private static Curve named(String variant, double[] values) {
    List<Double> x = IntStream.rangeClosed(1, values.length).mapToObj(i -> (double) i).toList();
    return new Curve(variant, variant, x, Arrays.stream(values).boxed().toList());
  }

  /**
   * The exhibits, verdicts first.
   *
   * @param trained the variants in their order
   * @param history of their stage
   */
  List<Exhibit> of(List<Variant> trained, MetricHistory history) {
    Numbers numbers = Numbers.of(trained, history);
    List<Exhibit> exhibits = new ArrayList<>();
    if (!numbers.adapters().isEmpty() && numbers.epochs().size() > 1) {
      exhibits.add(persistence(numbers));
      exhibits.add(alignment(numbers));
      exhibits.add(banded(numbers, PROJECTION.id(), "Share of the class means inside the update"));
      exhibits.add(
          banded(
              numbers, Alignment.COS_ABS.info().id(), "Mean |cosine| of update and class means"));
      exhibits.add(
          banded(numbers, Alignment.ANGLE_MAX.info().id(), "Largest principal angle, radians"));
      exhibits.add(nc1(numbers));
      exhibits.add(angles(numbers));
    }
    exhibits.add(
        spectrum(
            "Spectrum of the representation",
            "Singular values of all features over sqrt(N), largest first, before adaptation and after it where it changed them.",
            features));
    exhibits.add(
        spectrum(
            "Spectrum of the class means",
            "Singular values of the centred class means over sqrt(K): K-1 alike on a simplex.",
            means));
    return List.copyOf(exhibits);
  }

  private static Exhibit banded(Numbers numbers, String metric, String axis) {
    List<Curve> curves = new ArrayList<>();
    List<Band> bands = new ArrayList<>();
    for (String variant : numbers.adapters()) {
      String mean = metric + "_null_mean";
      String deviation = metric + "_null_std";
      List<Integer> epochs = numbers.defined(variant, metric, mean, deviation);
      List<Double> x = epochs.stream().map(Integer::doubleValue).toList();
      curves.add(new Curve(variant, variant, x, numbers.series(variant, epochs, metric)));
      bands.add(
          new Band(
              variant + " by chance",
              variant,
              x,
              around(numbers, variant, epochs, metric, -2),
              around(numbers, variant, epochs, metric, 2)));
    }
    return new Exhibit.Curves(
        metric + " by rank",
        "Directions of each update against the centred class means, by epoch; undefined before the first step. "
            + String.format(Locale.ROOT, CHANCE, "random subspaces of as many dimensions"),
        Axis.linear("epoch"),
        Axis.linear(axis),
        curves,
        bands);
  }

  private static List<Double> around(
      Numbers numbers, String variant, List<Integer> epochs, String metric, double deviations) {
    return epochs.stream()
        .map(
            e ->
                numbers.at(variant, e, metric + "_null_mean")
                    + deviations * numbers.at(variant, e, metric + "_null_std"))
        .toList();
  }

  private static Exhibit nc1(Numbers numbers) {
    List<Curve> curves = new ArrayList<>();
    for (String variant : numbers.variants()) {
      List<Integer> epochs = numbers.defined(variant, NC1_TRACE);
      curves.add(
          new Curve(
              variant,
              variant,
              epochs.stream().map(Integer::doubleValue).toList(),
              numbers.series(variant, epochs, NC1_TRACE)));
    }
    return new Exhibit.Curves(
        NC1_TRACE + " by rank",
        "Neural collapse during tuning: tr(S_W pinv(S_B)) of the representation. Where the backbone is frozen it cannot change, and the lines lie on each other.",
        Axis.linear("epoch"),
        Axis.log(NC1_TRACE),
        curves);
  }

  private static Exhibit angles(Numbers numbers) {
    List<Curve> curves = new ArrayList<>();
    for (String variant : numbers.variants()) {
      List<Double> y = new ArrayList<>();
      for (int i = 1; numbers.last(variant, Alignment.angle(i).id()) != null; i++) {
        y.add(numbers.last(variant, Alignment.angle(i).id()));
      }
      List<Double> x = IntStream.rangeClosed(1, y.size()).mapToObj(i -> (double) i).toList();
      curves.add(new Curve(variant, variant, x, y));
    }
    return new Exhibit.Curves(
        "Principal angles of updates and class means",
        "After the last epoch, smallest first, in radians: 0 is a direction in common, 1.57 a right angle. For full and head the update is the change of the head's weights.",
        Axis.linear("angle"),
        Axis.linear("radians"),
        curves);
  }

  private static Exhibit spectrum(String title, String caption, List<Curve> curves) {
    return new Exhibit.Curves(
        title, caption, Axis.linear("rank"), Axis.log("singular value"), curves);
  }

  private Exhibit persistence(Numbers numbers) {
    List<String> evidence = new ArrayList<>();
    boolean persists = true;
    for (String variant : numbers.variants()) {
      evidence.add(
          "%s: nc1_trace %s, nc2_coherence_means %s, nc3_frobenius %s, nc4_mismatch %s"
              .formatted(
                  variant,
                  change(numbers, variant, NC1_TRACE),
                  change(numbers, variant, NC2_COHERENCE),
                  change(numbers, variant, NC3_FROBENIUS),
                  change(numbers, variant, NC4_MISMATCH)));
      if (numbers.adapters().contains(variant)) {
        persists &= grewLittle(numbers, variant, NC1_TRACE, 1.1, 0);
        persists &= grewLittle(numbers, variant, NC3_FROBENIUS, 1.1, 0.01);
        persists &= grewLittle(numbers, variant, NC4_MISMATCH, 1, 0.01);
      }
    }
    String ground =
        drift
            ? "batch norms drift, so the representation itself may change."
            : "the backbone is frozen, so NC1 and NC2 are as before by construction; what can change is the classifier (NC3, NC4).";
    return new Exhibit.Verdict(
        "Collapse under low-rank adaptation",
        "Does neural collapse persist under low-rank adaptation of the last layer?",
        (persists ? "It persists at every rank: " : "Not at every rank: ")
            + ground
            + " Called persistent if nc1_trace and nc3_frobenius grow by no more than a tenth and nc4_mismatch by no more than a point.",
        evidence);
  }

  private static boolean grewLittle(
      Numbers numbers, String variant, String metric, double factor, double more) {
    Double before = numbers.first(variant, metric);
    Double after = numbers.last(variant, metric);
    return before != null && after != null && after <= factor * before + more;
  }

  private static Exhibit alignment(Numbers numbers) {
    List<String> evidence = new ArrayList<>();
    for (String variant : numbers.adapters()) {
      evidence.add(
          "%s: %s of the class means lies inside the update; random subspaces %s (z %s, p %s), shuffled labels %s (z %s, p %s)"
              .formatted(
                  variant,
                  number(numbers.last(variant, PROJECTION.id())),
                  number(numbers.last(variant, RANDOM.info(Column.MEAN).id())),
                  number(numbers.last(variant, RANDOM.info(Column.Z).id())),
                  number(numbers.last(variant, RANDOM_P)),
                  number(numbers.last(variant, SHUFFLED.info(Column.MEAN).id())),
                  number(numbers.last(variant, SHUFFLED.info(Column.Z).id())),
                  number(numbers.last(variant, SHUFFLED_P))));
    }
    return new Exhibit.Verdict(
        "Updates along the class means",
        "Do the updates' directions align with the class means, more than chance gives?",
        "%s more than random subspaces do; %s more than under shuffled labels (p <= %s, after the last epoch). The nearer to collapse, the more of the features' spread is that of the class means: then means under shuffled labels lie in the same span, and the second comparison asks for more than a direction in which features spread."
            .formatted(
                beyond(numbers, RANDOM_P),
                beyond(numbers, SHUFFLED_P).toLowerCase(Locale.ROOT),
                SIGNIFICANT),
        evidence);
  }

  /** At which ranks this p is small. */
  private static String beyond(Numbers numbers, String p) {
    List<String> small =
        numbers.adapters().stream()
            .filter(v -> numbers.last(v, p) != null && numbers.last(v, p) <= SIGNIFICANT)
            .toList();
    return small.isEmpty()
        ? "At no rank"
        : small.size() == numbers.adapters().size()
            ? "At every rank"
            : "For " + String.join(", ", small);
  }

  private static String change(Numbers numbers, String variant, String metric) {
    return number(numbers.first(variant, metric)) + " to " + number(numbers.last(variant, metric));
  }

  private static String number(Double value) {
    return value == null ? "undefined" : String.format(Locale.ROOT, "%.3g", value);
  }
}
