package dev.collapsar.stats;

/** The sum over the samples of ||Q (x - mu_y)||^2 = tr(Q S Q^T) for their scatter S. */
record WithinProjection(Projection projection, double sumOfSquares) {}
