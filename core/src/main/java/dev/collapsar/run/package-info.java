/**
 * Run directories: the record of a run with the descriptors of its metrics, and the history of each
 * metric. What makes a run lives in {@code learn.run}.
 */
package dev.collapsar.run;
