package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Sha256;
import dev.collapsar.compute.Workers;
import dev.collapsar.learn.dataset.Arrangement.Item;
import dev.collapsar.learn.picture.ImageDecoder;
import dev.collapsar.learn.picture.Picture;
import dev.collapsar.learn.picture.PreparedPictures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/** Reads and decodes images, by several threads, into a store. */
final class ImageReads {
  private static final int CHUNK = 64;

  private final StoredFiles stored;
  private final List<Item> items;
  private final PictureStore store;
  private final Optional<Picture.Wanted> wanted;
  private final PreparedPictures prepared;

  /**
   * One file as it was read.
   *
   * @param at its place among all pictures
   * @param sha256 null if not even its bytes could be read
   * @param look null if there is a problem
   */
  record Read(Item item, int at, String sha256, Picture.Look look, String problem) {
    boolean isGood() {
      return look != null;
    }
  }

  /**
   * @param prepared by an earlier process, and kept for a later
   */
  ImageReads(
      StoredFiles stored,
      List<Item> items,
      PictureStore store,
      Optional<Picture.Wanted> wanted,
      PreparedPictures prepared) {
    this.stored = stored;
    this.items = items;
    this.store = store;
    this.wanted = wanted;
    this.prepared = prepared;
  }

  /**
   * All of them, in their order; fewer if the store finds that they differ in size.
   *
   * @param decoded hears how many images more are done, from several threads
   */
  List<Read> all(Workers workers, IntConsumer decoded) {
    return workers
        .map(
            (items.size() + CHUNK - 1) / CHUNK,
            chunk -> {
              int to = Math.min(items.size(), (chunk + 1) * CHUNK);
              return store.differ() ? List.<Read>of() : read(chunk * CHUNK, to, decoded);
            })
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  private List<Read> read(int from, int to, IntConsumer decoded) {
    List<Read> reads = new ArrayList<>();
    try (ImageDecoder decoder = new ImageDecoder()) {
      for (int at = from; at < to; at++) {
        reads.add(read(decoder, at));
        decoded.accept(1); // a chunk of photographs takes half a minute
      }
    }
    return reads;
  }

  private Read read(ImageDecoder decoder, int at) {
    Item item = items.get(at);
    String hash = null;
    try {
      byte[] bytes = stored.read(item.file());
      hash = Sha256.of(bytes);
      Picture picture = picture(decoder, bytes, hash);
      store.put(at, picture);
      return new Read(item, at, hash, picture.look(), null);
    } catch (IOException e) {
      return new Read(item, at, hash, null, e.getMessage());
    } catch (OutOfMemoryError e) {
      throw new InvalidInputException(
          "%s: there is not enough memory to decode it (-Xmx)".formatted(item.path()), e);
    }
  }

  private Picture picture(ImageDecoder decoder, byte[] bytes, String hash) throws IOException {
    if (wanted.isEmpty() || !prepared.keeps(bytes.length)) {
      return decoder.decode(bytes, wanted);
    }
    Optional<Picture> found = prepared.find(hash, wanted.get());
    if (found.isPresent()) {
      return found.get();
    }
    Picture picture = decoder.decode(bytes, wanted);
    prepared.add(hash, wanted.get(), picture);
    return picture;
  }

  /**
   * One hash for all: that of the list which {@code sha256sum} prints of the files, in the order of
   * their paths.
   */
  static String hash(Collection<Read> reads) {
    Sha256 sha256 = new Sha256();
    reads.stream()
        .filter(read -> read.sha256 != null)
        .sorted(Comparator.comparing(read -> read.item.path()))
        .map(read -> read.sha256 + "  " + read.item.path() + "\n")
        .forEach(sha256::add);
    return sha256.hex();
  }
}
