package dev.collapsar.learn.checkpoint;

import dev.collapsar.data.ElementType;

/** A run of elements somewhere in the file, which several tensors may share. */
record Storage(String key, ElementType type, long count) {}
