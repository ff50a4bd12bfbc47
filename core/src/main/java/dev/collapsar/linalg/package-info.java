/**
 * Matrices of doubles and the decompositions that the metrics take, by OpenBLAS or by a plain
 * reference.
 */
package dev.collapsar.linalg;
