package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.learn.variant.CollapseProbe;
import dev.collapsar.metric.MeansGeometry;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.WithinClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Whether a base is collapsed enough for questions about its collapse to have an answer. All
 * numbers are of its complete training set, on which collapse is defined: there they are the
 * values, without noise.
 *
 * @param accuracy share of the training images that the base has right
 * @param quot nc1_quot, empty if it is undefined
 * @param etf nc2_etf_err, likewise
 * @param complete whether the images measured are all that it was trained on
 */
record CollapsedBase(double accuracy, OptionalDouble quot, OptionalDouble etf, boolean complete) {
  /** The terminal phase: no image wrong, but for one in a thousand that may be mislabelled. */
  static final double LEAST_ACCURACY = 0.999;

  /** Squared distances within a class are a fifth of those of the class means from their centre. */
  static final double MOST_QUOT = 0.2;

  /**
   * Nearer to a simplex than class means with superclasses (.71) and than class means of collapsed
   * features under permuted labels (.77) come; see docs/design-notes.md.
   */
  static final double MOST_ETF = 0.6;

  /**
   * @param complete whether the images that were read are all that the base was trained on
   */
  static CollapsedBase of(CollapseProbe.Reading reading, boolean complete) {
    List<Measurement> numbers =
        reading.snapshot().map(found -> found.measurements()).orElse(List.of());
    return new CollapsedBase(
        reading.score().accuracy(),
        value(numbers, WithinClass.NC1_QUOT.info()),
        value(numbers, MeansGeometry.NC2_ETF_ERR.info()),
        complete);
  }

  private static OptionalDouble value(List<Measurement> numbers, MetricInfo info) {
    return numbers.stream()
        .filter(number -> number.id().equals(info.id()))
        .filter(Measurement.Defined.class::isInstance)
        .mapToDouble(number -> ((Measurement.Defined) number).value())
        .findFirst();
  }

  /** Why there is no answer, in a sentence; empty if there is one. */
  Optional<String> obstacle() {
    List<String> reasons = beyondLimits();
    String unknown = "these images need not be all that it learned from";
    if (!reasons.isEmpty()) {
      return Optional.of(
          "the base is not collapsed by the limits of this question: %s%s"
              .formatted(
                  String.join("; ", reasons),
                  complete ? "." : "; besides, it was trained elsewhere, and " + unknown + "."));
    }
    return complete
        ? Optional.empty()
        : Optional.of(
            ("whether the base is collapsed is not known: it was trained elsewhere, and %s (all"
                    + " images of the training set are).")
                .formatted(unknown));
  }

  private List<String> beyondLimits() {
    List<String> reasons = new ArrayList<>();
    if (accuracy < LEAST_ACCURACY) {
      reasons.add(
          String.format(
              Locale.ROOT,
              "training accuracy %.4f, at least %s is needed",
              accuracy,
              LEAST_ACCURACY));
    }
    above(WithinClass.NC1_QUOT.id(), quot, MOST_QUOT, reasons);
    above(MeansGeometry.NC2_ETF_ERR.id(), etf, MOST_ETF, reasons);
    return reasons;
  }

  private static void above(String id, OptionalDouble value, double most, List<String> reasons) {
    if (value.isEmpty()) {
      reasons.add(id + " is undefined");
    } else if (value.getAsDouble() > most) {
      reasons.add(
          String.format(
              Locale.ROOT, "%s %.3g, at most %s is collapsed", id, value.getAsDouble(), most));
    }
  }

  /** How collapsed it is, in numbers. */
  String inNumbers() {
    return String.format(
        Locale.ROOT,
        "base: training accuracy %.4f, nc1_quot %s, nc2_etf_err %s",
        accuracy,
        text(quot),
        text(etf));
  }

  private static String text(OptionalDouble value) {
    return value.isPresent()
        ? String.format(Locale.ROOT, "%.3g", value.getAsDouble())
        : "undefined";
  }
}
