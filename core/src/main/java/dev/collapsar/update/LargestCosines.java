package dev.collapsar.update;

/**
 * Of each of the first left singular vectors of an updated weight, its largest |cosine| with any of
 * the base's.
 *
 * @param values in [0, 1], or where it is not exact a bound on the same side of the threshold:
 *     above it of what it is at least, below it of what it is at most
 * @param exact to rounding and {@link dev.collapsar.linalg.LeadingVectors}' errors, 1e-6 at most
 */
public record LargestCosines(double[] values, boolean[] exact) {
  public LargestCosines {
    values = values.clone();
    exact = exact.clone();
  }

  @Override
  public double[] values() {
    return values.clone();
  }

  @Override
  public boolean[] exact() {
    return exact.clone();
  }

  /** How many vectors were looked at. */
  public int count() {
    return values.length;
  }
}
