/** Training any network: optimizers, schedules and gradient rules. */
package dev.collapsar.learn.training;
