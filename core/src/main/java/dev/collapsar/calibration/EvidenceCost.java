package dev.collapsar.calibration;

import java.util.Locale;
import java.util.Optional;

/**
 * About what a null or intervals cost, from sizes alone; good to a factor of two or three.
 *
 * @param seconds how long it takes
 * @param bytes the memory it holds at once
 */
record EvidenceCost(double seconds, double bytes) {
  /** Less than this is not worth a word. */
  private static final double SHORT = 2;

  // Operations in a second of one thread: rows added to sums, products, and eigenvectors.
  // Measured by NullRatios' two cases on one core of 2 GHz with AVX-512.
  private static final double ADDED = 5e9;
  private static final double MULTIPLIED = 3e10;
  private static final double ROTATED = 2e9;

  static final EvidenceCost NOTHING = new EvidenceCost(0, 0);

  /** Of so many draws. */
  static EvidenceCost ofNull(double rows, double classes, double width, double draws, int threads) {
    double sums = draws * rows * width / ADDED;
    double scatter = rows * width * width / MULTIPLIED;
    double products =
        draws * classes * width * (width + 2 * classes) * 2 / MULTIPLIED
            + draws * classes * classes * classes / ROTATED;
    double eigen = 4 * width * width * width / ROTATED;
    double block =
        Math.max(1, Math.min(draws, CollapseNull.BLOCK_BYTES / (classes * width * Double.BYTES)));
    double bytes =
        block * (rows * Integer.BYTES + 4 * classes * width * Double.BYTES)
            + 5 * width * width * Double.BYTES;
    return new EvidenceCost((sums + scatter + products) / threads + eigen, bytes);
  }

  /**
   * Of the groups of the samples and what is corrected from them.
   *
   * @param ofSeveralSizes whether {@link MeansNoise} is needed for the scatter
   */
  static EvidenceCost ofIntervals(
      double rows,
      double classes,
      double width,
      boolean scatter,
      boolean ofSeveralSizes,
      boolean variability,
      int threads) {
    double groups = 10;
    double square = scatter ? width * width : 0;
    double passes = ofSeveralSizes ? groups + 2 : 1;
    double side = Math.min(classes, width);
    double each =
        (2 * classes * classes * width + 3 * side * square + (variability ? width * square / 3 : 0))
                / MULTIPLIED
            + (variability ? 8 : 4) * side * side * side / ROTATED;
    return new EvidenceCost(
        rows * (width / ADDED + passes * square / MULTIPLIED) / threads + (groups + 1) * each,
        (2 * groups * (square + classes * width + classes * classes)
                + (ofSeveralSizes ? 2 * (groups + 1) * square : 0)) // of noise, by size
            * Double.BYTES);
  }

  EvidenceCost and(EvidenceCost other) {
    return new EvidenceCost(seconds + other.seconds, bytes + other.bytes);
  }

  boolean isWorthSaying() {
    return seconds > SHORT;
  }

  /** Why it is not done unless it is asked for; empty if it is. */
  Optional<String> tooMuch(EvidenceRequest request, double featureBytes) {
    if (featureBytes > request.limits().cache()) {
      return Optional.of("needs further passes over features that do not fit in memory");
    }
    return seconds > request.limits().seconds() || bytes > request.limits().heap()
        ? Optional.of("would take about " + this)
        : Optional.empty();
  }

  @Override
  public String toString() {
    String time =
        seconds < 100
            ? String.format(Locale.ROOT, "%.0f s", Math.ceil(seconds))
            : String.format(Locale.ROOT, "%.0f min", Math.ceil(seconds / 60));
    return String.format(Locale.ROOT, "%s and %,.0f MB", time, Math.ceil(bytes / (1 << 20)));
  }
}
