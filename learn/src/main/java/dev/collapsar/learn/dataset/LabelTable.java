package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.features.CsvRows;
import dev.collapsar.learn.dataset.Arrangement.Item;
import dev.collapsar.learn.dataset.ImagePaths.ImagePath;
import dev.collapsar.learn.images.SplitTable.Part;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A table {@code file,label} beside images, maybe with a column {@code split} and others. A file is
 * named by its path from the table, or by the end of one that no other image has, with or without
 * the ending.
 */
final class LabelTable {
  static final String ENDING = "csv";
  private static final Set<String> FILE =
      Set.of("file", "filename", "file_name", "path", "image", "image_path", "image_id", "id");
  private static final Set<String> LABEL = Set.of("label", "class", "category", "target");
  private static final Set<String> SPLIT = Set.of("split", "set", "part");

  private final Path place;
  private final String name;
  private final List<String> header;
  private final List<List<String>> rows;
  private final Map<String, List<ImagePath>> byEnd = new HashMap<>();

  private LabelTable(Path place, String name, List<List<String>> rows) {
    this.place = place;
    this.name = name;
    this.header = rows.get(0).stream().map(cell -> cell.toLowerCase(Locale.ROOT)).toList();
    this.rows = rows.subList(1, rows.size());
  }

  /**
   * The table of this text; empty if its first line names no file and label.
   *
   * @param name as messages name it
   */
  static Optional<LabelTable> of(Path place, String name, String text) {
    try {
      List<List<String>> rows = CsvRows.of(text);
      if (rows.isEmpty()) {
        return Optional.empty();
      }
      LabelTable table = new LabelTable(place, name, rows);
      return table.column(FILE) >= 0 && table.column(LABEL) >= 0
          ? Optional.of(table)
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException("%s: %s: %s".formatted(place, name, e.getMessage()), e);
    }
  }

  private int column(Set<String> names) {
    for (int i = 0; i < header.size(); i++) {
      if (names.contains(header.get(i))) {
        return i;
      }
    }
    return -1;
  }

  /**
   * The images.
   *
   * @param paths of which those that no row names are noted
   * @throws InvalidInputException if a row has too few cells, names no image or one of several, or
   *     contradicts another; or some rows alone say what they are for
   */
  Arrangement arrangement(ImagePaths paths) {
    paths.images().forEach(this::index);
    Map<Integer, Item> items = new LinkedHashMap<>();
    List<String> missing = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      add(items, missing, i);
    }
    if (!missing.isEmpty()) {
      throw bad(
          "%s of its %s files are not there, the first %s"
              .formatted(missing.size(), rows.size(), missing.get(0)));
    }
    List<String> notes = new ArrayList<>();
    notes.add("labels are those of " + name);
    int unnamed = paths.images().size() - items.size();
    if (unnamed > 0) {
      notes.add("%s images that %s does not name were left out".formatted(unnamed, name));
    }
    notes.addAll(paths.notes(names -> !String.join("/", names).equals(name)));
    long divided = items.values().stream().filter(item -> item.part().isPresent()).count();
    if (divided > 0 && divided < items.size()) {
      throw bad(
          "%s of its %s rows say their split, the others do not".formatted(divided, items.size()));
    }
    return Arrangement.of(place, items.values(), notes, name);
  }

  private void index(ImagePath image) {
    List<String> names = image.names();
    for (int from = 0; from < names.size(); from++) {
      String end = String.join("/", names.subList(from, names.size()));
      byEnd.computeIfAbsent(end, e -> new ArrayList<>()).add(image);
      byEnd
          .computeIfAbsent(end.substring(0, end.lastIndexOf('.')), e -> new ArrayList<>())
          .add(image);
    }
  }

  private void add(Map<Integer, Item> items, List<String> missing, int i) {
    List<String> row = rows.get(i);
    if (row.size() != header.size()) {
      throw bad("line %s has %s cells, the first %s".formatted(i + 2, row.size(), header.size()));
    }
    String file = row.get(column(FILE));
    String type = ImagePaths.composed(row.get(column(LABEL)));
    if (type.isEmpty()) {
      throw bad("line %s has no label for %s".formatted(i + 2, file));
    }
    String wanted = ImagePaths.composed(file.replace('\\', '/').replaceFirst("^(\\./)+", ""));
    Set<ImagePath> found = new HashSet<>(byEnd.getOrDefault(wanted, List.of()));
    found.removeIf(image -> found.size() > 1 && !image.path().equals(wanted));
    if (found.isEmpty()) {
      missing.add(file);
      return;
    }
    if (found.size() > 1) {
      throw bad("line %s: several images are called %s".formatted(i + 2, file));
    }
    ImagePath image = found.iterator().next();
    Item item = new Item(image.file(), image.path(), type, "", part(row, i), columns(row));
    Item before = items.putIfAbsent(image.file(), item);
    if (before != null) {
      throw bad(
          "line %s: %s stands there twice, as %s and %s"
              .formatted(i + 2, file, before.type(), type));
    }
  }

  private Optional<Part> part(List<String> row, int i) {
    int split = column(SPLIT);
    if (split < 0 || row.get(split).isEmpty()) {
      return Optional.empty();
    }
    Optional<Part> part = ClassFolders.part(row.get(split));
    if (part.isEmpty()) {
      throw bad(
          "line %s: split %s; it must be train, validation or test"
              .formatted(i + 2, row.get(split)));
    }
    return part;
  }

  private Map<String, String> columns(List<String> row) {
    Map<String, String> columns = new LinkedHashMap<>();
    for (int i = 0; i < header.size(); i++) {
      columns.put(header.get(i), row.get(i));
    }
    return columns;
  }

  private InvalidInputException bad(String problem) {
    return new InvalidInputException("%s: %s: %s".formatted(place, name, problem));
  }
}
