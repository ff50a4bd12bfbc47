/**
 * Features with their classes as people have them: labels as numbers, text or one-hot rows, tokens
 * of sequences, rows to be left out.
 */
package dev.collapsar.features;
