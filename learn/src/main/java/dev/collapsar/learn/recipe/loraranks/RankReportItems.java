package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.variant.FeatureSnapshot;
import dev.collapsar.learn.variant.ScatterSpectra;
import dev.collapsar.metric.Alignment;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.WithinClass;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.ReportItem.Axis;
import dev.collapsar.run.ReportItem.Band;
import dev.collapsar.run.ReportItem.Curve;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The charts and tables of a rank sweep beside its numbers by epoch, from those numbers and the
 * spectra that were collected on the way.
 */
final class RankReportItems {
  private static final String CHANCE = "Bands: mean and two deviations of %s.";

  private static final String NC1_TRACE = WithinClass.NC1_TRACE.id();
  private static final MetricInfo PROJECTION = Alignment.PROJECTION.info();

  private final List<Curve> features = new ArrayList<>();
  private final List<Curve> means = new ArrayList<>();
  private ScatterSpectra last;

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
   * The items, verdicts first.
   *
   * @param trained the variants in their order
   * @param history of their stage
   * @param answers what is said of them
   */
  List<ReportItem> of(List<Variant> trained, MetricHistory history, RankAnswers answers) {
    SweepNumbers numbers = SweepNumbers.of(trained, history);
    List<ReportItem> items = new ArrayList<>();
    if (!numbers.adapters().isEmpty() && numbers.epochs().size() > 1) {
      items.addAll(answers.of(numbers));
      items.add(banded(numbers, PROJECTION.id(), "Share of the class means inside the update"));
      items.add(
          banded(
              numbers, Alignment.COS_ABS.info().id(), "Mean |cosine| of update and class means"));
      items.add(
          banded(numbers, Alignment.ANGLE_MAX.info().id(), "Largest principal angle, radians"));
      items.add(nc1(numbers));
      items.add(angles(numbers));
    }
    items.add(
        spectrum(
            "Spectrum of the representation",
            "Singular values of all features over sqrt(N), largest first, before adaptation and"
                + " after it where it changed them.",
            features));
    items.add(
        spectrum(
            "Spectrum of the class means",
            "Singular values of the centred class means over sqrt(K): K-1 alike on a simplex.",
            means));
    return List.copyOf(items);
  }

  private static ReportItem banded(SweepNumbers numbers, String metric, String axis) {
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
    return new ReportItem.LineChart(
        metric + " by rank",
        "Directions of each update against the centred class means, by epoch; undefined before the"
            + " first step. "
            + String.format(Locale.ROOT, CHANCE, "random subspaces of as many dimensions"),
        Axis.linear("epoch"),
        Axis.linear(axis),
        curves,
        bands);
  }

  private static List<Double> around(
      SweepNumbers numbers,
      String variant,
      List<Integer> epochs,
      String metric,
      double deviations) {
    return epochs.stream()
        .map(
            e ->
                numbers.at(variant, e, metric + "_null_mean")
                    + deviations * numbers.at(variant, e, metric + "_null_std"))
        .toList();
  }

  private static ReportItem nc1(SweepNumbers numbers) {
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
    return new ReportItem.LineChart(
        NC1_TRACE + " by rank",
        "Neural collapse during tuning: tr(S_W pinv(S_B)) of the representation. Where the backbone"
            + " is frozen it cannot change, and the lines lie on each other.",
        Axis.linear("epoch"),
        Axis.log(NC1_TRACE),
        curves);
  }

  private static ReportItem angles(SweepNumbers numbers) {
    List<Curve> curves = new ArrayList<>();
    for (String variant : numbers.variants()) {
      List<Double> y = new ArrayList<>();
      for (int i = 1; numbers.last(variant, Alignment.angle(i).id()) != null; i++) {
        y.add(numbers.last(variant, Alignment.angle(i).id()));
      }
      List<Double> x = IntStream.rangeClosed(1, y.size()).mapToObj(i -> (double) i).toList();
      curves.add(new Curve(variant, variant, x, y));
    }
    return new ReportItem.LineChart(
        "Principal angles of updates and class means",
        "After the last epoch, smallest first, in radians: 0 is a direction in common, 1.57 a right"
            + " angle. For full and head the update is the change of the head's weights.",
        Axis.linear("angle"),
        Axis.linear("radians"),
        curves);
  }

  private static ReportItem spectrum(String title, String caption, List<Curve> curves) {
    return new ReportItem.LineChart(
        title, caption, Axis.linear("rank"), Axis.log("singular value"), curves);
  }
}
