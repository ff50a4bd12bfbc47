package dev.collapsar.study;

import dev.collapsar.run.MetricHistory;

/**
 * The last value of one metric of one arm, over seeds.
 *
 * @param epochs how long that was trained for, in most runs
 */
public record Cell(Arm arm, MetricHistory.Key key, int epochs, SeedMeans means) {}
