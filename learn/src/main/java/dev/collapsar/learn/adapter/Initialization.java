package dev.collapsar.learn.adapter;

/**
 * How the factors of a low-rank update start. Once they are trained it no longer matters, except
 * that some of PEFT's ways change the base weight too; those are not among these.
 */
public enum Initialization {
  /** A uniform in +-1/sqrt(fan in) (Kaiming with a = sqrt 5), B zero. */
  DEFAULT("true"),
  /** A as in {@link #DEFAULT}, B likewise: the update does not start at zero. */
  RANDOM("false"),
  /** A normal with deviation 1/r, B zero. */
  GAUSSIAN("gaussian"),
  /** Orthogonal rows and columns, B A = 0. */
  ORTHOGONAL("orthogonal"),
  /** A from the leading directions of the layer's inputs, B zero. */
  EVA("eva"),
  /** A zero, B the last left singular vectors of the weight. */
  MICA("mica");

  private final String spelling;

  Initialization(String spelling) {
    this.spelling = spelling;
  }

  /** As configuration files spell it; {@code true} and {@code false} stand there as booleans. */
  public String spelling() {
    return spelling;
  }
}
