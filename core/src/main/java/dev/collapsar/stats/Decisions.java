package dev.collapsar.stats;

import java.util.Arrays;

/**
 * How the samples of each true class were decided by the classifier and by the nearest class mean.
 * Arrays are (K) and shared: to be read only.
 *
 * @param samples samples of each class
 * @param agreements of them, those for which the two decisions are the same
 * @param linearHits those that the classifier gives their own class
 * @param nearestMeanHits those whose own class mean is the nearest
 */
public record Decisions(
    long[] samples, long[] agreements, long[] linearHits, long[] nearestMeanHits) {
  static Decisions none(int classes) {
    return new Decisions(
        new long[classes], new long[classes], new long[classes], new long[classes]);
  }

  Decisions copy() {
    return new Decisions(
        samples.clone(), agreements.clone(), linearHits.clone(), nearestMeanHits.clone());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Decisions that
        && Arrays.equals(samples, that.samples)
        && Arrays.equals(agreements, that.agreements)
        && Arrays.equals(linearHits, that.linearHits)
        && Arrays.equals(nearestMeanHits, that.nearestMeanHits);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(agreements);
  }
}
