package dev.collapsar.learn.dataset;

import dev.collapsar.learn.dataset.ImageReads.Read;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.picture.Picture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Images with where they lie, whatever they are for.
 *
 * @param images of which a label is the place in {@link #classes} of the image's own
 * @param files their paths, (count)
 * @param types of each image the class that it lies in, (count); empty where it lies in none
 * @param leftOut images that could not be read and were left out because that is allowed, each with
 *     its reason
 * @param notes what else was found about them, a sentence each
 */
public record PlacedImages(
    ImageSet images,
    List<String> files,
    List<String> types,
    List<String> leftOut,
    List<String> notes) {
  public PlacedImages {
    files = List.copyOf(files);
    types = List.copyOf(types);
    leftOut = List.copyOf(leftOut);
    notes = List.copyOf(notes);
  }

  /** Of what was read, some of which is good. */
  static PlacedImages of(
      Path place,
      List<Read> all,
      PictureStore store,
      ImageRequest request,
      Optional<Picture.Wanted> size,
      List<String> found) {
    List<Read> good = all.stream().filter(Read::isGood).toList();
    List<String> types = good.stream().map(read -> read.item().type()).toList();
    List<String> classes = types.stream().distinct().sorted().toList();
    boolean grey = good.stream().allMatch(read -> read.look().grey());
    int channels = request.channels().orElse(grey ? 1 : 3);
    Picture.Look look = good.get(0).look();
    ImageSet set =
        new ImageSet(
            place.toAbsolutePath().normalize().getFileName().toString(),
            store.pixels(good.stream().mapToInt(Read::at).toArray(), channels),
            types.stream().mapToInt(classes::indexOf).toArray(),
            channels,
            look.height(),
            look.width(),
            classes,
            Map.of("all", ImageReads.hash(all)));
    List<String> notes = new ArrayList<>(found);
    size.ifPresent(wanted -> notes.add(wanted.words()));
    notes.addAll(looks(good, all.size(), channels));
    return new PlacedImages(
        size.map(wanted -> set.prepared(wanted.how())).orElse(set),
        good.stream().map(read -> read.item().path()).toList(),
        types,
        all.stream()
            .filter(read -> !read.isGood())
            .map(read -> read.item().path() + ": " + read.problem())
            .toList(),
        notes.stream().map(note -> place + ": " + note).toList());
  }

  /** How images had to be changed to be seen as they are meant. */
  static List<String> looks(List<Read> good, int count, int channels) {
    List<String> notes = new ArrayList<>();
    long other = good.stream().filter(read -> read.look().grey() != (channels == 1)).count();
    if (other > 0) {
      notes.add(
          channels == 1
              ? "%s of %s images have colours, which were made grey".formatted(other, count)
              : "%s of %s images are grey, in each of red, green and blue".formatted(other, count));
    }
    long turned = good.stream().filter(read -> read.look().turned()).count();
    if (turned > 0) {
      notes.add("%s of %s images were turned as their EXIF data say".formatted(turned, count));
    }
    long transparent = good.stream().filter(read -> read.look().transparent()).count();
    if (transparent > 0) {
      notes.add(
          "%s of %s images have transparent pixels, which were put on white"
              .formatted(transparent, count));
    }
    return notes;
  }

  /** The classes that any image lies in, sorted by their characters. */
  public List<String> classes() {
    return images.classes();
  }

  /** Whether every image lies in a class. */
  public boolean isLabelled() {
    return types.stream().noneMatch(String::isEmpty);
  }

  /** Labels by other names of classes, (count); -1 where an image's is none of them. */
  public int[] labels(List<String> names) {
    return types.stream().mapToInt(names::indexOf).toArray();
  }
}
