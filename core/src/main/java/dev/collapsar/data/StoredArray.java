package dev.collapsar.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;

/**
 * An array in an {@link ArrayFile}: its name, type and shape, and its elements on demand, in any
 * part and by several threads at once. Valid until the file is closed.
 */
public final class StoredArray {
  /** As wide as a row of features may be; what is wider is a mistake, or an attempt on memory. */
  static final int WIDEST = 1 << 20;

  /** The bytes read at a time: what stays in a core's cache while it is turned into numbers. */
  static final int CHUNK = 1 << 18;

  /** Where the elements are. */
  record Place(FileBytes bytes, long start) {}

  private final FileBytes file;
  private final String name;
  private final ElementType type;
  private final String typeName;
  private final ByteOrder order;
  private final boolean columnMajor;
  private final long[] shape;
  private final Supplier<Place> place;

  private StoredArray(
      FileBytes file,
      String name,
      ElementType type,
      String typeName,
      ByteOrder order,
      boolean columnMajor,
      long[] shape,
      Supplier<Place> place) {
    this.file = file;
    this.name = name;
    this.type = type;
    this.typeName = typeName;
    this.order = order;
    // One dimension reads the same either way.
    this.columnMajor = columnMajor && shape.length > 1 && shape[0] > 0;
    this.shape = shape;
    this.place = place;
  }

  static StoredArray of(FileBytes file, String name, NpyHeader header, Supplier<Place> place) {
    return new StoredArray(
        file,
        name,
        header.type(),
        header.type() == null ? header.descr() : header.type().toString(),
        header.order(),
        header.columnMajor(),
        header.shape(),
        place);
  }

  static StoredArray of(FileBytes file, SafeTensorsHeader.Entry entry, long dataStart) {
    Place place = new Place(file, dataStart + entry.begin());
    return new StoredArray(
        file,
        entry.name(),
        entry.type(),
        entry.type() == null ? entry.typeName() : entry.type().toString(),
        ByteOrder.LITTLE_ENDIAN,
        false,
        entry.shape(),
        () -> place);
  }

  /** The name within the file, without {@code .npy}; that of the file if it is the array. */
  public String name() {
    return name;
  }

  /** The length of each dimension, empty for a single number. */
  public long[] shape() {
    return shape.clone();
  }

  /** Null if the file may hold such elements but none that are read, such as text. */
  public ElementType type() {
    return type;
  }

  /** For messages and listings: {@code features float32 (2000, 64)}. */
  @Override
  public String toString() {
    return name + " " + typeName + " " + Shapes.text(shape);
  }

  boolean columnMajor() {
    return columnMajor;
  }

  FileBytes file() {
    return file;
  }

  long rows() {
    return shape.length == 0 ? 1 : shape[0];
  }

  /** Elements of one row, the product of all dimensions but the first. */
  long rowLength() {
    long length = 1;
    for (int i = 1; i < shape.length; i++) {
      length *= shape[i];
    }
    return length;
  }

  /**
   * All elements, row-major, exactly.
   *
   * @throws dev.collapsar.InvalidInputException if they are not real numbers or do not fit in
   *     memory
   */
  public double[] toDoubles() {
    requireFloating();
    requireRowMajorOrTwoDimensions();
    file.requireFitsInMemory("array '" + name + "'", Shapes.elements(shape) * Double.BYTES);
    if (Shapes.elements(shape) > Integer.MAX_VALUE - Long.BYTES) {
      throw file.bad(
          "array '%s' has %d elements, too many to be held at once", name, Shapes.elements(shape));
    }
    double[] values = new double[(int) Shapes.elements(shape)];
    read(0, (int) rows(), ByteBuffer.allocateDirect(CHUNK), values);
    return values;
  }

  /** The elements of a column-major array of three dimensions are not sorted out. */
  void requireRowMajorOrTwoDimensions() {
    boolean large = shape.length == 2 && columnMajor && shape[1] > WIDEST;
    if (columnMajor && (shape.length > 2 || large)) {
      throw file.bad(
          "array '%s' of shape %s is in Fortran order, which is read for two dimensions and at"
              + " most %d columns; save it by numpy.ascontiguousarray",
          name, Shapes.text(shape), WIDEST);
    }
  }

  private void requireFloating() {
    if (type == null || !type.isFloating()) {
      throw file.bad(
          "array '%s' holds %s; real numbers are float16, bfloat16, float32 or float64%s",
          name, typeName, objectAdvice());
    }
  }

  /** Refuses what has no rows of numbers that can be read in parts. */
  void requireRows() {
    if (type == null || shape.length == 0) {
      throw file.bad("array '%s' holds %s: no rows of numbers%s", name, typeName, objectAdvice());
    }
    requireRowMajorOrTwoDimensions();
  }

  /** What to say of Python objects, which numpy stores as a pickle that could run anything. */
  String objectAdvice() {
    return typeName.endsWith("O") ? " (Python objects are never unpickled: save numbers)" : "";
  }

  /** Rows {@code from} to {@code from + rows} of a floating array of at most two dimensions. */
  void read(long from, int rows, ByteBuffer scratch, float[] into) {
    int width = (int) rowLength();
    if (!columnMajor) {
      readRun(from * width, rows * width, scratch, into);
      return;
    }
    float[] column = new float[rows];
    for (int j = 0; j < width; j++) {
      readRun(j * rows() + from, rows, scratch, column);
      for (int i = 0; i < rows; i++) {
        into[i * width + j] = column[i];
      }
    }
  }

  void read(long from, int rows, ByteBuffer scratch, double[] into) {
    int width = (int) rowLength();
    if (!columnMajor) {
      readRun(from * width, rows * width, scratch, into);
      return;
    }
    double[] column = new double[rows];
    for (int j = 0; j < width; j++) {
      readRun(j * rows() + from, rows, scratch, column);
      for (int i = 0; i < rows; i++) {
        into[i * width + j] = column[i];
      }
    }
  }

  private void readRun(long first, int count, ByteBuffer scratch, float[] into) {
    int most = scratch.capacity() / type.bytes();
    for (int done = 0; done < count; done += most) {
      int part = Math.min(most, count - done);
      type.get(bytes(first + done, part, scratch), into, done, part);
    }
  }

  private void readRun(long first, int count, ByteBuffer scratch, double[] into) {
    int most = scratch.capacity() / type.bytes();
    for (int done = 0; done < count; done += most) {
      int part = Math.min(most, count - done);
      type.get(bytes(first + done, part, scratch), into, done, part);
    }
  }

  /**
   * All labels.
   *
   * @throws dev.collapsar.InvalidInputException if one is no label
   */
  public int[] toLabels() {
    int[] labels = new int[Math.toIntExact(rows())];
    read(0, labels.length, ByteBuffer.allocate(CHUNK), labels);
    return labels;
  }

  /** Labels: integers of one column. */
  void read(long from, int rows, ByteBuffer scratch, int[] into) {
    int most = scratch.capacity() / type.bytes();
    for (int done = 0; done < rows; done += most) {
      int part = Math.min(most, rows - done);
      ByteBuffer bytes = bytes(from + done, part, scratch);
      for (int i = 0; i < part; i++) {
        long label = type.integer(bytes, i * type.bytes());
        if (label != (int) label) {
          throw file.bad(
              "row %d of '%s' has label %d; labels are in 0..%d",
              from + done + i, name, label, Integer.MAX_VALUE);
        }
        into[done + i] = (int) label;
      }
    }
  }

  /**
   * {@code count} elements as they stand one after another in the file, in the file's byte order.
   */
  ByteBuffer bytes(long first, int count, ByteBuffer scratch) {
    Place at = place.get();
    scratch.clear().limit(count * type.bytes());
    return at.bytes.read(at.start + first * type.bytes(), scratch).order(order);
  }
}
