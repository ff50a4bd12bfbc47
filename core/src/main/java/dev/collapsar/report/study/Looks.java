package dev.collapsar.report.study;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.report.Html;
import dev.collapsar.report.Numbers;
import dev.collapsar.report.Palette;
import dev.collapsar.report.Plots;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.study.Arm;
import dev.collapsar.study.Study;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The looks of arms everywhere on the page, and which metrics come first.
 *
 * @param arms in their order
 * @param colours by the label of an arm
 */
record Looks(Study study, List<Arm> arms, Map<String, Palette.Swatch> colours) {
  /** What a reader looks for first, where the runs have it. */
  private static final List<String> FIRST =
      List.of(
          "accuracy_shifted",
          "accuracy_test",
          "accuracy_train",
          "nc1_pinv",
          "nc1_quot",
          "nc2_etf_err",
          "nc3_dual_err",
          "nc4_agree",
          "align_projection",
          "feedback_cos_deep");

  static Looks of(Study study) {
    List<Arm> arms = study.arms();
    String last = arms.isEmpty() ? "" : arms.get(arms.size() - 1).stage();
    List<String> before =
        arms.stream().filter(arm -> !arm.stage().equals(last)).map(Arm::label).distinct().toList();
    List<String> labels = arms.stream().map(Arm::label).distinct().toList();
    return new Looks(study, arms, Palette.assign(labels, before));
  }

  /** The mark in an arm's colour and shape that stands before its name. */
  void swatch(Html html, Arm arm) {
    html.element("i.swatch.shape" + shape(arm) % Plots.SHAPES, "", "style", colour(arm).style());
  }

  Palette.Swatch colour(Arm arm) {
    return colours.get(arm.label());
  }

  int shape(Arm arm) {
    return new ArrayList<>(colours.keySet()).indexOf(arm.label());
  }

  /** Whether arms differ in their stage alone somewhere, so that it must be said. */
  String name(Arm arm) {
    boolean several = arms.stream().filter(a -> a.label().equals(arm.label())).count() > 1;
    return several ? arm.label() + ", " + arm.stage() : arm.label();
  }

  /** What hypotheses are of and what a reader looks for first, each of its main layer. */
  List<MetricHistory.Key> first() {
    Set<String> metrics = new LinkedHashSet<>();
    study.question().hypotheses().forEach(hypothesis -> metrics.add(hypothesis.metric()));
    metrics.addAll(FIRST);
    return metrics.stream().flatMap(metric -> main(metric).stream()).toList();
  }

  /** The metric of the network as a whole or, failing that, of its last layer. */
  private Optional<MetricHistory.Key> main(String metric) {
    List<MetricHistory.Key> keys =
        study.keys().stream().filter(key -> key.metric().equals(metric)).toList();
    Stream<MetricHistory.Key> whole = keys.stream().filter(key -> key.layer().isEmpty());
    return whole.findFirst().or(() -> keys.stream().reduce((first, second) -> second));
  }

  /** Whether it is what {@link #first} would choose of its metric. */
  boolean isMain(MetricHistory.Key key) {
    return main(key.metric()).filter(key::equals).isPresent();
  }

  /** A value of a metric. */
  String text(String metric, double value) {
    return study.info(metric).axis() == MetricInfo.Axis.SHARE
        ? Numbers.percent(value)
        : Numbers.brief(value);
  }

  /** A difference or a ratio. */
  String apart(String metric, double value, boolean ratio) {
    if (ratio) {
      return "×" + Numbers.brief(value);
    }
    return study.info(metric).axis() == MetricInfo.Axis.SHARE
        ? Numbers.points(value)
        : (value > 0 ? "+" : "") + Numbers.brief(value);
  }
}
