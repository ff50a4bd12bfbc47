package dev.collapsar.learn.adapter.part;

/**
 * Some rows of a weight, row-major, in a part of an array.
 *
 * @param first the first row's index in the weight
 * @param width elements of a row
 * @param at where in the array the first row begins
 */
public record RowBlock(long first, int rows, int width, double[] values, int at) {}
