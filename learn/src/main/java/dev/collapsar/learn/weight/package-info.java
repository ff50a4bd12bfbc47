/**
 * The tensors that networks compute with: by dotted name, with the reparametrizations on them,
 * which count and which are trained.
 */
package dev.collapsar.learn.weight;
