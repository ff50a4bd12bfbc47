package dev.collapsar.learn.batch;

/**
 * How an image of any size became the pixels of a sample, and how every other must: turned upright,
 * what is transparent put on white, the short side resized, the centre cut out. Resized bilinearly,
 * over a triangle as wide as a new pixel where it shrinks, in 8 bits, as Pillow's BILINEAR and
 * torchvision's antialiased Resize have it.
 *
 * @param shortSide what the shorter side becomes, at least 1 and at least either side of the sample
 */
public record Preparation(int shortSide) {
  public Preparation {
    if (shortSide < 1) {
      throw new IllegalArgumentException("the short side must be at least 1, got " + shortSide);
    }
  }

  /** In words, with the sides that are cut out. */
  public String words(int height, int width) {
    return "short side resized to %s (bilinear, antialiased), %sx%s cut from the centre"
        .formatted(shortSide, height, width);
  }
}
