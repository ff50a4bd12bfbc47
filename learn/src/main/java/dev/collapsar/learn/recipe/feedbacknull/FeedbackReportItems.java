package dev.collapsar.learn.recipe.feedbacknull;

import dev.collapsar.calibration.Calibration;
import dev.collapsar.calibration.NullSample;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.feedback.NullDraws;
import dev.collapsar.metric.Measurement;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.ReportItem.Axis;
import dev.collapsar.run.ReportItem.Band;
import dev.collapsar.run.ReportItem.Curve;
import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/** The charts and tables of {@link FeedbackNull} beside the metrics by epoch. */
final class FeedbackReportItems {
  private static final double LEVEL = 0.05;
  private static final double CENTRAL_95 = 1.96;

  /** More lines hide each other. */
  private static final int LINES = 40;

  private final List<CalibratedVariant> variants;
  private final MetricHistory history;

  /**
   * @param history everything measured in training, of any variant
   */
  FeedbackReportItems(List<CalibratedVariant> variants, MetricHistory history) {
    this.variants = variants;
    this.history = history;
  }

  List<ReportItem> all() {
    List<ReportItem> items = new ArrayList<>();
    variants.forEach(at -> items.add(answered(at)));
    items.add(beside());
    items.add(byLayer());
    variants.forEach(at -> items.add(everyDraw(at)));
    if (history.epochs().stream().anyMatch(epoch -> epoch > 0)) {
      items.add(
          byEpoch(
              "Alignment in the course of training",
              "Deep cosine by epoch. Accuracy can rise while it falls, and the other way round.",
              Axis.linear("deep cosine"),
              LearnMetrics.FEEDBACK_COS_DEEP.id()));
      int layers = variants.get(0).observed().layers().size();
      String last = LearnMetrics.ACTIVATION_NORM.ofLayer(layers - 1).id();
      items.add(
          byEpoch(
              "Activation norms",
              "Mean length of the last hidden state. Unchecked feedback makes it grow without end,"
                  + " and gradients shrink as it grows.",
              Axis.log("‖h_L‖"),
              last));
      items.add(usefulFraction());
    }
    items.add(nulls());
    return items;
  }

  private ReportItem answered(CalibratedVariant at) {
    List<String> evidence = new ArrayList<>();
    for (NullDraws draws : at.nulls()) {
      evidence.add(
          draws
              .deepCalibration(at.observed())
              .map(c -> "%s: %s".formatted(draws.name(), phrase(c)))
              .orElse("%s: undefined".formatted(draws.name())));
    }
    at.original()
        .ifPresent(
            original ->
                evidence.add(
                    "the original rule: %s (%s)"
                        .formatted(String.join(", ", original.summary()), OriginalRule.WHY)));
    return new ReportItem.Answer(
        "Alignment of " + at.name(),
        "Does the feedback agree with the true gradients more or less than by chance, in the deep"
            + " layers?",
        answer(at),
        evidence);
  }

  private static String answer(CalibratedVariant at) {
    Optional<Calibration> deep = at.nulls().get(0).deepCalibration(at.observed());
    if (deep.isEmpty()) {
      return "Undecided: " + reason(at.observed().deepCosine()) + ".";
    }
    if (!canDecide(deep.get())) {
      return "Undecided: %s draws cannot give a p of %s or less."
          .formatted(deep.get().chance().count(), LEVEL);
    }
    String observed = signed(deep.get().observed());
    if (deep.get().p() > LEVEL) {
      return "In this run, no: %s is what fresh matrices give as well.".formatted(observed);
    }
    boolean less = deep.get().isLow();
    List<String> asMuch =
        at.nulls().stream()
            .filter(
                draws ->
                    draws
                        .deepCalibration(at.observed())
                        .filter(c -> canDecide(c) && c.p() > LEVEL)
                        .isPresent())
            .map(draws -> draws.name())
            .toList();
    return "In this run, %s than chance: %s is %s than fresh matrices give%s%s."
        .formatted(
            less ? "less" : "more",
            observed,
            less ? "less" : "more",
            less ? ", the feedback points against the gradients" : "",
            asMuch.isEmpty() ? "" : "; but %s give as much".formatted(String.join(", ", asMuch)));
  }

  /** Whether any observed value could have reached the level. */
  private static boolean canDecide(Calibration calibration) {
    return calibration.leastP() <= LEVEL;
  }

  private static String reason(Measurement m) {
    return m instanceof Measurement.Undefined undefined
        ? undefined.reason()
        : "the draws are undefined";
  }

  private static String phrase(Calibration c) {
    return "%s ± %s over %s draws%s, p %s"
        .formatted(
            signed(c.chance().mean()),
            number("%.4f", c.chance().sampleStd()),
            c.chance().count(),
            c.hasSpread() ? ", z " + number("%.1f", c.z()) : "",
            number("%.3g", c.p()));
  }

  private ReportItem beside() {
    List<List<String>> lines = new ArrayList<>();
    for (CalibratedVariant at : variants) {
      Optional<Calibration> deep = at.nulls().get(0).deepCalibration(at.observed());
      lines.add(
          List.of(
              at.name(),
              at.accuracy().map(a -> number("%.1f%%", 100 * a)).orElse("unknown"),
              deep.map(c -> signed(c.observed())).orElse("undefined"),
              deep.filter(Calibration::hasSpread).map(c -> number("%.1f", c.z())).orElse("–"),
              deep.map(c -> number("%.3g", c.p())).orElse("–"),
              at.original().map(rule -> signed(rule.deepMean())).orElse("–"),
              at.original().map(OriginalRule::verdict).orElse("–")));
    }
    return new ReportItem.Table(
        "Accuracy beside alignment",
        "z and p against fresh matrices. The last two columns are the original rule's: matrix"
            + " min(l, L−1) for h_l, and its verdict, which cannot fail: "
            + OriginalRule.WHY
            + ".",
        List.of(
            "variant",
            "test accuracy",
            "deep cosine",
            "z",
            "p",
            "deep, original pairing",
            "original verdict"),
        lines);
  }

  private ReportItem byLayer() {
    List<Curve> curves = new ArrayList<>();
    List<Band> bands = new ArrayList<>();
    for (CalibratedVariant at : variants) {
      List<Double> x = new ArrayList<>();
      List<Double> y = new ArrayList<>();
      List<Double> at95 = new ArrayList<>();
      List<Double> low = new ArrayList<>();
      List<Double> high = new ArrayList<>();
      for (int l = 0; l < at.observed().layers().size(); l++) {
        if (at.observed().cosine(l) instanceof Measurement.Defined cosine) {
          x.add((double) l);
          y.add(cosine.value());
        }
        Optional<NullSample> chance = at.nulls().get(0).layer(l);
        if (chance.isPresent()) {
          double reach = CENTRAL_95 * chance.get().sampleStd();
          at95.add((double) l);
          low.add(chance.get().mean() - reach);
          high.add(chance.get().mean() + reach);
        }
      }
      curves.add(new Curve(at.name(), at.name(), x, y));
      bands.add(new Band(at.name() + ", fresh matrices", at.name(), at95, low, high));
    }
    return new ReportItem.LineChart(
        "Cosine by layer",
        "Mean cosine of teaching signal and true gradient at each hidden state h_l. Bands: where"
            + " 95% of fresh matrices would lie (mean ± 1.96 deviations of the draws).",
        Axis.linear("l"),
        Axis.linear("cosine"),
        curves,
        bands);
  }

  /** The fresh matrices one by one: a line each, of the first of them. */
  private static ReportItem everyDraw(CalibratedVariant at) {
    List<Curve> curves = new ArrayList<>();
    List<double[]> draws = at.nulls().get(0).cosines();
    for (int k = 0; k < Math.min(LINES, draws.size()); k++) {
      curves.add(line("draw " + k, null, draws.get(k)));
    }
    double[] observed =
        IntStream.range(0, at.observed().layers().size())
            .mapToDouble(
                l ->
                    at.observed().cosine(l) instanceof Measurement.Defined cosine
                        ? cosine.value()
                        : Double.NaN)
            .toArray();
    curves.add(line(at.name(), at.name(), observed));
    return new ReportItem.LineChart(
        "Every draw by itself, " + at.name(),
        ("The cosine by layer under fresh matrices, a line for each of the first %s of %s"
                + " draws, and what was observed. All of them are in draws/.")
            .formatted(Math.min(LINES, draws.size()), draws.size()),
        Axis.linear("l"),
        Axis.linear("cosine"),
        curves);
  }

  private static Curve line(String name, String variant, double[] cosines) {
    int[] defined =
        IntStream.range(0, cosines.length).filter(l -> Double.isFinite(cosines[l])).toArray();
    return new Curve(
        name,
        variant,
        IntStream.of(defined).mapToObj(l -> (double) l).toList(),
        IntStream.of(defined).mapToObj(l -> cosines[l]).toList());
  }

  private ReportItem byEpoch(String title, String caption, Axis y, String id) {
    return new ReportItem.LineChart(
        title,
        caption,
        Axis.linear("epoch"),
        y,
        variants.stream().map(at -> curve(at, at.name(), id)).toList());
  }

  private ReportItem usefulFraction() {
    List<Curve> curves = new ArrayList<>();
    for (CalibratedVariant at : variants) {
      curves.add(curve(at, at.name(), LearnMetrics.USEFUL_FRACTION.id()));
      curves.add(
          curve(at, at.name() + ", random feedback", LearnMetrics.USEFUL_FRACTION_RANDOM.id()));
    }
    return new ReportItem.LineChart(
        "Useful fraction",
        "How much of the loss that a step down the gradient gains a step as long along the"
            + " feedback's direction gains; and along that of other, random feedback. Below 0 the"
            + " step does harm.",
        Axis.linear("epoch"),
        Axis.percent("of the gradient's gain"),
        curves);
  }

  private Curve curve(CalibratedVariant at, String name, String id) {
    List<RunRecord.Row> rows = history.variant(at.name()).series(id, "").defined();
    return new Curve(
        name,
        name.equals(at.name()) ? at.name() : null,
        rows.stream().map(row -> (double) row.epoch()).toList(),
        rows.stream().map(RunRecord.Row::value).toList());
  }

  private ReportItem nulls() {
    List<List<String>> lines = new ArrayList<>();
    for (CalibratedVariant at : variants) {
      for (NullDraws draws : at.nulls()) {
        lines.add(
            List.of(
                at.name(),
                draws.name(),
                draws
                    .deepCalibration(at.observed())
                    .map(FeedbackReportItems::phrase)
                    .orElseGet(
                        () ->
                            "undefined: "
                                + (draws.reason() != null
                                    ? draws.reason()
                                    : reason(at.observed().deepCosine())))));
      }
    }
    return new ReportItem.Table(
        "Six kinds of chance",
        "The deep cosine when one thing is replaced by chance. Fresh matrices have mean 0 by"
            + " symmetry; the others need not, and what they leave standing is not due to what they"
            + " replace.",
        List.of("variant", "replaced by", "deep cosine under the null"),
        lines);
  }

  private static String signed(double value) {
    return number("%+.4f", value);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
