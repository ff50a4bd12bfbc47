package dev.collapsar.linalg;

/**
 * The eigenvalues and eigenvectors of a symmetric matrix A (n,n): A = V^T diag(values) V.
 *
 * @param values ascending; (n)
 * @param vectors V (n,n), the eigenvector of {@code values[i]} in row i, of length 1
 */
public record SymmetricEigen(double[] values, Matrix vectors) {}
