/**
 * Gradient rules that send the error back by other weights than the forward ones, and how well they
 * align.
 */
package dev.collapsar.learn.feedback;
