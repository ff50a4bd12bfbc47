/**
 * Mergeable accumulators over rows of features: moments of each class, sums over pairs, decisions,
 * scatter.
 */
package dev.collapsar.stats;
