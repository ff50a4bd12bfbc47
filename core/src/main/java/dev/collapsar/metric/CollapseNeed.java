package dev.collapsar.metric;

import java.util.Optional;
import java.util.function.Function;

/** The needs of collapse metrics, besides sums over pairs of class means. */
enum CollapseNeed implements Need<CollapseContext> {
  /** W, and b if there is one. */
  CLASSIFIER(c -> c.inputs().weights() != null ? null : "needs the classifier's weights"),
  /** The moments of out-of-distribution features. */
  OUTSIDERS(c -> c.inputs().ood() != null ? null : "needs out-of-distribution features"),
  /** Two classes that were chosen, with samples or without. */
  TWO_CHOSEN(
      c ->
          c.chosen().length == 0
              ? CollapseContext.NONE_CHOSEN
              : c.chosen().length < 2 ? "needs two classes" : null),
  /** Weights of the chosen classes of which not all are zero. */
  CHOSEN_WEIGHTS_NOT_ZERO(c -> DualProducts.zero(c.chosenWeights()).orElse(null)),
  /** A direction of the weights of each chosen class. */
  CHOSEN_WEIGHT_DIRECTIONS(
      c -> DualProducts.withoutDirection(c.chosenWeights(), c.chosen()).orElse(null)),
  /** At least one class with samples to measure. */
  CLASSES(CollapseContext::unmeasurable),
  TWO_CLASSES(c -> c.geometry().classes() >= 2 ? null : "needs two classes"),
  /** Class means that do not all coincide. */
  SPREAD_MEANS(c -> c.geometry().betweenTrace() != 0 ? null : CollapseNeed.COINCIDE),
  /** Centred class means of which not all are zero. */
  MEANS_NOT_ZERO(c -> c.dual().meanNorm() != 0 ? null : CollapseNeed.COINCIDE),
  /** A direction of each centred class mean. */
  MEAN_DIRECTIONS(c -> c.geometry().withoutDirection().orElse(null)),
  /** No two class means that coincide; found with the sums over pairs. */
  DISTINCT_MEANS(c -> c.coincidences().means(c.geometry()).orElse(null)),
  /** No two centred class means of the same direction; found with the sums over pairs. */
  DISTINCT_DIRECTIONS(c -> c.coincidences().directions(c.geometry()).orElse(null)),
  /** Likewise, where a Riesz energy has a pole. */
  NO_POLES(c -> c.geometry().width() > 2 ? DISTINCT_DIRECTIONS.reason.apply(c) : null),
  /** Weights of which not all are zero. */
  WEIGHTS_NOT_ZERO(c -> c.dual().weightNorm() != 0 ? null : DualProducts.ZERO),
  /** A direction of the weights of each class. */
  WEIGHT_DIRECTIONS(c -> c.dual().withoutDirection(c.geometry()).orElse(null)),
  /** As many eigenpairs of S_B as its truncated inverse keeps. */
  KEPT_EIGENPAIRS(c -> c.between().truncated(c.geometry()).orElse(null)),
  /** tr(S_W S_B^+), by the cheapest pass that gives it. */
  WITHIN_TRACE(CollapseContext::withoutScatter),
  /** The pooled scatter (D,D) of the measured classes. */
  SCATTER(CollapseContext::withoutScatter),
  /** How each sample is decided by the classifier and by the nearest class mean. */
  DECISIONS(c -> c.inputs().decided() != null ? null : "needs features to decide on");

  private static final String COINCIDE = "all class means coincide";

  private final Function<CollapseContext, String> reason;

  /**
   * @param reason why it cannot be met, or null
   */
  CollapseNeed(Function<CollapseContext, String> reason) {
    this.reason = reason;
  }

  @Override
  public Optional<String> obstacle(CollapseContext context) {
    return Optional.ofNullable(reason.apply(context));
  }
}
