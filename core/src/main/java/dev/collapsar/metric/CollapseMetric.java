package dev.collapsar.metric;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** A number of the collapse of features, and of the classifier on them. */
public final class CollapseMetric implements Metric<CollapseContext> {
  /** How it is computed from a context that meets its needs. */
  interface Formula {
    Measurement of(MetricInfo info, CollapseContext context);
  }

  private final MetricInfo info;
  private final Set<Need<CollapseContext>> needs;
  private final Formula formula;

  private CollapseMetric(MetricInfo info, Set<Need<CollapseContext>> needs, Formula formula) {
    this.info = info;
    this.needs = Collections.unmodifiableSet(needs);
    this.formula = formula;
  }

  /**
   * A number of the caller's own: a function of the centred class means, their norms, counts and
   * variances. It is undefined where no class has samples, or where the function's value is not
   * finite. Let it not depend on the scale of the features: those beyond 2^-200 to 2^200 are
   * divided by a power of two first.
   *
   * <p>Give it to {@link Collapse#measure(java.util.Set)} with the others that are wanted.
   */
  public static CollapseMetric ofGeometry(MetricInfo info, ToDoubleFunction<ClassGeometry> value) {
    return of(info, context -> value.applyAsDouble(context.geometry()), CollapseNeed.CLASSES);
  }

  /** By a formula that may find no value. */
  @SafeVarargs
  static CollapseMetric by(MetricInfo info, Formula formula, Need<CollapseContext>... needs) {
    Set<Need<CollapseContext>> ordered = new LinkedHashSet<>();
    for (Need<CollapseContext> need : needs) {
      ordered.add(need);
    }
    return new CollapseMetric(info, ordered, formula);
  }

  /** A value. */
  @SafeVarargs
  static CollapseMetric of(
      MetricInfo info, ToDoubleFunction<CollapseContext> value, Need<CollapseContext>... needs) {
    return by(info, (i, context) -> finite(i, value.applyAsDouble(context), null), needs);
  }

  /** A value with what a reader should know of it. */
  @SafeVarargs
  static CollapseMetric noted(
      MetricInfo info,
      ToDoubleFunction<CollapseContext> value,
      Function<CollapseContext, String> note,
      Need<CollapseContext>... needs) {
    return by(
        info, (i, context) -> finite(i, value.applyAsDouble(context), note.apply(context)), needs);
  }

  /** The value, unless it is too large for one. */
  static Measurement finite(MetricInfo info, double value, String note) {
    return Double.isFinite(value)
        ? Measurement.of(info, value, note)
        : Measurement.undefined(info, "the value overflows a double");
  }

  @Override
  public MetricInfo info() {
    return info;
  }

  @Override
  public Set<Need<CollapseContext>> needs() {
    return needs;
  }

  /** Whether it is of the classifier too, not of the features alone. */
  public boolean needsClassifier() {
    return needs.contains(CollapseNeed.CLASSIFIER);
  }

  /** Whether it needs the D x D scatter of the features and its eigenvalues. */
  public boolean needsScatter() {
    return needs.contains(CollapseNeed.SCATTER);
  }

  @Override
  public Measurement of(CollapseContext context) {
    Optional<String> reason = obstacle(context);
    return reason.isPresent()
        ? Measurement.undefined(info, reason.get())
        : noted(formula.of(info, context), context);
  }

  /** Says that classes without samples are left out, of what is of samples. */
  private Measurement noted(Measurement found, CollapseContext context) {
    String leftOut = needs.contains(CollapseNeed.CLASSES) ? context.leftOut() : null;
    if (leftOut == null || !(found instanceof Measurement.Defined defined)) {
      return found;
    }
    String note = defined.note() == null ? leftOut : defined.note() + "; " + leftOut;
    return Measurement.of(info, defined.value(), note);
  }

  @Override
  public String toString() {
    return info.id();
  }
}
