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
  /** Orthogonal rows and columns, B A = 0 but for rounding; the rank must be even. */
  ORTHOGONAL("orthogonal", true),
  /**
   * B A scaled is the nearest matrix of rank r to the weight (Meng et al. 2024), and its start B0
   * A0 is subtracted, so that the update is zero. Files hold it as a plain adapter of rank 2r.
   */
  PISSA("pissa", false),
  /**
   * B and A the first r columns and rows of the weight's QR factors (Buyukakyuz 2024); else as
   * {@link #PISSA}.
   */
  OLORA("olora", false),
  /**
   * A the r leading directions of the centred class means at the layer's input, each of norm 1/sqrt
   * 3 (which the rows of {@link #DEFAULT} have on average), B zero.
   */
  CLASS_MEANS("class-means", false),
  /**
   * A orthogonal directions of that norm, drawn at random among those that are orthogonal to every
   * centred class mean, B zero.
   */
  CLASS_MEANS_COMPLEMENT("class-means-complement", false),
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
   * Whether PEFT's configuration files can say it of factors that act on the base as it is; the
   * others are written as {@code true} there.
   */
  boolean isPeft() {
    return peft;
  }

  /** Whether the start of the update is subtracted from it. */
  boolean isSubtracted() {
    return this == PISSA || this == OLORA;
  }

  /** Whether it needs the class means at the layer's input. */
  boolean needsClassMeans() {
    return this == CLASS_MEANS || this == CLASS_MEANS_COMPLEMENT;
  }
}
