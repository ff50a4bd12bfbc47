package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.dataset.ImagePaths.ImagePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Who says what images of a place show: halves, a table beside them, or class folders. */
final class ImageSorting {
  private final Path place;
  private final boolean isTable;
  private final Path root;

  /** Of a folder, a tar or a zip, or of a table beside images. */
  ImageSorting(Path place) {
    this.place = place;
    isTable = LabelTable.mayBe(place.toString()) && Files.isRegularFile(place);
    root = isTable ? place.toAbsolutePath().getParent() : place;
  }

  /** Files, and what they show. */
  record Sorted(StoredFiles stored, Arrangement arrangement) {}

  /**
   * As somebody says.
   *
   * @throws InvalidInputException if nobody does, or it contradicts itself
   */
  Sorted sorted() {
    return opened(this::arrangement);
  }

  /** Likewise; empty if nobody says. */
  Optional<Sorted> ifAny() {
    boolean[] nobody = new boolean[1];
    try {
      return Optional.of(
          opened(
              (stored, paths) -> {
                nobody[0] =
                    !(ClassFolders.are(paths) && ClassFolders.haveTraining(paths))
                        && tables(stored, paths).isEmpty();
                return arrangement(stored, paths);
              }));
    } catch (InvalidInputException e) {
      if (nobody[0]) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private interface Sorting {
    Arrangement of(StoredFiles stored, ImagePaths paths);
  }

  private Sorted opened(Sorting sorting) {
    StoredFiles stored = StoredPlace.at(root);
    try {
      return new Sorted(stored, sorting.of(stored, new ImagePaths(stored)));
    } catch (InvalidInputException e) {
      stored.close();
      throw e;
    }
  }

  private Arrangement arrangement(StoredFiles stored, ImagePaths paths) {
    if (ClassFolders.are(paths) && !isTable) {
      return ClassFolders.of(place, paths)
          .noting(unused(candidates(paths), "the folders are the halves and the classes"));
    }
    Map<String, LabelTable> tables = tables(stored, paths);
    if (tables.size() > 1) {
      throw new InvalidInputException(
          "%s: holds several tables of files and labels, %s; name the one that counts as the data"
              .formatted(place, String.join(", ", tables.keySet())));
    }
    for (LabelTable only : tables.values()) {
      return only.arrangement(paths);
    }
    List<ImagePath> others = candidates(paths);
    if (isTable) {
      throw new InvalidInputException(
          place
              + ": "
              + (others.isEmpty()
                  ? "is a hidden file, which is not read as a table; call it otherwise"
                  : LabelTable.wanted(read(stored, others.get(0)))));
    }
    try {
      return FlatFolders.of(place, paths)
          .noting(unused(others, "its first line names no files and labels"));
    } catch (InvalidInputException e) {
      throw others.isEmpty()
          ? e
          : new InvalidInputException(
              "%s; %s: %s"
                  .formatted(
                      e.getMessage(),
                      others.get(0).path(),
                      LabelTable.wanted(read(stored, others.get(0)))),
              e);
    }
  }

  private static List<String> unused(List<ImagePath> tables, String why) {
    return tables.isEmpty()
        ? List.of()
        : List.of(
            tables.stream().map(ImagePath::path).collect(Collectors.joining(", "))
                + (tables.size() == 1 ? " was" : " were")
                + " not used: "
                + why);
  }

  private Map<String, LabelTable> tables(StoredFiles stored, ImagePaths paths) {
    Map<String, LabelTable> tables = new TreeMap<>();
    for (ImagePath found : candidates(paths)) {
      LabelTable.of(root, place, found.path(), read(stored, found))
          .ifPresent(table -> tables.put(found.path(), table));
    }
    return tables;
  }

  /**
   * The table that was named, or those beside the images, in the one folder that holds all, or in
   * one that holds none.
   */
  private List<ImagePath> candidates(ImagePaths paths) {
    List<ImagePath> found = new ArrayList<>();
    String named = isTable ? place.getFileName().toString() : "";
    for (ImagePath other : paths.others()) {
      boolean beside =
          isTable
              ? other.path().equals(ImagePaths.composed(named))
              : LabelTable.mayBe(other.path()) && isAboveAll(other.folders(), paths);
      if (beside) {
        found.add(other);
      }
    }
    return found;
  }

  private static boolean isAboveAll(List<String> folders, ImagePaths paths) {
    long inside =
        paths.images().stream()
            .filter(image -> !folders.isEmpty() && image.names().get(0).equals(folders.get(0)))
            .count();
    return folders.isEmpty()
        || folders.size() == 1 && (inside == 0 || inside == paths.images().size());
  }

  private byte[] read(StoredFiles stored, ImagePath table) {
    try {
      return stored.read(table.file());
    } catch (IOException e) {
      throw InvalidInputException.because(place + ": " + table.path() + " cannot be read", e);
    }
  }
}
