package dev.collapsar.learn.adapter;

/**
 * How large a low-rank update is.
 *
 * @param rank r, at least 1
 * @param alpha numerator of the scale alpha / r, positive
 */
public record LoraSpec(int rank, double alpha) {
  public LoraSpec {
    if (rank < 1) {
      throw new IllegalArgumentException("rank must be at least 1, got " + rank);
    }
    if (!(alpha > 0)) {
      throw new IllegalArgumentException("alpha must be positive, got " + alpha);
    }
  }

  /** alpha / r. */
  public double scale() {
    return alpha / rank;
  }
}
