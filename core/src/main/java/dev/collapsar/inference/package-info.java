/**
 * Tests and intervals of plain numbers: accuracies, values of several seeds, overlaps of subspaces.
 */
package dev.collapsar.inference;
