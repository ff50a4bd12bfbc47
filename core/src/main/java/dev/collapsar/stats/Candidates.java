package dev.collapsar.stats;

/**
 * For each of some samples the classes whose scores come within a margin of the best, in ascending
 * order.
 */
final class Candidates {
  /** So many are within the margin that they are not worth a list. */
  static final int TOO_MANY = -1;

  private static final int LIST = 16;

  private final float[] best;
  private final float[] margin;
  private final int[] count;
  private final int[] classes; // (samples,LIST)
  private final float[] scores; // (samples,LIST)

  Candidates(int samples) {
    best = new float[samples];
    margin = new float[samples];
    count = new int[samples];
    classes = new int[samples * LIST];
    scores = new float[samples * LIST];
  }

  /** A margin that is not finite leaves all classes in. */
  void begin(int sample, double within) {
    best[sample] = Float.NEGATIVE_INFINITY;
    margin[sample] = Math.nextUp((float) within);
    count[sample] = margin[sample] < Float.POSITIVE_INFINITY ? 0 : TOO_MANY;
  }

  /** Classes firstClass + i with scores line[at + i] + offsets[firstOffset + i], i < length. */
  void offer(
      int sample,
      float[] line,
      int at,
      int length,
      int firstClass,
      float[] offsets,
      int firstOffset) {
    if (count[sample] == TOO_MANY) {
      return;
    }
    float threshold = best[sample] - margin[sample];
    for (int i = 0; i < length; i++) {
      float score = line[at + i] + offsets[firstOffset + i];
      if (score >= threshold) {
        append(sample, firstClass + i, score);
        threshold = best[sample] - margin[sample];
      }
    }
  }

  private void append(int sample, int k, float score) {
    if (count[sample] == TOO_MANY || score == Float.NEGATIVE_INFINITY) {
      return;
    }
    if (score > best[sample]) {
      best[sample] = score;
    }
    if (count[sample] == LIST && prune(sample) == LIST) {
      count[sample] = TOO_MANY;
      return;
    }
    int at = sample * LIST + count[sample]++;
    classes[at] = k;
    scores[at] = score;
  }

  /** Drops those that a later one has left behind; how many remain. */
  private int prune(int sample) {
    float threshold = best[sample] - margin[sample];
    int start = sample * LIST;
    int kept = 0;
    for (int i = 0; i < count[sample]; i++) {
      if (scores[start + i] >= threshold) {
        classes[start + kept] = classes[start + i];
        scores[start + kept++] = scores[start + i];
      }
    }
    count[sample] = kept;
    return kept;
  }

  /** How many are left, or {@link #TOO_MANY}. */
  int close(int sample) {
    if (count[sample] == TOO_MANY || count[sample] == 0) {
      return TOO_MANY;
    }
    return prune(sample);
  }

  int candidate(int sample, int i) {
    return classes[sample * LIST + i];
  }
}
