package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.dataset.Arrangement.Item;
import dev.collapsar.learn.dataset.ImagePaths.ImagePath;
import dev.collapsar.learn.images.SplitTable.Part;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Images in {@code train/<class>/<image>} and beside it {@code test/}, {@code val/} or both
 * likewise, in any case and maybe all below further folders. What lies outside of them does not
 * count. Where there is no {@code test/} the validation images are the test.
 */
final class ClassFolders {
  private static final Map<String, Part> HALVES =
      Map.of(
          "train", Part.TRAIN,
          "training", Part.TRAIN,
          "val", Part.VALIDATION,
          "valid", Part.VALIDATION,
          "validation", Part.VALIDATION,
          "dev", Part.VALIDATION,
          "test", Part.TEST,
          "testing", Part.TEST);

  private final Path place;
  private final ImagePaths paths;
  private final Map<Part, String> names = new EnumMap<>(Part.class);
  private final Map<Part, Map<String, List<ImagePath>>> halves = new EnumMap<>(Part.class);
  private final Set<String> roots = new TreeSet<>();

  private ClassFolders(Path place, ImagePaths paths) {
    this.place = place;
    this.paths = paths;
    paths.folders().forEach(this::folder);
    paths.images().forEach(this::image);
    if (roots.size() > 1) {
      throw new InvalidInputException(
          "%s: holds more than one set of train/ and test/, below %s"
              .formatted(place, String.join(", ", roots)));
    }
  }

  /** Where in a path its first folder is that is called like a half; -1 if none is. */
  private static int at(List<String> names) {
    for (int i = 0; i < names.size(); i++) {
      if (part(names.get(i)).isPresent()) {
        return i;
      }
    }
    return -1;
  }

  static Optional<Part> part(String folder) {
    return Optional.ofNullable(HALVES.get(folder.toLowerCase(Locale.ROOT)));
  }

  /**
   * Whether images lie so: in folders of a folder that is called like a half. Training alone is no
   * half.
   */
  static boolean are(ImagePaths paths) {
    return halves(paths).anyMatch(half -> half != Part.TRAIN);
  }

  /** Whether one of the folders that images lie in so is for training. */
  static boolean haveTraining(ImagePaths paths) {
    return halves(paths).anyMatch(half -> half == Part.TRAIN);
  }

  private static Stream<Part> halves(ImagePaths paths) {
    return Stream.concat(
            paths.folders().stream().filter(ClassFolders::isClass),
            paths.images().stream().map(ImagePath::folders).filter(ClassFolders::isInClass))
        .map(folder -> part(folder.get(at(folder))).orElseThrow());
  }

  private static boolean isClass(List<String> folder) {
    int at = at(folder);
    return at >= 0 && folder.size() == at + 2;
  }

  private static boolean isInClass(List<String> folder) {
    int at = at(folder);
    return at >= 0 && folder.size() > at + 1;
  }

  /**
   * The images.
   *
   * @throws InvalidInputException if a half is missing, there are fewer than two classes, a class
   *     is empty, an image lies in no class, or the halves' classes differ
   */
  static Arrangement of(Path place, ImagePaths paths) {
    ClassFolders found = new ClassFolders(place, paths);
    found.requireHalves();
    found.requireClasses();
    List<Item> items = new ArrayList<>();
    found.halves.forEach((part, classes) -> found.add(items, part, classes));
    return Arrangement.of(
        place, items, paths.notes(ClassFolders::isBelow), found.names.get(Part.TRAIN) + "/");
  }

  private void add(List<Item> items, Part part, Map<String, List<ImagePath>> classes) {
    classes.forEach(
        (type, files) ->
            files.forEach(
                file ->
                    items.add(
                        new Item(
                            file.file(),
                            String.join("/", names.get(part), type, file.name()),
                            type,
                            names.get(part),
                            Optional.of(part),
                            Map.of()))));
  }

  static boolean isBelow(List<String> path) {
    return at(path) >= 0;
  }

  private void folder(List<String> folder) {
    if (isClass(folder)) {
      classOf(folder);
    }
  }

  private void image(ImagePath found) {
    int at = at(found.folders());
    if (at < 0) {
      return;
    }
    if (found.names().size() != at + 3) {
      throw new InvalidInputException(
          "%s: %s lies in no class; images lie in %s/<class>/"
              .formatted(place, found.path(), found.names().get(at)));
    }
    classOf(found.folders()).add(found);
  }

  private List<ImagePath> classOf(List<String> folder) {
    int at = at(folder);
    String name = folder.get(at);
    Part part = part(name).orElseThrow();
    roots.add(at == 0 ? "." : String.join("/", folder.subList(0, at)));
    String before = names.putIfAbsent(part, name);
    if (before != null && !before.equals(name)) {
      throw new InvalidInputException(
          "%s: holds %s/ and %s/, both for %s".formatted(place, before, name, part));
    }
    return halves
        .computeIfAbsent(part, half -> new TreeMap<>())
        .computeIfAbsent(folder.get(at + 1), type -> new ArrayList<>());
  }

  private void requireHalves() {
    boolean trained = halves.containsKey(Part.TRAIN);
    boolean tested = halves.size() > (trained ? 1 : 0);
    if (!trained || !tested) {
      throw missing(place, paths, trained ? "test/" : "train/");
    }
  }

  static InvalidInputException missing(Path place, ImagePaths paths, String half) {
    return new InvalidInputException(
        ("%s: must hold train/<class>/<image> and test/<class>/<image> (or val/), or"
                + " <class>/<image>, or a table file,label beside images, as .jpg, .png, .webp"
                + " or .bmp; there is no such %s%s")
            .formatted(place, half, paths.hint(names -> true)));
  }

  private void requireClasses() {
    halves.forEach(
        (part, classes) ->
            classes.forEach(
                (type, files) -> {
                  if (files.isEmpty()) {
                    throw new InvalidInputException(
                        "%s: class folder %s/%s holds no .jpg, .jpeg, .jfif, .png, .webp or .bmp%s"
                            .formatted(
                                place, names.get(part), type, paths.hint(ClassFolders::isBelow)));
                  }
                }));
    Set<String> train = halves.get(Part.TRAIN).keySet();
    halves.forEach(
        (part, classes) -> {
          requireNone(part, Part.TRAIN, minus(train, classes.keySet()));
          requireNone(part, part, minus(classes.keySet(), train));
        });
  }

  private void requireNone(Part half, Part alone, Set<String> types) {
    if (!types.isEmpty()) {
      throw new InvalidInputException(
          "%s: %s/ and %s/ must have the same classes; only %s/ has %s"
              .formatted(
                  place,
                  names.get(Part.TRAIN),
                  names.get(half),
                  names.get(alone),
                  Arrangement.shown(types)));
    }
  }

  private static Set<String> minus(Set<String> all, Set<String> others) {
    Set<String> rest = new TreeSet<>(all);
    rest.removeAll(others);
    return rest;
  }
}
