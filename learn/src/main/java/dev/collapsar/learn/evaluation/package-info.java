/**
 * What a network makes of samples without being trained: scores, decisions, what passes at its
 * taps, and features that are kept.
 */
package dev.collapsar.learn.evaluation;
