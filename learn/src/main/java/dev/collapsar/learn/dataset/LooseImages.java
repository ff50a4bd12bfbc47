package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.Workers;
import dev.collapsar.learn.dataset.Arrangement.Item;
import dev.collapsar.learn.dataset.ImageReads.Read;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.picture.Picture;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Images of no class that counts, wherever they lie in a folder, a zip or a tar. */
public final class LooseImages {
  private static final String CLASS = "any";

  private LooseImages() {}

  /**
   * All of them, by their paths, in the size that is wanted.
   *
   * @param request that says a size
   * @throws InvalidInputException if there are none, or one cannot be read and may not be left out
   */
  public static ImageSet load(Path place, ImageRequest request) {
    try (StoredFiles stored = StoredPlace.at(place);
        Workers workers = new Workers(request.threads())) {
      List<Item> items =
          new ImagePaths(stored)
              .images().stream()
                  .map(
                      found ->
                          new Item(
                              found.file(), found.path(), CLASS, "", Optional.empty(), Map.of()))
                  .toList();
      if (items.isEmpty()) {
        throw new InvalidInputException(
            place + ": holds no image as .jpg, .jpeg, .jfif, .png, .webp or .bmp");
      }
      try (PictureStore store =
          new PictureStore(place, items.size(), Runtime.getRuntime().maxMemory() / 3)) {
        List<Read> all =
            new ImageReads(stored, items, store, request.wanted()).all(workers, request.decoded());
        return set(place, all, store, request);
      }
    }
  }

  private static ImageSet set(
      Path place, List<Read> all, PictureStore store, ImageRequest request) {
    List<Read> good = all.stream().filter(Read::isGood).toList();
    Optional<Read> bad = all.stream().filter(read -> !read.isGood()).findFirst();
    if (bad.isPresent() && (good.isEmpty() || !request.skipUnreadable())) {
      throw new InvalidInputException(
          "%s: %s cannot be read: %s (%s of %s images; data.skip-unreadable=true leaves such out)"
              .formatted(
                  place,
                  bad.get().item().path(),
                  bad.get().problem(),
                  all.size() - good.size(),
                  all.size()));
    }
    boolean grey = good.stream().allMatch(read -> read.look().grey());
    int channels = request.channels().orElse(grey ? 1 : 3);
    Picture.Look look = good.get(0).look();
    ImageSet set =
        new ImageSet(
            place.toAbsolutePath().normalize().getFileName().toString(),
            store.pixels(good.stream().mapToInt(Read::at).toArray(), channels),
            new int[good.size()],
            channels,
            look.height(),
            look.width(),
            List.of(CLASS),
            Map.of(CLASS, ImageReads.hash(all)));
    return request.wanted().map(wanted -> set.prepared(wanted.how())).orElse(set);
  }
}
