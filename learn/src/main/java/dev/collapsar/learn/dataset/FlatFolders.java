package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.dataset.Arrangement.Item;
import dev.collapsar.learn.dataset.ImagePaths.ImagePath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Images in {@code <class>/<image>}, maybe all below further folders, of which nobody said what
 * they are for.
 */
final class FlatFolders {
  private final Path place;
  private final ImagePaths paths;
  private final List<String> root = new ArrayList<>();
  private final List<ImagePath> loose = new ArrayList<>();
  private Map<String, List<ImagePath>> classes = Map.of();

  private FlatFolders(Path place, ImagePaths paths) {
    this.place = place;
    this.paths = paths;
    List<ImagePath> below = paths.images();
    while (classes.size() < 2 && !below.isEmpty()) {
      classes.keySet().forEach(root::add);
      classes = sorted(below);
      below = classes.values().stream().flatMap(List::stream).toList();
    }
  }

  /** By the folder below the root; what lies in the root itself is loose. */
  private Map<String, List<ImagePath>> sorted(List<ImagePath> images) {
    Map<String, List<ImagePath>> sorted = new TreeMap<>();
    for (ImagePath image : images) {
      if (image.folders().size() == root.size()) {
        loose.add(image);
      } else {
        sorted
            .computeIfAbsent(image.names().get(root.size()), type -> new ArrayList<>())
            .add(image);
      }
    }
    return sorted;
  }

  /**
   * The images.
   *
   * @throws InvalidInputException if there are fewer than two class folders, all of them are called
   *     like halves, or an image lies deeper than in one
   */
  static Arrangement of(Path place, ImagePaths paths) {
    FlatFolders flat = new FlatFolders(place, paths);
    if (flat.classes.size() < 2) {
      throw flat.withoutClasses();
    }
    if (flat.classes.keySet().stream().allMatch(name -> ClassFolders.part(name).isPresent())) {
      ImagePath first = flat.classes.values().iterator().next().get(0);
      throw new InvalidInputException(
          "%s: %s lies in no class; images lie in %s/<class>/"
              .formatted(place, first.path(), first.names().get(flat.root.size())));
    }
    List<Item> items = new ArrayList<>();
    flat.classes.forEach((type, files) -> files.forEach(file -> items.add(flat.item(type, file))));
    return Arrangement.of(place, items, flat.notes(), "it");
  }

  private InvalidInputException withoutClasses() {
    if (loose.isEmpty()) {
      return ClassFolders.missing(place, paths, "image");
    }
    return new InvalidInputException(
        ("%s: %s images lie in %s and in no class folders; there must be at least 2, or"
                + " train/<class>/ and test/<class>/, or a table file,label beside the images")
            .formatted(place, loose.size(), root.isEmpty() ? "it" : String.join("/", root) + "/"));
  }

  private Item item(String type, ImagePath file) {
    if (file.folders().size() != root.size() + 1) {
      throw new InvalidInputException(
          "%s: %s lies deeper than in the class folder %s".formatted(place, file.path(), type));
    }
    return new Item(file.file(), type + "/" + file.name(), type, "", Optional.empty(), Map.of());
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (!loose.isEmpty()) {
      notes.add(
          "%s %s in no class folder and %s left out, the first %s"
              .formatted(
                  loose.size(),
                  loose.size() == 1 ? "image lies" : "images lie",
                  loose.size() == 1 ? "was" : "were",
                  loose.get(0).path()));
    }
    TreeSet<String> empty = new TreeSet<>();
    paths.folders().stream()
        .filter(
            names -> names.size() == root.size() + 1 && names.subList(0, root.size()).equals(root))
        .map(names -> names.get(root.size()))
        .filter(name -> !classes.containsKey(name))
        .forEach(empty::add);
    if (!empty.isEmpty()) {
      notes.add("folders without images are no classes: " + Arrangement.shown(empty));
    }
    notes.addAll(
        paths.notes(
            names ->
                names.size() > root.size() + 1 && classes.containsKey(names.get(root.size()))));
    return notes;
  }
}
