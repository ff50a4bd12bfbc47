package dev.collapsar.learn.images;

import dev.collapsar.CsvLine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Which image file is learned from, chooses an epoch, or is tested on. Of each part the rows stand
 * in the order of its set's images.
 *
 * @param drawn whether any image was put into its part by chance rather than by who made the data
 */
public record SplitTable(List<Row> rows, boolean drawn) {
  /** What images are for. */
  public enum Part {
    /** Learned from. */
    TRAIN,
    /** Chooses the epoch that is kept. */
    VALIDATION,
    /** Reported, and nothing is chosen by it. */
    TEST;

    /** As files spell it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One image.
   *
   * @param file its path in its folder or archive
   * @param label its class's name
   * @param group what it belongs to and is not divided from; empty if it stands alone
   */
  public record Row(String file, String label, Part part, String group) {}

  public SplitTable {
    rows = List.copyOf(rows);
  }

  /** Of data that are no files of their own. */
  public static SplitTable none() {
    return new SplitTable(List.of(), false);
  }

  /** The files of a part, in the order of its set's images. */
  public List<String> files(Part part) {
    return rows.stream().filter(row -> row.part == part).map(Row::file).toList();
  }

  /** How many images a part has. */
  public long count(Part part) {
    return rows.stream().filter(row -> row.part == part).count();
  }

  /** {@code file,label,split}, and {@code group} where there are some; sorted by file. */
  public String toCsv() {
    boolean grouped = rows.stream().anyMatch(row -> !row.group.isEmpty());
    String header = "file,label,split" + (grouped ? ",group" : "") + "\n";
    return rows.stream()
        .sorted((a, b) -> a.file.compareTo(b.file))
        .map(
            row -> {
              List<String> cells =
                  new ArrayList<>(List.of(row.file, row.label, row.part.toString()));
              if (grouped) {
                cells.add(row.group);
              }
              return CsvLine.of(cells.stream());
            })
        .collect(Collectors.joining("\n", header, "\n"));
  }
}
