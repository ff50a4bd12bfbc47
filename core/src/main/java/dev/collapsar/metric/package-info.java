/**
 * Metrics as objects, each with its description, its needs and its formula; one plan gathers what
 * they need, then each of them only reads.
 */
package dev.collapsar.metric;
