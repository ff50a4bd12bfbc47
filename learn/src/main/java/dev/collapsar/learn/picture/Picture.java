package dev.collapsar.learn.picture;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.batch.Preparation;
import dev.collapsar.learn.images.Colours;
import dev.collapsar.learn.images.Resampling;
import dev.collapsar.learn.images.Resampling.Window;
import java.util.Optional;

/**
 * A decoded image, upright, in the size that is wanted.
 *
 * @param planes (1, height, width) if it is grey, else (3, height, width): red, green, blue;
 *     unsigned bytes, row-major
 */
public record Picture(Look look, byte[] planes) {

  /**
   * What a picture is, without its pixels.
   *
   * @param transparent whether it had pixels that were put on white
   * @param turned whether it was turned as its EXIF orientation says
   */
  public record Look(int width, int height, boolean grey, boolean transparent, boolean turned) {
    public String size() {
      return width + "x" + height;
    }
  }

  /**
   * What is wanted of every image.
   *
   * @param how they become so large; an image of another shape is resized and cut
   * @param keepsFitting whether one that has this size already is taken as it is
   */
  public record Wanted(Preparation how, int height, int width, boolean keepsFitting) {
    /** Every one resized and cut. */
    public Wanted(Preparation how, int height, int width) {
      this(how, height, width, false);
    }

    /**
     * As a network takes them; one that says nothing of how had images of its size as they are, and
     * has others resized and cut.
     */
    public static Wanted of(InputSpec.Image input) {
      int longer = Math.max(input.height(), input.width());
      return new Wanted(
          input.preparation().orElse(new Preparation(longer)),
          input.height(),
          input.width(),
          input.preparation().isEmpty());
    }

    /** The same, where all are resized alike, whatever size they have. */
    public Wanted alike() {
      return new Wanted(how, height, width);
    }

    /** What is done, in words. */
    public String words() {
      return (keepsFitting ? "images of another size: " : "images: ") + how.words(height, width);
    }

    private boolean keeps(int ownWidth, int ownHeight) {
      return keepsFitting && ownWidth == width && ownHeight == height;
    }

    /** The short side so long, then cut to a square. */
    public static Wanted square(int side) {
      return new Wanted(new Preparation(side), side, side);
    }

    /** The size that they have. */
    public static Wanted asItIs(int height, int width) {
      return new Wanted(new Preparation(Math.max(height, width)), height, width);
    }
  }

  /**
   * Of rows as they are stored.
   *
   * @param orientation EXIF's, 1..8: where the stored first row and column are to be seen
   * @param wanted empty for the size that it has
   */
  static Picture of(PictureRows rows, int orientation, Optional<Wanted> wanted) {
    Turn turn = new Turn(orientation);
    boolean lies = turn.isOnItsSide();
    Window window =
        wanted
            .filter(
                size ->
                    !size.keeps(lies ? rows.height : rows.width, lies ? rows.width : rows.height))
            .map(size -> turn.window(size.how, rows.width, rows.height, size.width, size.height))
            .orElseGet(() -> whole(rows));
    Resampling resampling = new Resampling(rows.width, rows.height, rows.bands, window);
    byte[][] row = new byte[rows.bands][rows.width];
    boolean transparent = false;
    for (int y = 0; y < rows.height; y++) {
      if (resampling.needs(y)) {
        transparent |= rows.read(y, row);
        resampling.row(y, row);
      }
    }
    Look look =
        new Look(
            lies ? window.height() : window.width(),
            lies ? window.width() : window.height(),
            rows.bands == 1,
            transparent,
            turn.isOne());
    return new Picture(look, turn.upright(resampling.planes(), window.width(), window.height()));
  }

  /** Of which every new pixel is an old one. */
  private static Window whole(PictureRows rows) {
    return new Window(rows.width, rows.height, 0, 0, rows.width, rows.height);
  }

  /** Puts it into a row of a set with so many channels; grey becomes equal red, green and blue. */
  public void copyTo(byte[] pixels, int row, int channels) {
    int plane = look.width * look.height;
    Colours.copy(planes, look.grey ? 1 : 3, pixels, row * channels * plane, channels);
  }
}
