package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.features.CsvRows;
import dev.collapsar.learn.dataset.Arrangement.Item;
import dev.collapsar.learn.dataset.ImagePaths.ImagePath;
import dev.collapsar.learn.images.SplitTable.Part;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A table {@code file,label} beside images, maybe with a column {@code split} and others. A file is
 * named by its path from the table, or by the end of one that no other image has, with or without
 * the ending.
 */
final class LabelTable {
  /** Of several columns the first that is named here counts. */
  private static final List<String> FILE =
      List.of(
          "file",
          "filename",
          "file_name",
          "filepath",
          "file_path",
          "path",
          "image_path",
          "img_path",
          "image_name",
          "img_name",
          "image",
          "img",
          "image_id",
          "id");

  private static final List<String> LABEL =
      List.of("label", "class", "category", "target", "labels", "class_name", "label_name");
  private static final List<String> SPLIT = List.of("split", "set", "part");
  private static final Set<String> ENDINGS = Set.of("csv", "tsv");
  private static final int LONGEST_SHOWN = 80;

  private final Path root;
  private final Path place;
  private final String name;
  private final List<String> header;
  private final List<List<String>> rows;
  private final Map<String, List<ImagePath>> byEnd = new HashMap<>();

  private LabelTable(Path root, Path place, String name, List<List<String>> rows) {
    this.root = root;
    this.place = place;
    this.name = name;
    this.header = rows.get(0).stream().map(cell -> cell.toLowerCase(Locale.ROOT)).toList();
    this.rows = rows.subList(1, rows.size());
  }

  /** Whether a file of this path may be a table. */
  static boolean mayBe(String path) {
    return ENDINGS.contains(StoredFiles.ending(path));
  }

  /**
   * The table in these bytes; empty if its first line names no file and label.
   *
   * @param root the folder that the table's own paths are from
   * @param name its path from there, as messages name it
   */
  static Optional<LabelTable> of(Path root, Path place, String name, byte[] bytes) {
    if (!isNamed(root, place, name, bytes)) {
      return Optional.empty();
    }
    try {
      LabelTable table = new LabelTable(root, place, name, CsvRows.of(text(bytes)));
      if (utf8(bytes).isEmpty()) {
        throw table.bad("is not written in UTF-8; save it so");
      }
      return Optional.of(table);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException("%s: %s: %s".formatted(place, name, e.getMessage()), e);
    }
  }

  /** Whether the first line alone names a file and a label; what follows may be no table at all. */
  private static boolean isNamed(Path root, Path place, String name, byte[] bytes) {
    try {
      List<List<String>> first = CsvRows.of(text(bytes).lines().findFirst().orElse(""));
      if (first.isEmpty()) {
        return false;
      }
      LabelTable table = new LabelTable(root, place, name, first);
      return !table.places(FILE).isEmpty() && !table.places(LABEL).isEmpty();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static Optional<String> utf8(byte[] bytes) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static String text(byte[] bytes) {
    return utf8(bytes).orElseGet(() -> new String(bytes, StandardCharsets.ISO_8859_1));
  }

  /** What the first line of a table must name, and what that of these bytes does. */
  static String wanted(byte[] bytes) {
    String first = text(bytes).lines().findFirst().orElse("");
    return ("its first line must name the columns file and label (or filename, path, image, id;"
            + " class, category, target); it is %s")
        .formatted(
            first.isBlank()
                ? "empty"
                : first.length() > LONGEST_SHOWN
                    ? first.substring(0, LONGEST_SHOWN) + "..."
                    : first);
  }

  /** The columns that are called so, the one that counts first. */
  private List<Integer> places(List<String> names) {
    return names.stream().map(header::indexOf).filter(at -> at >= 0).toList();
  }

  private int column(List<String> names) {
    return places(names).stream().findFirst().orElse(-1);
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
    notes.add("labels are those of " + name + chosen());
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

  /** Which columns count, where several might. */
  private String chosen() {
    return Stream.of(FILE, LABEL)
        .map(this::places)
        .filter(columns -> columns.size() > 1)
        .map(
            columns ->
                "its column %s, not %s"
                    .formatted(
                        header.get(columns.get(0)),
                        columns.stream()
                            .skip(1)
                            .map(header::get)
                            .collect(Collectors.joining(", "))))
        .collect(
            Collectors.collectingAndThen(
                Collectors.joining("; "), said -> said.isEmpty() ? "" : " (" + said + ")"));
  }

  /** A path from the images' place: what leads there by way of another folder, or from the top. */
  private String path(String file) {
    String plain = ImagePaths.composed(file.replace('\\', '/').replaceFirst("^(\\./)+", ""));
    if (byEnd.containsKey(plain)) {
      return plain;
    }
    try {
      Path top = root.toAbsolutePath().normalize();
      Path found = top.resolve(name).resolveSibling(plain).normalize();
      return found.startsWith(top)
          ? ImagePaths.composed(top.relativize(found).toString().replace('\\', '/'))
          : plain;
    } catch (InvalidPathException e) {
      return plain; // which is not there
    }
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
    String wanted = path(file);
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
