package dev.collapsar.stats;

import dev.collapsar.linalg.Matrix;

/**
 * The pooled scatter of the deviations, sum (x - mu_y)(x - mu_y)^T.
 *
 * @param scatter (D,D)
 */
record WithinScatter(CentredRows deviations, Matrix scatter) {}
