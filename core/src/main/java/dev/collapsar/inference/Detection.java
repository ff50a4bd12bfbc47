package dev.collapsar.inference;

import dev.collapsar.InvalidInputException;
import java.util.Arrays;

/**
 * How well a score tells samples from outside from those inside; larger is more outlying.
 *
 * @param auroc P(outside > inside) + P(equal)/2, in [0, 1]; 0.5 where the score says nothing
 * @param fpr95 the share of samples from outside that are accepted by the lowest threshold that
 *     accepts at least 95% of those inside, in [0, 1]; 0.95 where it says nothing
 */
public record Detection(double auroc, double fpr95) {
  private static final double ACCEPTED = 0.95;

  /**
   * From the scores of all samples.
   *
   * @throws InvalidInputException if a side is empty or a score is not a number
   */
  public static Detection of(double[] inside, double[] outside) {
    double[] in = sorted("inside", inside);
    double[] out = sorted("outside", outside);
    double above = 0;
    int below = 0; // samples inside with a smaller score
    int most = 0; // and those with no larger one
    for (double score : out) {
      while (below < in.length && in[below] < score) {
        below++;
      }
      most = Math.max(most, below);
      while (most < in.length && in[most] == score) {
        most++;
      }
      above += below + (most - below) / 2.0;
    }
    int needed = (int) Math.ceil(ACCEPTED * in.length);
    double threshold = in[needed - 1];
    long accepted = Arrays.stream(out).filter(score -> score <= threshold).count();
    return new Detection(above / in.length / out.length, (double) accepted / out.length);
  }

  private static double[] sorted(String side, double[] scores) {
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    if (sorted.length == 0 || Double.isNaN(sorted[sorted.length - 1])) {
      throw new InvalidInputException(
          "scores of samples %s must be one or more numbers".formatted(side));
    }
    return sorted;
  }
}
