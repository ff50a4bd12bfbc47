package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.Workers;
import dev.collapsar.learn.dataset.Arrangement.Item;
import dev.collapsar.learn.dataset.ImageReads.Read;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.picture.Picture;
import dev.collapsar.learn.picture.PreparedPictures;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Images wherever they lie in a folder, a zip or a tar, or named one by one. */
public final class LooseImages {
  private static final String CLASS = "any";

  private LooseImages() {}

  /** Images of one class that does not count. */
  public static ImageSet ofOneClass(ImageSet images) {
    return new ImageSet(
        images.name(),
        images.pixels(),
        new int[images.count()],
        images.channels(),
        images.height(),
        images.width(),
        List.of(CLASS),
        Map.of(CLASS, images.sha256().values().iterator().next()),
        images.transform(),
        images.preparation());
  }

  /**
   * All images of a place, each in the class that the innermost folder around it is called by.
   *
   * @param request that says a size, unless all have one
   * @throws InvalidInputException if there are none, one cannot be read and may not be left out, or
   *     sizes differ and none is wanted
   */
  public static PlacedImages placed(Path place, ImageRequest request) {
    try (StoredFiles stored = StoredPlace.at(place)) {
      ImagePaths paths = new ImagePaths(stored);
      List<Item> items = paths.images().stream().map(LooseImages::item).toList();
      if (items.isEmpty()) {
        throw new InvalidInputException(
            place
                + ": holds no image as .jpg, .jpeg, .jfif, .png, .webp or .bmp"
                + paths.hint(any()));
      }
      return read(place, stored, items, request, paths.notes(any()));
    }
  }

  private static Predicate<List<String>> any() {
    return names -> true;
  }

  /** Images that were named one by one, in that order and in no class. */
  public static PlacedImages named(List<Path> files, ImageRequest request) {
    StoredFiles stored = new LooseFiles(files);
    Item[] items = new Item[files.size()];
    Arrays.setAll(
        items, i -> new Item(i, stored.files().get(i), "", "", Optional.empty(), Map.of()));
    return read(files.get(0), stored, List.of(items), request, List.of());
  }

  private static Item item(ImagePaths.ImagePath found) {
    List<String> folders = found.folders();
    String last = folders.isEmpty() ? "" : folders.get(folders.size() - 1);
    String type = ClassFolders.part(last).isPresent() ? "" : last;
    return new Item(found.file(), found.path(), type, "", Optional.empty(), Map.of());
  }

  private static PlacedImages read(
      Path place, StoredFiles stored, List<Item> items, ImageRequest request, List<String> notes) {
    try (Workers workers = new Workers(request.threads());
        PictureStore store =
            new PictureStore(place, items.size(), Runtime.getRuntime().maxMemory() / 3);
        PreparedPictures prepared = PreparedPictures.in(request.kept())) {
      Optional<Picture.Wanted> wanted =
          request.wanted().filter(size -> !new ImageSizes(stored, items).allStay(size, workers));
      List<Read> all =
          new ImageReads(stored, items, store, wanted, prepared).all(workers, request.decoded());
      if (store.differ()) {
        throw new InvalidInputException(
            place + ": its images have several sizes; say which is wanted by --size");
      }
      requireReadable(place, all, request);
      return PlacedImages.of(place, all, store, request, wanted, notes);
    }
  }

  private static void requireReadable(Path place, List<Read> all, ImageRequest request) {
    long good = all.stream().filter(Read::isGood).count();
    Optional<Read> bad = all.stream().filter(read -> !read.isGood()).findFirst();
    if (bad.isPresent() && good == 0) {
      throw new InvalidInputException(
          all.size() == 1
              ? "%s: cannot be read: %s".formatted(bad.get().item().path(), bad.get().problem())
              : "%s: none of its %s images can be read, the first %s: %s"
                  .formatted(place, all.size(), bad.get().item().path(), bad.get().problem()));
    }
    if (bad.isPresent() && !request.skipUnreadable()) {
      throw new InvalidInputException(
          ("%s: %s cannot be read: %s (%s of %s images; remove it, or in a run"
                  + " data.skip-unreadable=true leaves such out)")
              .formatted(
                  place,
                  bad.get().item().path(),
                  bad.get().problem(),
                  all.size() - good,
                  all.size()));
    }
  }
}
