package dev.collapsar.learn.adapter;

/** How the factors of a low-rank update start. Once they are trained it no longer matters. */
public enum Initialization {
  /**
   * A uniform in +-1/sqrt(fan in) (Kaiming with a = sqrt 5), B zero; of an embedding A zero and B
   * standard normal.
   */
  DEFAULT("true", true),
  /** A as in {@link #DEFAULT}, B likewise: the update does not start at zero. */
  RANDOM("false", true),
  /** A normal with deviation 1/r, B zero. */
  GAUSSIAN("gaussian", true),
  /** A standard normal, B zero, as Hu et al. 2021 describe it. */
  NORMAL("normal", false),
  /** Orthogonal rows and columns, B A = 0. */
  ORTHOGONAL("orthogonal", true),
  /** A from the leading directions of the layer's inputs, B zero. */
  EVA("eva", true),
  /** A zero, B the last left singular vectors of the weight. */
  MICA("mica", true);

  private final String spelling;
  private final boolean peft;

  Initialization(String spelling, boolean peft) {
    this.spelling = spelling;
    this.peft = peft;
  }

  /** As configuration files spell it; {@code true} and {@code false} stand there as booleans. */
  public String spelling() {
    return spelling;
  }

  /**
   * Whether PEFT's configuration files can say it; the others are written as {@code true} there.
   */
  boolean isPeft() {
    return peft;
  }
}
