package dev.collapsar.features;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which class each label is. Labels that are 0..K-1 are their classes; others are numbered in
 * ascending order, text in that of its letters, or of its numbers where all of it are such.
 */
final class LabelCodes {
  private static final int DENSE = 1 << 20;
  private static final int MOST_SHOWN = 8;

  private final int classes;
  private final List<String> names; // empty if labels are classes
  private final String said; // null if nothing is to be said
  private final Map<String, Integer> byName = new HashMap<>();

  private LabelCodes(int classes, List<String> names, String said) {
    this.classes = classes;
    this.names = List.copyOf(names);
    this.said = said;
    for (int k = 0; k < names.size(); k++) {
      byName.put(names.get(k), k);
    }
  }

  /** Labels that are their classes. */
  static LabelCodes plain(int classes) {
    return new LabelCodes(classes, List.of(), null);
  }

  /** Text that spells the numbers of classes. */
  static LabelCodes digits(int classes) {
    return new LabelCodes(
        classes, IntStream.range(0, classes).mapToObj(Integer::toString).toList(), null);
  }

  /**
   * As the labels themselves tell.
   *
   * @param distinct every label that a row has, as the column reads it; none negative if they are
   *     numbers
   */
  static LabelCodes of(LabelColumn column, Collection<Long> distinct) {
    List<String> words = distinct.stream().map(column::shown).collect(Collectors.toList());
    boolean numbers = words.stream().allMatch(word -> word.matches("\\d{1,18}"));
    words.sort(numbers ? Comparator.comparingLong(Long::parseLong) : Comparator.naturalOrder());
    LabelCodes codes = new LabelCodes(words.size(), words, null);
    if (codes.arePlain()) {
      return column.isText() ? codes : plain(words.size());
    }
    return new LabelCodes(words.size(), words, said(column, words, numbers));
  }

  /** Whether each class's label is its number. */
  boolean arePlain() {
    return IntStream.range(0, names.size()).allMatch(k -> names.get(k).equals(Integer.toString(k)));
  }

  private static String said(LabelColumn column, List<String> words, boolean numbers) {
    int count = words.size();
    if (!numbers) {
      return "labels are text: classes 0..%s are, in the order of their letters, %s"
          .formatted(count - 1, shown(words));
    }
    long first = Long.parseLong(words.get(0));
    long last = Long.parseLong(words.get(count - 1));
    if (first == 1 && last == count) {
      return "labels are 1..%s: class 0 is label 1, and so on".formatted(last);
    }
    return "labels are %s numbers in %s..%s, not 0..%s: classes 0..%s are, in ascending order, %s"
            .formatted(count, first, last, count - 1, count - 1, shown(words))
        + (!column.isText() && last < DENSE
            ? " (--classes %s keeps the numbers)".formatted(last + 1)
            : "");
  }

  static String shown(List<String> words) {
    String first = words.stream().limit(MOST_SHOWN).collect(Collectors.joining(", "));
    return words.size() > MOST_SHOWN
        ? "%s, ... %s".formatted(first, words.get(words.size() - 1))
        : first;
  }

  /** K. */
  int classes() {
    return classes;
  }

  /** The label of each class; empty if that is its number. */
  List<String> names() {
    return names;
  }

  /** A sentence on what was numbered anew; null if nothing was. */
  String said() {
    return said;
  }

  /** The class of each label of a column; -1 of a label that is none. */
  interface Lookup {
    int classOf(long label);
  }

  /**
   * The classes of a column's labels, of which all that occur are known by now.
   *
   * @param distinct those of text, by the column's own numbers
   */
  Lookup in(LabelColumn column, Collection<Long> distinct) {
    if (names.isEmpty()) {
      return label -> label >= 0 && label < classes ? (int) label : -1;
    }
    Map<Long, Integer> known = new HashMap<>();
    for (long label : distinct) {
      known.put(label, byName.getOrDefault(column.shown(label), -1));
    }
    if (distinct.stream().anyMatch(label -> label < 0 || label >= DENSE)) {
      return label -> known.getOrDefault(label, -1);
    }
    int[] dense =
        new int[Math.toIntExact(distinct.stream().mapToLong(l -> l).max().orElse(-1) + 1)];
    Arrays.fill(dense, -1);
    known.forEach((label, k) -> dense[label.intValue()] = k);
    return label -> label >= 0 && label < dense.length ? dense[(int) label] : -1;
  }

  /** The names that a column may have, for messages. */
  String allowed() {
    return names.isEmpty() ? "0..%s".formatted(classes - 1) : shown(new ArrayList<>(names));
  }
}
