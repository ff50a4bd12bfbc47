package dev.collapsar.metric;

import dev.collapsar.data.FeatureTable;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.Decisions;
import java.util.Optional;

/**
 * A measurement with what it was taken from, for whoever sets its numbers against chance.
 *
 * @param moments of the training features, all classes
 * @param measured the classes that took part
 * @param train the training features, if this process can read them row by row
 * @param weights W (K,D), of all classes
 * @param decisions how samples were decided, if a metric needed it
 */
public record MeasuredCollapse(
    CollapseReport report,
    ClassMoments moments,
    int[] measured,
    Optional<FeatureTable> train,
    Optional<Matrix> weights,
    Optional<Decisions> decisions,
    CollapseOptions options) {}
