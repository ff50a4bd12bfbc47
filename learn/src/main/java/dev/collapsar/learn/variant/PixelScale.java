package dev.collapsar.learn.variant;

/** How pixels become a network's input. */
public enum PixelScale {
  /** By the data's usual mean and deviation. */
  NORMALIZED,
  /** In [0, 1]. */
  UNIT
}
