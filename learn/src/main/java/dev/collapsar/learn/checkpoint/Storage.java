package dev.collapsar.learn.checkpoint;

/**
 * A run of elements somewhere in the file, which several tensors may share.
 *
 * @param bytes of all of it, which need not be a multiple of an element's
 */
record Storage(String key, Element element, long count, long bytes) {}
