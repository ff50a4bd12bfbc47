package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.images.PixelFile;
import dev.collapsar.learn.images.Pixels;
import dev.collapsar.learn.picture.Picture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * Where decoded pictures of one size wait until all are known: in memory, or in a file where they
 * are too many. Filled by several threads at once.
 */
final class PictureStore implements AutoCloseable {
  private static final int MOST_CHANNELS = 3;

  /** What an array can hold. */
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

  private final Path place;
  private final long mostBytes;
  private final Picture[] inMemory;
  private PixelFile.Writer inFile;
  private Picture.Look first;
  private volatile boolean differ;

  /**
   * @param place of the images, for messages
   * @param count of all pictures that may come
   * @param mostBytes that are kept in memory
   */
  PictureStore(Path place, int count, long mostBytes) {
    this.place = place;
    this.mostBytes = Math.min(mostBytes, LONGEST_ARRAY);
    this.inMemory = new Picture[count];
  }

  /**
   * Keeps a picture; of one of another size than the first it only knows that they differ.
   *
   * @throws InvalidInputException if there is no room
   */
  void put(int at, Picture picture) {
    if (!begin(picture.look()).size().equals(picture.look().size())) {
      differ = true;
      return;
    }
    if (inFile == null) {
      inMemory[at] = picture;
      return;
    }
    byte[] planes = new byte[MOST_CHANNELS * plane()];
    picture.copyTo(planes, 0, MOST_CHANNELS);
    try {
      inFile.write(at, planes);
    } catch (IOException e) {
      throw InvalidInputException.because(place + ": its decoded images cannot be kept", e);
    }
  }

  /** Whether there were pictures of different sizes. */
  boolean differ() {
    return differ;
  }

  /** The first picture's size decides where all go. */
  private synchronized Picture.Look begin(Picture.Look look) {
    if (first == null) {
      first = look;
      long bytes = (long) inMemory.length * MOST_CHANNELS * plane();
      if (bytes > mostBytes) {
        inFile = file(bytes);
      }
    }
    return first;
  }

  private PixelFile.Writer file(long bytes) {
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    long room = folder.toFile().getUsableSpace();
    if (bytes > room) {
      throw new InvalidInputException(
          "%s: its %s images take %s MB decoded; %s has %s MB (-Djava.io.tmpdir names another)"
              .formatted(place, inMemory.length, bytes >> 20, folder, room >> 20));
    }
    try {
      return PixelFile.Writer.in(folder, MOST_CHANNELS * plane());
    } catch (IOException e) {
      throw InvalidInputException.because(place + ": its decoded images cannot be kept", e);
    }
  }

  private int plane() {
    return first.width() * first.height();
  }

  /**
   * The pictures at these places, in this order.
   *
   * @param channels 1 if every picture is grey, else 3
   */
  Pixels pixels(int[] places, int channels) {
    if (inFile != null) {
      try {
        return inFile.pixels(inMemory.length, channels * plane()).subset(places);
      } catch (IOException e) {
        throw new UncheckedIOException("a file of our own cannot be mapped", e);
      }
    }
    byte[] pixels = new byte[places.length * channels * plane()];
    for (int i = 0; i < places.length; i++) {
      inMemory[places[i]].copyTo(pixels, i, channels);
    }
    return Pixels.of(pixels, channels * plane());
  }

  @Override
  public void close() {
    try {
      if (inFile != null) {
        inFile.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
