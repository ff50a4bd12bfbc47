package dev.collapsar.learn.variant;

import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.metric.MetricInfo;

/**
 * Images that every epoch is scored on.
 *
 * @param name for people, such as {@code shifted test}
 * @param accuracy what the share of them that is right is called
 */
public record TestSet(String name, MetricInfo accuracy, OrderedBatches pass) {}
