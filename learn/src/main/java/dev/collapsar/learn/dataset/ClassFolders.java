package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What folders say about images: {@code train/<class>/<image>}, and {@code test/} or else {@code
 * val/} likewise.
 *
 * @param classes in the order of their characters; their places are the labels
 */
record ClassFolders(List<String> classes, Split train, Split test) {
  /**
   * Images by class, then by path.
   *
   * @param name the folder's
   * @param files their indices in what is stored, (count)
   * @param labels (count)
   */
  record Split(String name, List<Integer> files, List<Integer> labels) {}

  private static final Set<String> SPLITS = Set.of("train", "test", "val");
  private static final Set<String> ENDINGS = Set.of("jpg", "jpeg", "png");
  private static final int NAMED = 5;

  /** Whether a file of this path is read as an image; hidden ones are not. */
  static boolean isImage(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return !name.startsWith(".") && ENDINGS.contains(ending);
  }

  /**
   * Sorts files into classes. All may lie below one folder more, as in archives; what lies outside
   * of {@code train}, {@code test} and {@code val} does not count, nor do files that are no images.
   *
   * @throws InvalidInputException if a split is missing, a class is empty, an image lies in no
   *     class, or the splits' classes differ
   */
  static ClassFolders of(Path place, StoredFiles stored) {
    Map<String, Map<String, List<Integer>>> splits = new TreeMap<>();
    Set<String> roots = new TreeSet<>();
    for (String folder : stored.folders()) {
      Parts parts = Parts.of(folder);
      if (parts != null && parts.below.size() == 1 && !parts.below.get(0).startsWith(".")) {
        roots.add(parts.root);
        files(splits, parts);
      }
    }
    for (int i = 0; i < stored.files().size(); i++) {
      String file = stored.files().get(i);
      Parts parts = isImage(file) ? Parts.of(file) : null;
      if (parts == null) {
        continue;
      }
      if (parts.below.size() != 2) {
        throw new InvalidInputException(
            "%s: %s lies in no class; images lie in %s/<class>/"
                .formatted(place, file, parts.split));
      }
      roots.add(parts.root);
      files(splits, parts).add(i);
    }
    if (roots.size() > 1) {
      throw new InvalidInputException(
          "%s: holds more than one set of train/ and test/, below %s"
              .formatted(place, String.join(", ", roots)));
    }
    Map<String, List<Integer>> train = splits.get("train");
    String testName = splits.containsKey("test") ? "test" : "val";
    Map<String, List<Integer>> test = splits.get(testName);
    if (train == null || test == null) {
      throw new InvalidInputException(
          "%s: must hold train/<class>/<image> and test/<class>/<image> (or val/), as .jpg or"
                  .formatted(place)
              + " .png; there is no such "
              + (train == null ? "train/" : "test/"));
    }
    requireFilled(place, "train", train);
    requireFilled(place, testName, test);
    requireSame(place, train.keySet(), testName, test.keySet());
    return new ClassFolders(
        List.copyOf(train.keySet()), split("train", train), split(testName, test));
  }

  private static Split split(String name, Map<String, List<Integer>> filesByClass) {
    List<Integer> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    int label = 0;
    for (List<Integer> ofClass : filesByClass.values()) {
      files.addAll(ofClass);
      labels.addAll(Collections.nCopies(ofClass.size(), label++));
    }
    return new Split(name, files, labels);
  }

  private static List<Integer> files(Map<String, Map<String, List<Integer>>> splits, Parts parts) {
    return splits
        .computeIfAbsent(parts.split, split -> new TreeMap<>())
        .computeIfAbsent(parts.below.get(0), type -> new ArrayList<>());
  }

  private static void requireFilled(
      Path place, String split, Map<String, List<Integer>> filesByClass) {
    filesByClass.forEach(
        (type, files) -> {
          if (files.isEmpty()) {
            throw new InvalidInputException(
                "%s: class folder %s/%s holds no .jpg, .jpeg or .png"
                    .formatted(place, split, type));
          }
        });
  }

  private static void requireSame(
      Path place, Set<String> train, String testName, Set<String> test) {
    Map<String, Set<String>> alone = new LinkedHashMap<>();
    alone.put("train", minus(train, test));
    alone.put(testName, minus(test, train));
    alone.forEach(
        (split, types) -> {
          if (!types.isEmpty()) {
            throw new InvalidInputException(
                "%s: train/ and %s/ must have the same classes; only %s/ has %s%s"
                    .formatted(
                        place,
                        testName,
                        split,
                        String.join(", ", types.stream().limit(NAMED).toList()),
                        types.size() > NAMED
                            ? " and %d more".formatted(types.size() - NAMED)
                            : ""));
          }
        });
  }

  private static Set<String> minus(Set<String> all, Set<String> others) {
    Set<String> rest = new TreeSet<>(all);
    rest.removeAll(others);
    return rest;
  }

  /** A path cut at its first folder that is named like a split; null if there is none. */
  private record Parts(String root, String split, List<String> below) {
    static Parts of(String path) {
      List<String> names = List.of(path.split("/"));
      for (int i = 0; i < names.size(); i++) {
        if (SPLITS.contains(names.get(i))) {
          return new Parts(
              i == 0 ? "." : String.join("/", names.subList(0, i)),
              names.get(i),
              names.subList(i + 1, names.size()));
        }
      }
      return null;
    }
  }
}
