package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.calibration.NullColumns;
import dev.collapsar.inference.Holm;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.metric.DualGeometry;
import dev.collapsar.metric.MeansGeometry;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.metric.NearestMean;
import dev.collapsar.metric.WithinClass;
import dev.collapsar.run.ReportItem;
import dev.collapsar.update.ClassCosine;
import dev.collapsar.update.SpanOverlap;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The answers of a rank sweep. There are none unless the base is collapsed by stated limits; they
 * are two-sided, of this run alone, and stand beside the lengths of the updates and the head and
 * the full network as controls.
 */
record RankAnswers(CollapsedBase base, SweepChoices chosen) {
  /** A p, adjusted for the number of ranks, at most this is called a difference from chance. */
  private static final double SIGNIFICANT = 0.05;

  /** Numbers within this factor of each other are called unchanged. */
  private static final double ALIKE = 1.1;

  /** Likewise shares of samples within this of each other. */
  private static final double POINT = 0.01;

  /** Relative: what the same features may differ by when they are measured twice. */
  private static final double ROUNDING = 1e-9;

  private static final String NC1_TRACE = WithinClass.NC1_TRACE.id();
  private static final String NC2_ETF_ERR = MeansGeometry.NC2_ETF_ERR.id();
  private static final String NC3_FROBENIUS = DualGeometry.NC3_FROBENIUS.id();
  private static final String NC4_MISMATCH = NearestMean.NC4_MISMATCH.id();
  private static final String NORM = LearnMetrics.UPDATE_NORM.id();
  private static final String COSINE = ClassCosine.INFO.id();
  private static final NullColumns CHANCE = NullColumns.of(ClassCosine.INFO);
  private static final String P = CHANCE.info(Column.P).id();
  private static final String HOW =
      "To get an answer: run without --quick and with the recipe's own base, which is trained to"
          + " these limits, or with more base.epochs or fewer samples, or with base.checkpoint on a"
          + " collapsed network and all images that it was trained on.";

  List<ReportItem> of(SweepNumbers numbers) {
    return List.of(persistence(numbers), towardsClasses(numbers), sizes(numbers));
  }

  private String noAnswer() {
    return "No answer: %s %s".formatted(base.obstacle().orElseThrow(), HOW);
  }

  // ---- Does collapse persist?

  private ReportItem persistence(SweepNumbers numbers) {
    List<String> evidence = new ArrayList<>(List.of(base.inNumbers()));
    for (String variant : numbers.variants()) {
      evidence.add(
          "%s, ||ΔW|| %s: nc1_trace %s, nc3_frobenius %s, nc4_mismatch %s"
              .formatted(
                  variant,
                  number(numbers.last(variant, NORM)),
                  change(numbers, variant, NC1_TRACE),
                  change(numbers, variant, NC3_FROBENIUS),
                  change(numbers, variant, NC4_MISMATCH)));
    }
    return new ReportItem.Answer(
        "Collapse under low-rank adaptation",
        "Does neural collapse persist under low-rank adaptation%s?"
            .formatted(reachesBelow(numbers) ? "" : " of the last layer"),
        base.obstacle().isEmpty() ? persists(numbers) : noAnswer(),
        evidence);
  }

  private String persists(SweepNumbers numbers) {
    List<String> moved = new ArrayList<>();
    for (String variant : numbers.adapters()) {
      change(numbers, variant).ifPresent(how -> moved.add(variant + " " + how));
    }
    String answer =
        moved.isEmpty()
            ? "In this run, yes, at every rank: %s within a tenth and nc4_mismatch within a point."
                .formatted(
                    reachesBelow(numbers)
                        ? "nc1_trace, nc2_etf_err and nc3_frobenius stay"
                        : "nc3_frobenius stays")
            : moved.size() == numbers.adapters().size()
                ? "In this run, changed at every rank: %s.".formatted(String.join(", ", moved))
                : "In this run, changed for some: %s; unchanged for the others."
                    .formatted(String.join(", ", moved));
    return answer + controls(numbers) + lengths(numbers) + ground(numbers);
  }

  /** What of a variant's collapse is another than before; empty if nothing is. */
  private static Optional<String> change(SweepNumbers numbers, String variant) {
    Double within = factor(numbers, variant, NC1_TRACE);
    Double simplex = factor(numbers, variant, NC2_ETF_ERR);
    Double dual = factor(numbers, variant, NC3_FROBENIUS);
    Double points = difference(numbers, variant, NC4_MISMATCH);
    if (dual == null || points == null) {
      return Optional.of("undefined");
    }
    if (within != null && differs(within)) {
      return Optional.of(more(within, "collapsed within its classes", NC1_TRACE));
    }
    if (simplex != null && differs(simplex)) {
      return Optional.of(more(simplex, "of a simplex", NC2_ETF_ERR));
    }
    if (differs(dual)) {
      return Optional.of(more(dual, "self-dual", NC3_FROBENIUS));
    }
    return Math.abs(points) > POINT
        ? Optional.of(
            "%s decided by the nearest mean (nc4_mismatch by %s)"
                .formatted(points > 0 ? "less" : "more", number(points)))
        : Optional.empty();
  }

  private static boolean differs(double factor) {
    return factor > ALIKE || factor < 1 / ALIKE;
  }

  /** Of an error, which falls as this holds more. */
  private static String more(double factor, String what, String id) {
    return "%s %s (%s times %s)".formatted(factor > 1 ? "less" : "more", what, id, number(factor));
  }

  /** Whether any adapter changes the representation itself. */
  private static boolean reachesBelow(SweepNumbers numbers) {
    return numbers.adapters().stream()
        .map(variant -> factor(numbers, variant, NC1_TRACE))
        .anyMatch(factor -> factor != null && Math.abs(factor - 1) > ROUNDING);
  }

  private static String controls(SweepNumbers numbers) {
    List<String> controls = new ArrayList<>();
    for (String variant : List.of(RankSweep.HEAD, RankSweep.FULL)) {
      if (numbers.variants().contains(variant)) {
        controls.add(
            "%s times %s".formatted(variant, number(factor(numbers, variant, NC3_FROBENIUS))));
      }
    }
    return controls.isEmpty()
        ? ""
        : " Beside it, of the controls, nc3_frobenius: %s.".formatted(String.join(", ", controls));
  }

  private String lengths(SweepNumbers numbers) {
    double[] norms =
        numbers.adapters().stream()
            .map(variant -> numbers.last(variant, NORM))
            .filter(norm -> norm != null && norm > 0)
            .mapToDouble(norm -> norm)
            .sorted()
            .toArray();
    if (norms.length < 2) {
      return "";
    }
    double span = norms[norms.length - 1] / norms[0];
    return span <= ALIKE
        ? " Updates are alike in length."
        : " Updates differ in length by a factor of %s%s: what differs between ranks may be that."
            .formatted(number(span), chosen.matched() ? "" : " (lora.match=none)");
  }

  private String ground(SweepNumbers numbers) {
    if (chosen.drift()) {
      return " Batch norms drift, so the representation itself may change.";
    }
    return reachesBelow(numbers)
        ? " Adapters reach below the head, so the representation changes with them."
        : " The backbone is frozen for head and adapters, so their NC1 and NC2 are as before by"
            + " construction; what can change is the classifier.";
  }

  // ---- Do updates see the classes?

  private ReportItem towardsClasses(SweepNumbers numbers) {
    List<String> evidence = new ArrayList<>(List.of(base.inNumbers()));
    for (String variant : numbers.variants()) {
      evidence.add(
          ("%s, ||ΔW|| %s: cos(ΔW, Mc) %s; heads retrained on permuted labels %s (%s to"
                  + " %s), p %s; energy in the means' span %s, by chance %s, at best 1")
              .formatted(
                  variant,
                  number(numbers.last(variant, NORM)),
                  number(numbers.last(variant, COSINE)),
                  chance(numbers, variant, Column.MEDIAN),
                  chance(numbers, variant, Column.LOW),
                  chance(numbers, variant, Column.HIGH),
                  chance(numbers, variant, Column.P),
                  number(numbers.last(variant, SpanOverlap.SPAN_ENERGY.id())),
                  number(
                      numbers.last(variant, SpanOverlap.SPAN_ENERGY.id() + "_null_closed_form"))));
    }
    return new ReportItem.Answer(
        "Updates and their classes",
        "Do the updates move each class towards its own mean, more or less than training on other"
            + " labels does?",
        base.obstacle().isEmpty() ? sees(numbers) : noAnswer(),
        evidence);
  }

  private static String chance(SweepNumbers numbers, String variant, Column column) {
    return number(numbers.last(variant, CHANCE.info(column).id()));
  }

  private static String sees(SweepNumbers numbers) {
    List<String> tested =
        numbers.adapters().stream().filter(v -> numbers.last(v, P) != null).toList();
    if (tested.isEmpty()) {
      return "Undecided: no update has a direction.";
    }
    double[] adjusted =
        Holm.adjusted(tested.stream().mapToDouble(v -> numbers.last(v, P)).toArray());
    List<String> more = new ArrayList<>();
    List<String> less = new ArrayList<>();
    for (int i = 0; i < tested.size(); i++) {
      String variant = tested.get(i);
      if (adjusted[i] <= SIGNIFICANT) {
        boolean above =
            numbers.last(variant, COSINE) > numbers.last(variant, CHANCE.info(Column.MEDIAN).id());
        (above ? more : less).add(variant);
      }
    }
    String ranks =
        (" (two-sided p at most %s after Holm's adjustment for %s ranks). Overlaps with"
                + " the means' span stand beside it and decide nothing: near collapse updates"
                + " under any labels lie in that span.")
            .formatted(SIGNIFICANT, tested.size());
    ranks += classControls(numbers);
    if (more.isEmpty() && less.isEmpty()) {
      return "In this run, as heads on permuted labels do, at every rank" + ranks;
    }
    return "In this run, "
        + (more.isEmpty() ? "" : "more than chance: " + names(more, tested))
        + (more.isEmpty() || less.isEmpty() ? "" : "; ")
        + (less.isEmpty() ? "" : "less than chance: " + names(less, tested))
        + ranks;
  }

  /** The paired controls: what the head alone and the whole network do. */
  private static String classControls(SweepNumbers numbers) {
    List<String> controls = new ArrayList<>();
    for (String variant : List.of(RankSweep.HEAD, RankSweep.FULL)) {
      if (numbers.variants().contains(variant) && numbers.last(variant, P) != null) {
        boolean above =
            numbers.last(variant, COSINE) > numbers.last(variant, CHANCE.info(Column.MEDIAN).id());
        String side =
            numbers.last(variant, P) > SIGNIFICANT ? "as chance" : above ? "more" : "less";
        controls.add(
            "%s %s (%s, p %s)"
                .formatted(
                    variant,
                    side,
                    number(numbers.last(variant, COSINE)),
                    number(numbers.last(variant, P))));
      }
    }
    return controls.isEmpty()
        ? ""
        : " Beside it, the controls: %s.".formatted(String.join(", ", controls));
  }

  private static String names(List<String> some, List<String> tested) {
    return some.size() == tested.size() ? "every rank" : String.join(", ", some);
  }

  // ---- Beside both.

  private static ReportItem sizes(SweepNumbers numbers) {
    List<List<String>> rows = new ArrayList<>();
    for (String variant : numbers.variants()) {
      rows.add(
          List.of(
              variant,
              number(numbers.last(variant, NORM)),
              number(numbers.last(variant, COSINE)),
              chance(numbers, variant, Column.P),
              number(numbers.last(variant, SpanOverlap.SPAN_ENERGY.id())),
              number(factor(numbers, variant, NC3_FROBENIUS)),
              number(numbers.last(variant, LearnMetrics.CKA_BEFORE.id()))));
    }
    return new ReportItem.Table(
        "Updates of the head, by length",
        "After the last epoch. Compare variants of like length alone: most of these numbers change"
            + " with it. Of full, the head's part.",
        List.of(
            "variant",
            "||ΔW||",
            "cos(ΔW, Mc)",
            "p",
            "energy in the means' span",
            "nc3_frobenius, times",
            "CKA with before"),
        rows);
  }

  private static Double factor(SweepNumbers numbers, String variant, String metric) {
    Double before = numbers.first(variant, metric);
    Double after = numbers.last(variant, metric);
    return before == null || after == null || !(before > 0) ? null : (Double) (after / before);
  }

  private static Double difference(SweepNumbers numbers, String variant, String metric) {
    Double before = numbers.first(variant, metric);
    Double after = numbers.last(variant, metric);
    return before == null || after == null ? null : (Double) (after - before);
  }

  private static String change(SweepNumbers numbers, String variant, String metric) {
    return number(numbers.first(variant, metric)) + " to " + number(numbers.last(variant, metric));
  }

  private static String number(Double value) {
    return value == null ? "undefined" : String.format(Locale.ROOT, "%.3g", value);
  }
}
