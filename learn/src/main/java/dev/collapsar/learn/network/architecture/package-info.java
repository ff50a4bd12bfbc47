/**
 * The architectures of our own layers, each in numbers: from a card's and back, and told by the
 * names and shapes of tensors.
 */
package dev.collapsar.learn.network.architecture;
