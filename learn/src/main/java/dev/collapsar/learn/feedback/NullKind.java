package dev.collapsar.learn.feedback;

import java.util.Locale;

/** What is replaced by chance to see how large the cosines are without it. */
public enum NullKind {
  /**
   * The matrices, by fresh ones. Its mean is 0 in every network; only its spread says something.
   */
  FRESH("fresh matrices"),
  /** The matrices' directions, by random ones; their singular values and row space stay. */
  ROTATED("rotated matrices"),
  /** Which sample an error belongs to. */
  ERROR_SHUFFLED("errors of other samples"),
  /** Which matrix feeds which hidden state. */
  MATRICES_PERMUTED("matrices of other layers"),
  /** Which sample a label belongs to, in the error and in the gradient. */
  LABELS_PERMUTED("labels of other samples"),
  /** The training. */
  UNTRAINED("untrained networks");

  private final String words;

  NullKind(String words) {
    this.words = words;
  }

  /** In a few words. */
  public String words() {
    return words;
  }

  /** As the stage column of metrics.csv spells it: {@code null-rotated}. */
  public String stage() {
    return "null-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
