package dev.collapsar.learn.checkpoint;

/**
 * A Python object that is no tensor, number, text or container. Only its name was read: nothing was
 * imported, called or built.
 */
record Inert(String name) {}
