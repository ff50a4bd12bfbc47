package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.dataset.ImageReads.Read;
import dev.collapsar.learn.images.Pixels;
import dev.collapsar.learn.images.SameImages;
import dev.collapsar.learn.images.SplitTable;
import dev.collapsar.learn.images.SplitTable.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * The division of images into parts: as who made the data says, or drawn.
 *
 * @param parts of the images, in their order
 * @param groups what each belongs to; empty for one that stands alone
 */
record Division(List<Read> images, Part[] parts, String[] groups, boolean drawn) {

  /**
   * Of images that were read.
   *
   * @param pixels theirs, in their order
   * @throws InvalidInputException if a group cannot be told
   */
  static Division of(
      Arrangement arrangement, List<Read> images, Pixels pixels, ImageRequest request) {
    String[] groups =
        images.stream().map(read -> request.grouping().of(read.item())).toArray(String[]::new);
    Part[] parts =
        images.stream().map(read -> read.item().part().orElse(null)).toArray(Part[]::new);
    Division said = new Division(images, parts, groups, false);
    if (!arrangement.isDivided()) {
      return said.drawn(
          arrangement,
          IntStream.range(0, parts.length).toArray(),
          List.of(Part.TRAIN, Part.VALIDATION, Part.TEST),
          pixels,
          request);
    }
    return request.validates() && !arrangement.has(Part.VALIDATION)
        ? said.drawn(
            arrangement,
            said.rows(Part.TRAIN),
            List.of(Part.TRAIN, Part.VALIDATION),
            pixels,
            request)
        : said;
  }

  /** With these rows divided anew. */
  private Division drawn(
      Arrangement arrangement, int[] rows, List<Part> into, Pixels pixels, ImageRequest request) {
    int[] units = units(pixels);
    int[] labels =
        Arrays.stream(rows).map(row -> arrangement.label(images.get(row).item())).toArray();
    Part[] chosen =
        new Splitting(arrangement.classes().size(), into)
            .of(labels, Arrays.stream(rows).map(row -> units[row]).toArray(), request.seed());
    Part[] all = parts.clone();
    for (int i = 0; i < rows.length; i++) {
      all[rows[i]] = chosen[i];
    }
    return new Division(images, all, groups, true);
  }

  /** The number of what each image belongs to: the same pixels or the same group. */
  private int[] units(Pixels pixels) {
    int[] parents = IntStream.range(0, images.size()).toArray();
    SameImages.groups(pixels).forEach(same -> same.forEach(row -> join(parents, same.get(0), row)));
    Map<String, Integer> first = new HashMap<>();
    for (int row = 0; row < parents.length; row++) {
      if (!groups[row].isEmpty()) {
        Integer before = first.putIfAbsent(groups[row], row);
        join(parents, before == null ? row : before, row);
      }
    }
    return IntStream.range(0, parents.length).map(row -> root(parents, row)).toArray();
  }

  private static int root(int[] parents, int row) {
    int root = row;
    while (parents[root] != root) {
      root = parents[root];
    }
    return root;
  }

  private static void join(int[] parents, int one, int other) {
    int first = Math.min(root(parents, one), root(parents, other));
    int second = Math.max(root(parents, one), root(parents, other));
    parents[second] = first;
  }

  /** The rows of a part, in their order. */
  int[] rows(Part part) {
    return IntStream.range(0, parts.length).filter(row -> parts[row] == part).toArray();
  }

  boolean has(Part part) {
    return Arrays.asList(parts).contains(part);
  }

  SplitTable table() {
    List<SplitTable.Row> rows = new ArrayList<>();
    for (Part part : Part.values()) {
      for (int row : rows(part)) {
        rows.add(
            new SplitTable.Row(
                images.get(row).item().path(), images.get(row).item().type(), part, groups[row]));
      }
    }
    return new SplitTable(rows, drawn);
  }

  /** How many groups stand in several parts, and the first of them; empty if none does. */
  Optional<String> dividedGroups() {
    Map<String, Set<Part>> found = new TreeMap<>();
    for (int row = 0; row < parts.length; row++) {
      if (!groups[row].isEmpty()) {
        found.computeIfAbsent(groups[row], group -> new TreeSet<>()).add(parts[row]);
      }
    }
    found.values().removeIf(in -> in.size() < 2);
    return found.isEmpty()
        ? Optional.empty()
        : Optional.of(
            ("%s of the groups stand in several parts, the first %s: what is tested was"
                    + " partly learned")
                .formatted(found.size(), found.keySet().iterator().next()));
  }

  /**
   * Refuses a class that is not learned, or lost all its images.
   *
   * @param place for the message
   */
  void requireLearned(String place, Arrangement arrangement) {
    if (!arrangement.isDivided() && !has(Part.TEST)) {
      throw new InvalidInputException(
          Arrays.stream(groups).allMatch(String::isEmpty)
              ? "%s: no image is left for a test; there must be at least 2 different ones of some class"
                  .formatted(place)
              : ("%s: no image is left for a test, since the %s groups stay whole and every class"
                      + " must be learned; there must be more groups, or halves")
                  .formatted(place, Arrays.stream(groups).distinct().count()));
    }
    for (String type : arrangement.classes()) {
      for (Part part : Part.values()) {
        boolean needed = part == Part.TRAIN || part == Part.TEST && arrangement.isDivided();
        if (needed && IntStream.of(rows(part)).noneMatch(row -> isOf(row, type))) {
          throw new InvalidInputException(
              arrangement.isDivided()
                  ? "%s: no image of %s/%s can be read".formatted(place, folder(part), type)
                  : "%s: no image of class %s can be learned from".formatted(place, type));
        }
      }
    }
  }

  private boolean isOf(int row, String type) {
    return images.get(row).item().type().equals(type);
  }

  /** What the part is called where the data come from, or else what it is. */
  String folder(Part part) {
    return IntStream.of(rows(part))
        .mapToObj(row -> images.get(row).item())
        .filter(item -> item.part().equals(Optional.of(part)) && !item.folder().isEmpty())
        .map(Arrangement.Item::folder)
        .findFirst()
        .orElse(part.toString());
  }
}
