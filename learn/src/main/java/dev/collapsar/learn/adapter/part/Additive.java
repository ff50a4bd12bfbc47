package dev.collapsar.learn.adapter.part;

/** A part that adds something to the weight that does not depend on it: W' = W + U. */
public interface Additive extends Part {}
