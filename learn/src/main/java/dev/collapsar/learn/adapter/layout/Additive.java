package dev.collapsar.learn.adapter.layout;

/** A part that adds something to the weight that does not depend on it: W' = W + U. */
interface Additive extends Part {}
