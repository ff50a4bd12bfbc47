package dev.collapsar.learn.dataset;

import dev.collapsar.compute.Workers;
import dev.collapsar.learn.dataset.Arrangement.Item;
import dev.collapsar.learn.picture.ImageDecoder;
import dev.collapsar.learn.picture.Picture;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The sizes of images, by their files' beginnings. */
final class ImageSizes {
  /** Images no larger than this are taken as they are, if all have one size. */
  private static final int LARGEST_AS_IT_IS = 256;

  /** What others become unless somebody chooses: enough to see what they show. */
  private static final int USUAL_SIDE = 64;

  /** Where something is not said so early, the whole file is read. */
  private static final int HEAD = 1 << 17;

  private static final int CHUNK = 64;

  private final StoredFiles stored;
  private final List<Item> items;

  ImageSizes(StoredFiles stored, List<Item> items) {
    this.stored = stored;
    this.items = items;
  }

  /**
   * Whether the first image that can be read is small enough to be taken as it is.
   *
   * @param squares whether it must be square too
   */
  boolean beginSmall(boolean squares) {
    try (ImageDecoder decoder = new ImageDecoder()) {
      return items.stream()
          .map(item -> size(decoder, item))
          .filter(Objects::nonNull)
          .findFirst()
          .map(
              size ->
                  Math.min(size[0], size[1]) <= LARGEST_AS_IT_IS
                      && (!squares || size[0] == size[1]))
          .orElse(true);
    }
  }

  /** The size that is taken from images which have several, or are photographs. */
  Optional<Picture.Wanted> common(Workers workers) {
    int chunks = (items.size() + CHUNK - 1) / CHUNK;
    int[] sides =
        workers.map(chunks, this::shortSides).stream()
            .flatMap(List::stream)
            .mapToInt(Integer::intValue)
            .sorted()
            .toArray();
    if (sides.length == 0) {
      return Optional.empty(); // none can be read, which is said when they are
    }
    int side = Math.min(USUAL_SIDE, sides[sides.length / 2]);
    return Optional.of(Picture.Wanted.square(side));
  }

  /** Whether every image that can be read is so large, and may stay so. */
  boolean allStay(Picture.Wanted wanted, Workers workers) {
    if (!wanted.keepsFitting()) {
      return false;
    }
    int chunks = (items.size() + CHUNK - 1) / CHUNK;
    return workers.map(chunks, chunk -> are(wanted, chunk)).stream()
        .allMatch(Boolean::booleanValue);
  }

  private boolean are(Picture.Wanted wanted, int chunk) {
    try (ImageDecoder decoder = new ImageDecoder()) {
      return items.subList(chunk * CHUNK, Math.min(items.size(), (chunk + 1) * CHUNK)).stream()
          .allMatch(item -> is(decoder, item, wanted));
    }
  }

  private List<Integer> shortSides(int chunk) {
    try (ImageDecoder decoder = new ImageDecoder()) {
      return items.subList(chunk * CHUNK, Math.min(items.size(), (chunk + 1) * CHUNK)).stream()
          .map(item -> size(decoder, item))
          .filter(Objects::nonNull)
          .map(size -> Math.min(size[0], size[1]))
          .toList();
    }
  }

  /** Also what cannot be read is no other size. */
  private boolean is(ImageDecoder decoder, Item item, Picture.Wanted wanted) {
    int[] size = size(decoder, item);
    if (size == null) {
      return true;
    }
    boolean lying = size[0] == wanted.height() && size[1] == wanted.width();
    boolean upright = size[0] == wanted.width() && size[1] == wanted.height();
    if (lying == upright) {
      return upright; // a square, or neither
    }
    Boolean turned = told(item, decoder::isOnItsSide);
    return turned == null || turned == lying;
  }

  /** As it is stored; null if it cannot be read. */
  private int[] size(ImageDecoder decoder, Item item) {
    return told(item, decoder::storedSize);
  }

  /** What a file's bytes say, maybe its first ones. */
  private interface Answer<T> {
    T of(byte[] bytes) throws IOException;
  }

  /** Null if the file cannot be read. */
  private <T> T told(Item item, Answer<T> answer) {
    try {
      byte[] head = stored.head(item.file(), HEAD);
      try {
        return answer.of(head);
      } catch (IOException e) {
        return head.length < HEAD ? null : answer.of(stored.read(item.file()));
      }
    } catch (IOException e) {
      return null;
    }
  }
}
