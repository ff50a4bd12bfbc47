/** Adapters folded into weights, combined, and taken out again. */
package dev.collapsar.learn.merge;
