package dev.collapsar.learn.variant;

import dev.collapsar.learn.batch.Pass;

/**
 * Images that every epoch is scored on.
 *
 * @param name for people, such as {@code shifted test}
 * @param accuracyId the metric's id, such as {@code accuracy_shifted}
 */
public record TestSet(String name, String accuracyId, Pass pass) {}
