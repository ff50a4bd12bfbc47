/**
 * What updates are made of: spectra, comparisons of two adapters, updates taken out of a fine-tune,
 * and truncated ones.
 */
package dev.collapsar.learn.spectra;
