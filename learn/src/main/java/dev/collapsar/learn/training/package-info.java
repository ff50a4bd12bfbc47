/**
 * Training and evaluating any network: optimizers, schedules, gradient rules, and what a pass over
 * a representation yields.
 */
package dev.collapsar.learn.training;
