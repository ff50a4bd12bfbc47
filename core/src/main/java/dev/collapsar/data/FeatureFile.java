package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Labelled features in files of any size: an (N, D) array of float16, bfloat16, float32 or float64
 * and an (N) array of integers, in one file or two. Holds none of them: what memory it takes is a
 * batch for each thread that reads. float64 rows come in double precision batches, all others in
 * single precision.
 */
public final class FeatureFile implements FeatureTable {
  private static final int MAGNITUDE_ROWS = 256;

  /** A batch takes no more memory than this many values, however wide its rows. */
  private static final int MOST_VALUES = 1 << 24;

  private final List<ArrayFile> files = new ArrayList<>();
  private final Queue<ByteBuffer> scratch = new ConcurrentLinkedQueue<>();
  private StoredArray features;
  private StoredArray labels;

  private FeatureFile() {}

  /**
   * Opens features with their labels.
   *
   * @param features {@code FILE} or {@code FILE#NAME}. Without a name the array is the only one
   *     there is, else the only one with a usual name ({@code features}, {@code x}, {@code X},
   *     {@code embeddings}), else the only one of a fitting type and shape
   * @param labels likewise ({@code labels}, {@code y}, {@code Y}, {@code targets}); it may be the
   *     same file
   * @throws InvalidInputException if a file cannot be read, holds no such array, or the features
   *     are not as many as the labels
   */
  public static FeatureFile open(String features, String labels) {
    return open(features, labels, true);
  }

  /**
   * Opens features with the labels that stand in the same file.
   *
   * @param features as in the other; its name, if any, is that of the features alone
   */
  public static FeatureFile open(String features) {
    boolean named = !Files.exists(Path.of(features));
    return open(features, named ? features.replaceFirst("#[^#]*$", "") : features, true);
  }

  /** Opens features that have no labels, such as out-of-distribution ones: all rows say 0. */
  public static FeatureFile unlabelled(String features) {
    return open(features, null, false);
  }

  private static FeatureFile open(String features, String labels, boolean labelled) {
    FeatureFile table = new FeatureFile();
    try {
      table.features = table.find(features, ArrayRole.FEATURES);
      if (labelled) {
        table.requireRoomForLabels(features, labels);
        table.labels = table.find(labels, ArrayRole.LABELS);
        table.requireAsMany(features, labels);
      }
      return table;
    } catch (RuntimeException e) {
      table.close();
      throw e;
    }
  }

  private StoredArray find(String address, ArrayRole role) {
    ArrayFile file = ArrayFile.open(address);
    files.add(file);
    return file.find(role);
  }

  /** Before the labels are looked for where they cannot be. */
  private void requireRoomForLabels(String features, String labels) {
    if (features.equals(labels) && files.get(0).arrays().size() == 1) {
      throw this.features.file().bad("holds features alone; name the file of their labels too");
    }
  }

  private void requireAsMany(String featuresAddress, String labelsAddress) {
    if (labels.rows() != features.rows()) {
      throw new InvalidInputException(
          "%s: holds %s labels, %s holds %s rows of features: they must be as many"
              .formatted(labelsAddress, labels.rows(), featuresAddress, features.rows()));
    }
  }

  @Override
  public String name() {
    return features.file().name();
  }

  @Override
  public long rows() {
    return features.rows();
  }

  @Override
  public int width() {
    return (int) features.rowLength();
  }

  /** How the features are stored. */
  public ElementType type() {
    return features.type();
  }

  /** The arrays found, for a listing: features first, then the labels if any. */
  public List<StoredArray> arrays() {
    return labels == null ? List.of(features) : List.of(features, labels);
  }

  /**
   * K as the labels tell it: the largest of them plus one. Reads all labels and no features.
   *
   * @throws InvalidInputException if a label is negative, or so large that there are more classes
   *     than rows, or that their means would not fit in memory
   * @throws IllegalStateException if the features have no labels
   */
  public int classes() {
    int largest = scan(Integer.MAX_VALUE);
    if (largest >= rows()) {
      throw labels
          .file()
          .bad(
              "its largest label is %d, but there are %d rows: classes would have no samples;"
                  + " labels are 0..K-1 (or say how many classes there are)",
              largest, rows());
    }
    labels
        .file()
        .requireFitsInMemory(
            "its largest label is %s: the means of as many classes".formatted(largest),
            (largest + 1L) * width() * Double.BYTES);
    return largest + 1;
  }

  /**
   * Reads all labels before anything else is done with them.
   *
   * @throws InvalidInputException naming the file and the first row whose label is not in
   *     0..classes-1
   */
  public void requireClasses(int classes) {
    scan(classes);
  }

  private int scan(int classes) {
    if (labels == null) {
      throw new IllegalStateException("features without labels have no classes");
    }
    int[] part = new int[StoredArray.CHUNK / Long.BYTES];
    ByteBuffer bytes = borrow();
    int largest = 0;
    for (long from = 0; from < rows(); from += part.length) {
      int count = (int) Math.min(part.length, rows() - from);
      labels.read(from, count, bytes, part);
      for (int i = 0; i < count; i++) {
        if (part[i] < 0 || part[i] >= classes) {
          throw labels
              .file()
              .bad("row %d has label %d, which is not in 0..%d", from + i, part[i], classes - 1);
        }
        largest = Math.max(largest, part[i]);
      }
    }
    scratch.add(bytes);
    return largest;
  }

  private ByteBuffer borrow() {
    ByteBuffer free = scratch.poll();
    return free == null ? ByteBuffer.allocateDirect(StoredArray.CHUNK) : free;
  }

  @Override
  public double magnitude() {
    if (type() != ElementType.F64) {
      return 0;
    }
    try (BatchSource source = read(0, Math.min(rows(), MAGNITUDE_ROWS), MAGNITUDE_ROWS)) {
      LabeledBatch first = source.next();
      return first == null ? 0 : first.magnitude();
    }
  }

  @Override
  public BatchSource read(long from, long to, int batchRows) {
    if (from < 0 || to < from || to > rows() || batchRows < 1) {
      throw new IllegalArgumentException(
          "rows %s to %s in batches of %s, of a table of %s"
              .formatted(from, to, batchRows, rows()));
    }
    return new Source(
        from,
        to,
        (int) Math.min(batchRows, Math.max(1, Math.min(to - from, MOST_VALUES / width()))));
  }

  @Override
  public void close() {
    files.forEach(ArrayFile::close);
  }

  private final class Source implements BatchSource {
    private final long to;
    private final int batchRows;
    private final float[] floats;
    private final double[] doubles;
    private final int[] classes;
    private ByteBuffer bytes = borrow();
    private long at;

    Source(long from, long to, int batchRows) {
      boolean single = type() != ElementType.F64;
      this.at = from;
      this.to = to;
      this.batchRows = batchRows;
      this.floats = single ? new float[batchRows * width()] : null;
      this.doubles = single ? null : new double[batchRows * width()];
      this.classes = new int[batchRows];
    }

    @Override
    public LabeledBatch next() {
      if (at == to) {
        return null;
      }
      long from = at;
      int rows = (int) Math.min(batchRows, to - from);
      at += rows;
      if (labels != null) {
        labels.read(from, rows, bytes, classes);
      }
      if (floats != null) {
        features.read(from, rows, bytes, floats);
        return LabeledBatch.of(floats, classes, from, rows, width());
      }
      features.read(from, rows, bytes, doubles);
      return LabeledBatch.of(doubles, classes, from, rows, width());
    }

    @Override
    public void close() {
      if (bytes != null) {
        scratch.add(bytes);
        bytes = null;
      }
    }
  }
}
