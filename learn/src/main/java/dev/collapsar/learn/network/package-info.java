/**
 * What every network offers, whoever computes it: logits and taps of an input, a head, tensors by
 * dotted name that carry reparametrizations, and a card. Adapters, training, feedback and merging
 * see nothing else of a network; its sides are rooms of their own.
 */
package dev.collapsar.learn.network;
