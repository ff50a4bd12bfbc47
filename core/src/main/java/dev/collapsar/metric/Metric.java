package dev.collapsar.metric;

import java.util.Optional;
import java.util.Set;

/**
 * One number. It hides its formula and nothing else: what it needs is gathered for all metrics
 * together, and then each of them reads.
 *
 * @param <S> what it is a number of
 */
public interface Metric<S> {
  /** What it is. */
  MetricInfo info();

  /** What it takes, in the order in which the reasons why that is missing count. */
  Set<? extends Need<S>> needs();

  /**
   * The number, or why there is none. A function of the context alone, whose needs have been
   * gathered; one that cannot be met leaves the number undefined.
   */
  Measurement of(S context);

  /** The name in files and on the command line. */
  default String id() {
    return info().id();
  }

  /** Why a need of this metric cannot be met, as far as the context says. */
  default Optional<String> obstacle(S context) {
    return needs().stream()
        .map(need -> need.obstacle(context))
        .flatMap(Optional::stream)
        .findFirst();
  }
}
