package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What folders say about images: {@code train/<class>/<image>}, and {@code test/} or else {@code
 * val/} likewise.
 *
 * @param classes in the order of their characters; their places are the labels
 * @param notes what was left out, a sentence each
 */
record ClassFolders(List<String> classes, Split train, Split test, List<String> notes) {
  /**
   * Images by class, then by path.
   *
   * @param name the folder's
   * @param files their indices in what is stored, (count)
   * @param labels (count)
   */
  record Split(String name, List<Integer> files, List<Integer> labels) {}

  private static final int NAMED = 5;

  /**
   * Sorts files into classes. All may lie below one folder more, as in archives; what lies outside
   * of {@code train}, {@code test} and {@code val} does not count, nor do hidden files. Hidden
   * folders, those of other programs, and files that are no images are left out and noted.
   *
   * @throws InvalidInputException if a split is missing, there are fewer than two classes, a class
   *     is empty, an image lies in no class, or the splits' classes differ
   */
  static ClassFolders of(Path place, StoredFiles stored) {
    FolderSorting sorted = new FolderSorting(place, stored);
    Map<String, List<Integer>> train = sorted.split("train");
    String testName = sorted.split("test") != null ? "test" : "val";
    Map<String, List<Integer>> test = sorted.split(testName);
    if (train == null || test == null) {
      throw new InvalidInputException(
          "%s: must hold train/<class>/<image> and test/<class>/<image> (or val/), as .jpg, .png"
                  .formatted(place)
              + " or .webp; there is no such "
              + (train == null ? "train/" : "test/")
              + sorted.hint());
    }
    requireFilled(place, "train", train, sorted.hint());
    requireFilled(place, testName, test, sorted.hint());
    requireSame(place, train.keySet(), testName, test.keySet());
    if (train.size() < 2) {
      throw new InvalidInputException(
          "%s: train/ has one class, %s; there must be at least 2"
              .formatted(place, train.keySet().iterator().next()));
    }
    return new ClassFolders(
        List.copyOf(train.keySet()), split("train", train), split(testName, test), sorted.notes());
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

  private static void requireFilled(
      Path place, String split, Map<String, List<Integer>> filesByClass, String hint) {
    filesByClass.forEach(
        (type, files) -> {
          if (files.isEmpty()) {
            throw new InvalidInputException(
                "%s: class folder %s/%s holds no .jpg, .jpeg, .jfif, .png or .webp%s"
                    .formatted(place, split, type, hint));
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
                            ? " and %s more".formatted(types.size() - NAMED)
                            : ""));
          }
        });
  }

  private static Set<String> minus(Set<String> all, Set<String> others) {
    Set<String> rest = new TreeSet<>(all);
    rest.removeAll(others);
    return rest;
  }
}
