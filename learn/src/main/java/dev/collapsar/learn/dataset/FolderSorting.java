package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Sorts stored files into splits and classes, and counts what belongs to none. Spellings that
 * Unicode calls equivalent (NFC, NFD) are one name.
 */
final class FolderSorting {
  private static final Set<String> SPLITS = Set.of("train", "test", "val");

  /** Folders that other programs put beside what they show or pack. */
  private static final Set<String> FOREIGN =
      Set.of("__MACOSX", "@eaDir", "@__thumb", "#recycle", "$RECYCLE.BIN", "lost+found");

  /** Files that other programs put there. */
  private static final Set<String> BOOKKEEPING = Set.of("Thumbs.db", "desktop.ini");

  private final Path place;
  private final StoredFiles stored;
  private final Map<String, Map<String, List<Integer>>> splits = new TreeMap<>();
  private final Set<String> roots = new TreeSet<>();
  private final Map<String, Integer> foreign = new TreeMap<>();
  private final Map<String, Integer> unread = new TreeMap<>();

  FolderSorting(Path place, StoredFiles stored) {
    this.place = place;
    this.stored = stored;
    stored.folders().forEach(this::folder);
    for (int i = 0; i < stored.files().size(); i++) {
      file(i);
    }
    if (roots.size() > 1) {
      throw new InvalidInputException(
          "%s: holds more than one set of train/ and test/, below %s"
              .formatted(place, String.join(", ", roots)));
    }
    Comparator<Integer> byPath = Comparator.comparing(i -> composed(stored.files().get(i)));
    splits.values().forEach(split -> split.values().forEach(files -> files.sort(byPath)));
  }

  /** The composed spelling. */
  static String composed(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFC);
  }

  /** Files of each class of a split, ordered by their paths; null if there is no such split. */
  Map<String, List<Integer>> split(String name) {
    return splits.get(name);
  }

  private void folder(String folder) {
    Parts parts = Parts.of(folder);
    if (parts != null && parts.below.size() == 1 && parts.foreign == null) {
      roots.add(parts.root);
      files(parts);
    }
  }

  private void file(int i) {
    String file = stored.files().get(i);
    Parts parts = Parts.of(file);
    if (parts == null || StoredFiles.isHidden(file)) {
      return;
    }
    boolean image = StoredFiles.isImage(file);
    if (parts.foreign != null) {
      foreign.merge(parts.foreign, image ? 1 : 0, Integer::sum);
      return;
    }
    if (!image) {
      if (!BOOKKEEPING.contains(file.substring(file.lastIndexOf('/') + 1))) {
        unread.merge(StoredFiles.ending(file), 1, Integer::sum);
      }
      return;
    }
    if (parts.below.size() != 2) {
      throw new InvalidInputException(
          "%s: %s lies in no class; images lie in %s/<class>/".formatted(place, file, parts.split));
    }
    roots.add(parts.root);
    files(parts).add(i);
  }

  private List<Integer> files(Parts parts) {
    return splits
        .computeIfAbsent(parts.split, split -> new TreeMap<>())
        .computeIfAbsent(composed(parts.below.get(0)), type -> new ArrayList<>());
  }

  /** What was left out, a sentence each. */
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    foreign.values().removeIf(images -> images == 0);
    if (!foreign.isEmpty()) {
      notes.add(
          "folders that are no classes were left out: "
              + foreign.entrySet().stream()
                  .map(e -> "%s (%s images)".formatted(e.getKey(), e.getValue()))
                  .collect(Collectors.joining(", ")));
    }
    if (!unread.isEmpty()) {
      notes.add(
          "%s %s left out, whose kind is not read"
              .formatted(unread(), isOne(unread) ? "was" : "were"));
    }
    return notes;
  }

  /** How many files of which endings are not read, such as {@code 3 files (2 .heic, 1 .tif)}. */
  private String unread() {
    return "%s %s (%s)"
        .formatted(
            sum(unread),
            isOne(unread) ? "file" : "files",
            unread.entrySet().stream()
                .map(
                    e ->
                        e.getKey().isEmpty()
                            ? e.getValue() + " without an ending"
                            : "%s .%s".formatted(e.getValue(), e.getKey()))
                .collect(Collectors.joining(", ")));
  }

  private static int sum(Map<String, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  private static boolean isOne(Map<String, Integer> counts) {
    return sum(counts) == 1;
  }

  /** What to add where images are missed: the files that may have been meant; empty if none. */
  String hint() {
    return unread.isEmpty() ? "" : "; not read are " + unread();
  }

  /**
   * A path cut at its first folder that is named like a split.
   *
   * @param foreign the first folder on the way that is no class but another program's; null if
   *     there is none
   */
  private record Parts(String root, String split, List<String> below, String foreign) {
    /** Null if there is no split. */
    static Parts of(String path) {
      List<String> names = List.of(path.split("/"));
      for (int i = 0; i < names.size(); i++) {
        if (SPLITS.contains(names.get(i))) {
          return new Parts(
              i == 0 ? "." : String.join("/", names.subList(0, i)),
              names.get(i),
              names.subList(i + 1, names.size()),
              names.stream().filter(Parts::isForeign).findFirst().orElse(null));
        }
      }
      return null;
    }

    private static boolean isForeign(String name) {
      return FOREIGN.contains(name) || name.startsWith(".");
    }
  }
}
