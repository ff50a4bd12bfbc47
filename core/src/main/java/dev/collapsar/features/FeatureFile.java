package dev.collapsar.features;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ArrayFile;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.data.StoredArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Labelled features in files of any size: an (N, D) array of float16, bfloat16, float32 or float64,
 * or an (N, T, D) one whose rows are its N*T tokens, and a label for each row: whole numbers, text
 * or one-hot rows, in one file or two. Holds none of them: what memory it takes is a batch for each
 * thread that reads. float64 rows come in double precision batches, all others in single precision.
 */
public final class FeatureFile implements FeatureTable {
  private static final int MAGNITUDE_ROWS = 256;

  private final List<ArrayFile> files = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final FeatureSource source;
  private StoredArray features;
  private StoredArray labels; // null if there are none
  private LabelledArrays rows;
  private LabelCodes codes;
  private LabelCodes.Lookup lookup;

  private FeatureFile(FeatureSource source) {
    this.source = source;
  }

  /**
   * Opens features with their labels.
   *
   * @param features as {@link FeatureSource} has them
   * @throws InvalidInputException as {@link #open(FeatureSource)} says
   */
  public static FeatureFile open(String features, String labels) {
    return open(FeatureSource.of(features, labels));
  }

  /** Opens features with the labels that stand in the same file. */
  public static FeatureFile open(String features) {
    return open(FeatureSource.of(features));
  }

  /** Opens features that have no labels, such as out-of-distribution ones: all rows say 0. */
  public static FeatureFile unlabelled(String features) {
    return open(FeatureSource.unlabelled(features));
  }

  /**
   * Opens features with what belongs to them.
   *
   * @throws InvalidInputException if a file cannot be read, holds no such array, the features are
   *     not as many as the labels, or all rows are left out
   */
  public static FeatureFile open(FeatureSource source) {
    FeatureFile table = new FeatureFile(source);
    try {
      table.open();
      return table;
    } catch (RuntimeException e) {
      table.close();
      throw e;
    }
  }

  private void open() {
    ArrayFile file = opened(source.features());
    features = source.flattened() ? flat(file.maps()) : file.features();
    if (source.labels().isPresent()) {
      String address = source.labels().get();
      if (source.features().equals(address) && file.arrays().size() == 1) {
        throw features.bad("holds features alone; name the file of their labels too");
      }
      labels = opened(address).labels();
    }
    LabelFit fit = new LabelFit(features, labels, source);
    fit.note().ifPresent(notes::add);
    StoredArray flat = fit.rows();
    LabelColumn column = labels == null ? null : LabelColumn.of(labels, flat.rows());
    rows = new LabelledArrays(flat, column);
    if (column == null) {
      use(LabelCodes.plain(1), new TreeSet<>());
    } else if (!column.isText()) {
      use(LabelCodes.plain(Integer.MAX_VALUE), new TreeSet<>());
    }
    source.ignored().ifPresent(this::leaveOut);
  }

  private static StoredArray flat(StoredArray maps) {
    return maps.shape().length == 2 ? maps : maps.reshaped(maps.rows(), maps.rowLength());
  }

  private ArrayFile opened(String address) {
    ArrayFile file = ArrayFile.open(address);
    files.add(file);
    file.notes().stream().filter(note -> !notes.contains(note)).forEach(notes::add);
    return file;
  }

  private void leaveOut(String label) {
    if (labels == null) {
      return;
    }
    rows = rows.without(rows.labels().parsed(label));
    long gone = rows.features().rows() - rows.rows();
    notes.add(
        String.format(
            Locale.ROOT,
            "%,d of %,d rows have label %s and are left out",
            gone,
            rows.features().rows(),
            label.isEmpty() ? "''" : label));
    if (rows.rows() == 0) {
      throw labels.bad("all rows have label %s, which is left out (--ignore-label)", label);
    }
  }

  private void use(LabelCodes how, TreeSet<Long> distinct) {
    codes = how;
    lookup = how.in(rows.labels(), distinct);
  }

  @Override
  public String name() {
    return features.fileName() + (rows.kept() == null ? "" : " (rows kept)");
  }

  @Override
  public long rows() {
    return rows.rows();
  }

  @Override
  public int width() {
    return rows.width();
  }

  /** How the features are stored. */
  public ElementType type() {
    return features.type();
  }

  /** The arrays found, for a listing: features first, then the labels if any. */
  public List<StoredArray> arrays() {
    return labels == null ? List.of(features) : List.of(features, labels);
  }

  /** What was done with the rows and labels, a sentence each. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  /**
   * The label of each class, if that is not its number. Reads all labels, as {@link #classes} does.
   *
   * @throws IllegalStateException if the features have no labels
   */
  public List<String> classNames() {
    if (codes == null) {
      classes();
    }
    return codes.arePlain() ? List.of() : codes.names();
  }

  /**
   * K as the labels tell it. One-hot rows have as many classes as columns; others are numbered anew
   * in ascending order if they are not 0..K-1, which {@link #notes} say. Reads all labels and no
   * features.
   *
   * @throws InvalidInputException if a label is negative, or they are so many that the means of as
   *     many classes would not fit in memory
   * @throws IllegalStateException if the features have no labels
   */
  public int classes() {
    LabelColumn column = column();
    TreeSet<Long> distinct = LabelScan.distinct(rows, -1);
    if (column.columns() > 0) {
      use(LabelCodes.plain(column.columns()), distinct);
    } else {
      use(LabelCodes.of(column, distinct), distinct);
      Optional.ofNullable(codes.said()).ifPresent(notes::add);
    }
    requireRoomForMeans(codes.classes());
    return codes.classes();
  }

  private void requireRoomForMeans(int classes) {
    labels.requireFitsInMemory(
        "the means of %s classes".formatted(classes), (long) classes * width() * Double.BYTES);
  }

  /**
   * Reads all labels before anything else is done with them. They are their classes, nothing is
   * numbered anew.
   *
   * @throws InvalidInputException naming the file and the first row whose label is not in
   *     0..classes-1, and what helps
   */
  public void requireClasses(int classes) {
    LabelColumn column = column();
    requireRoomForMeans(classes);
    TreeSet<Long> distinct = LabelScan.distinct(rows, column.isText() ? -1 : classes);
    use(column.isText() ? LabelCodes.digits(classes) : LabelCodes.plain(classes), distinct);
    for (long label : distinct) {
      if (lookup.classOf(label) < 0) {
        throw labels.bad(
            "labels are text (such as %s), and nothing says which of the %d classes each is; save"
                + " them as 0..%d, or leave out what says how many classes there are",
            column.shown(label), classes, classes - 1);
      }
    }
  }

  /**
   * Reads all labels, which are those of another table, numbered as there.
   *
   * @throws InvalidInputException naming the first row whose label is none of them
   */
  public void requireClassesOf(FeatureFile other) {
    if (other.codes.names().isEmpty()) {
      requireClasses(other.codes.classes());
      return;
    }
    TreeSet<Long> distinct = LabelScan.distinct(rows, -1);
    use(other.codes, distinct);
    for (long label : distinct) {
      if (lookup.classOf(label) < 0) {
        throw labels.bad(
            "label %s is none of those of %s: %s",
            column().shown(label), other.labels.fileName(), other.codes.allowed());
      }
    }
  }

  private LabelColumn column() {
    if (labels == null) {
      throw new IllegalStateException("features without labels have no classes");
    }
    return rows.labels();
  }

  @Override
  public double magnitude() {
    if (type() != ElementType.F64) {
      return 0;
    }
    try (BatchSource first = read(0, Math.min(rows(), MAGNITUDE_ROWS), MAGNITUDE_ROWS)) {
      double largest = 0;
      for (LabeledBatch batch = first.next(); batch != null; batch = first.next()) {
        largest = Math.max(largest, batch.magnitude());
      }
      return largest;
    }
  }

  @Override
  public BatchSource read(long from, long to, int batchRows) {
    if (from < 0 || to < from || to > rows() || batchRows < 1) {
      throw new IllegalArgumentException(
          "rows %s to %s in batches of %s, of a table of %s"
              .formatted(from, to, batchRows, rows()));
    }
    if (lookup == null) {
      throw new IllegalStateException("text is no class until classes() has numbered it");
    }
    return rows.read(from, to, batchRows, lookup);
  }

  @Override
  public void close() {
    files.forEach(ArrayFile::close);
  }
}
