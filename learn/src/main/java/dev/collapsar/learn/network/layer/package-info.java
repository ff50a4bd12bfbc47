/** Networks that are trees of our own layers, with PyTorch's names: a side of the seam. */
package dev.collapsar.learn.network.layer;
