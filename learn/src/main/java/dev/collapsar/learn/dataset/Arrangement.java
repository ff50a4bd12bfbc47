package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.images.SplitTable.Part;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Which images there are, of which class each is, and what it is for as far as that is said.
 *
 * @param classes in the order of their characters; their places are the labels
 * @param items by part, then class, then path
 * @param notes what was left out or is to be known, a sentence each
 */
record Arrangement(List<String> classes, List<Item> items, List<String> notes) {
  private static final int SHOWN = 5;

  /**
   * One image.
   *
   * @param file its index among the stored files
   * @param path as messages and hashes name it
   * @param folder of its half, such as {@code train}; empty where there are no halves
   * @param part empty where nobody said
   * @param columns of a table's other values, by their names
   */
  record Item(
      int file,
      String path,
      String type,
      String folder,
      Optional<Part> part,
      Map<String, String> columns) {
    Item as(Part other) {
      return new Item(file, path, type, folder, Optional.of(other), columns);
    }
  }

  /**
   * Of these images, with what there is to say of their classes.
   *
   * @throws InvalidInputException if there are fewer than two classes
   */
  static Arrangement of(Path place, Collection<Item> items, List<String> notes, String where) {
    TreeSet<String> classes = new TreeSet<>();
    items.forEach(item -> classes.add(item.type));
    if (classes.size() < 2) {
      throw new InvalidInputException(
          "%s: %s has one class, %s; there must be at least 2"
              .formatted(place, where, classes.isEmpty() ? "none" : classes.first()));
    }
    List<Item> ordered = new ArrayList<>(tested(place, items));
    ordered.sort(
        Comparator.comparing((Item item) -> item.part.map(Part::ordinal).orElse(0))
            .thenComparing(Item::type)
            .thenComparing(Item::path));
    List<String> said = new ArrayList<>(notes);
    List<String> names = List.copyOf(classes);
    numeric(names).ifPresent(said::add);
    return new Arrangement(names, ordered, said);
  }

  /** With more to say of it. */
  Arrangement noting(List<String> more) {
    List<String> all = new ArrayList<>(notes);
    all.addAll(more);
    return new Arrangement(classes, items, all);
  }

  /** Where there are no test images the validation images are the test. */
  private static Collection<Item> tested(Path place, Collection<Item> items) {
    if (items.stream().anyMatch(item -> item.part.isEmpty())) {
      return items;
    }
    List<Part> parts = items.stream().map(item -> item.part.orElseThrow()).distinct().toList();
    if (!parts.contains(Part.TRAIN) || parts.size() < 2) {
      throw new InvalidInputException(
          "%s: all images are for %s; there must be some for training and some for a test"
              .formatted(place, parts.get(0)));
    }
    return parts.contains(Part.TEST)
        ? items
        : items.stream()
            .map(item -> item.part.equals(Optional.of(Part.TRAIN)) ? item : item.as(Part.TEST))
            .toList();
  }

  /** What to know where classes are called by numbers which their labels are not. */
  private static Optional<String> numeric(List<String> classes) {
    boolean numbers = classes.stream().allMatch(name -> name.matches("-?\\d{1,9}"));
    boolean same = true;
    for (int k = 0; k < classes.size() && numbers && same; k++) {
      same = Integer.parseInt(classes.get(k)) == k;
    }
    return numbers && !same
        ? Optional.of(
            ("the classes are called by numbers, which are not their labels: label 0 is"
                    + " class %s, label 1 class %s; names are sorted by their characters")
                .formatted(classes.get(0), classes.get(1)))
        : Optional.empty();
  }

  int label(Item item) {
    return classes.indexOf(item.type);
  }

  /** Whether it is said of every image what it is for. */
  boolean isDivided() {
    return items.stream().allMatch(item -> item.part.isPresent());
  }

  /** Whether any image is for this. */
  boolean has(Part part) {
    return items.stream().anyMatch(item -> item.part.equals(Optional.of(part)));
  }

  /** A few names, as far as need be with escapes, so that no two look alike. */
  static String shown(Collection<String> names) {
    List<String> few = names.stream().limit(SHOWN).map(Arrangement::shown).toList();
    return String.join(", ", few)
        + (names.size() > SHOWN ? " and %s more".formatted(names.size() - SHOWN) : "");
  }

  private static String shown(String name) {
    StringBuilder escaped = new StringBuilder();
    name.chars()
        .forEach(
            c ->
                escaped.append(
                    c > ' ' && c < 0x7f || c == ' '
                        ? String.valueOf((char) c)
                        : "\\u" + Integer.toHexString(0x10000 | c).substring(1)));
    String text = escaped.toString();
    if (!text.equals(name)) {
      return "%s (%s)".formatted(name.strip(), text);
    }
    return name.equals(name.strip()) ? name : '"' + name + '"';
  }
}
