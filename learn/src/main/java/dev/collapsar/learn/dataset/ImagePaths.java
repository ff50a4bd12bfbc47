package dev.collapsar.learn.dataset;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The paths of stored images, without those that are somebody's book-keeping, and of what else lies
 * beside them. Spellings that Unicode calls equivalent (NFC, NFD) are one name.
 */
final class ImagePaths {
  /** Folders that other programs put beside what they show or pack. */
  private static final Set<String> FOREIGN =
      Set.of("__MACOSX", "@eaDir", "@__thumb", "#recycle", "$RECYCLE.BIN", "lost+found");

  /** Files that other programs put there. */
  private static final Set<String> BOOKKEEPING = Set.of("Thumbs.db", "desktop.ini");

  private final List<ImagePath> images = new ArrayList<>();
  private final List<ImagePath> others = new ArrayList<>();
  private final List<List<String>> folders;
  private final List<List<String>> foreign = new ArrayList<>();

  /**
   * A file.
   *
   * @param file its index among the stored files
   * @param names of the folders on its way, and its own
   */
  record ImagePath(int file, List<String> names) {
    List<String> folders() {
      return names.subList(0, names.size() - 1);
    }

    String name() {
      return names.get(names.size() - 1);
    }

    String path() {
      return String.join("/", names);
    }
  }

  ImagePaths(StoredFiles stored) {
    for (int i = 0; i < stored.files().size(); i++) {
      file(i, stored.files().get(i));
    }
    folders =
        stored.folders().stream()
            .filter(folder -> !folder.isEmpty()) // the place itself
            .map(ImagePaths::names)
            .filter(names -> names.stream().noneMatch(ImagePaths::isForeign))
            .toList();
  }

  private void file(int i, String path) {
    List<String> names = names(path);
    ImagePath found = new ImagePath(i, names);
    boolean image = StoredFiles.isImage(path);
    if (names.subList(0, names.size() - 1).stream().anyMatch(ImagePaths::isForeign)) {
      if (image) {
        foreign.add(names);
      }
    } else if (image) {
      images.add(found);
    } else if (!StoredFiles.isHidden(path) && !BOOKKEEPING.contains(found.name())) {
      others.add(found);
    }
  }

  private static List<String> names(String path) {
    return List.of(composed(path).split("/"));
  }

  /** The composed spelling. */
  static String composed(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFC);
  }

  private static boolean isForeign(String name) {
    return FOREIGN.contains(name) || name.startsWith(".");
  }

  /** Images that are read, in the order of the stored files. */
  List<ImagePath> images() {
    return images;
  }

  /** Files of no kind that is read. */
  List<ImagePath> others() {
    return others;
  }

  /** Folders of no other program. */
  List<List<String>> folders() {
    return folders;
  }

  /**
   * What was left out, a sentence each: images in other programs' folders wherever they lie, and
   * files of kinds that are not read.
   *
   * @param within where such files count
   */
  List<String> notes(Predicate<List<String>> within) {
    List<String> notes = new ArrayList<>();
    Map<String, Integer> programs = new TreeMap<>();
    foreign.stream()
        .map(names -> names.stream().filter(ImagePaths::isForeign).findFirst().orElseThrow())
        .forEach(name -> programs.merge(name, 1, Integer::sum));
    if (!programs.isEmpty()) {
      notes.add(
          "folders that are no classes were left out: "
              + programs.entrySet().stream()
                  .map(e -> "%s (%s images)".formatted(e.getKey(), e.getValue()))
                  .collect(Collectors.joining(", ")));
    }
    List<ImagePath> unread = unread(within);
    if (!unread.isEmpty()) {
      notes.add(
          "%s %s left out, whose kind is not read"
              .formatted(kinds(unread), unread.size() == 1 ? "was" : "were"));
    }
    return notes;
  }

  /** What to add where images are missed: the files that may have been meant; empty if none. */
  String hint(Predicate<List<String>> within) {
    List<ImagePath> unread = unread(within);
    return unread.isEmpty() ? "" : "; not read are " + kinds(unread);
  }

  private List<ImagePath> unread(Predicate<List<String>> within) {
    return others.stream().filter(found -> within.test(found.names)).toList();
  }

  /** How many files of which endings, such as {@code 3 files (2 .heic, 1 .tif)}. */
  private static String kinds(List<ImagePath> files) {
    Map<String, Integer> counts = new TreeMap<>();
    files.forEach(found -> counts.merge(StoredFiles.ending(found.name()), 1, Integer::sum));
    return "%s %s (%s)"
        .formatted(
            files.size(),
            files.size() == 1 ? "file" : "files",
            counts.entrySet().stream()
                .map(
                    e ->
                        e.getKey().isEmpty()
                            ? e.getValue() + " without an ending"
                            : "%s .%s".formatted(e.getValue(), e.getKey()))
                .collect(Collectors.joining(", ")));
  }
}
