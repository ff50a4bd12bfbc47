package dev.collapsar.metric;

import java.util.Optional;

/**
 * A need of a metric: something that must be given or hold, or what a pass over the data gathers.
 *
 * @param <S> what the metric is a number of
 */
public interface Need<S> {
  /** Why it cannot be met, as far as the context says; empty if it can. */
  Optional<String> obstacle(S context);
}
