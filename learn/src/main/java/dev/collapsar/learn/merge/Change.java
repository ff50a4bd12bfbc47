package dev.collapsar.learn.merge;

/**
 * The change of a weight by merging, in Frobenius norms.
 *
 * @param base norm of the base's weight W
 * @param update of what was added to it, before rounding: W' - W
 * @param rounding of what rounding W' to its element type took away
 * @param largestRounding the same at the element where it is largest
 */
public record Change(double base, double update, double rounding, double largestRounding) {}
