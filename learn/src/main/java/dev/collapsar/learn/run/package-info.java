/**
 * One run of a recipe: the engine from settings to run directory (core's {@code run} is that
 * directory), and {@link dev.collapsar.learn.run.RunContext}, all that a recipe sees of it.
 */
package dev.collapsar.learn.run;
