package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;

/**
 * An array in an {@link ArrayFile}: its name, type and shape, and its elements on demand, in any
 * part and by several threads at once. Valid until the file is closed.
 */
public final class StoredArray {
  /** As wide as a row of features may be; what is wider is a mistake, or an attempt on memory. */
  public static final int WIDEST = 1 << 20;

  /** The bytes read at a time: what stays in a core's cache while it is turned into numbers. */
  public static final int CHUNK = 1 << 18;

  /** Where the elements are. */
  record Place(FileBytes bytes, long start) {}

  /** How text is read: element {@code first} and those behind it, as many as fit. */
  @FunctionalInterface
  interface Words {
    void read(long first, int count, String[] into);
  }

  private final FileBytes file;
  private final String name;
  private final ElementType type;
  private final String typeName;
  private final ByteOrder order;
  private final boolean columnMajor;
  private final long[] shape;
  private final Supplier<Place> place;
  private final Words words; // null of numbers

  private StoredArray(
      FileBytes file,
      String name,
      ElementType type,
      String typeName,
      ByteOrder order,
      boolean columnMajor,
      long[] shape,
      Supplier<Place> place,
      Words wordsOrNull) {
    this.file = file;
    this.name = name;
    this.type = type;
    this.typeName = typeName;
    this.order = order;
    // One dimension reads the same either way.
    this.columnMajor = columnMajor && shape.length > 1 && shape[0] > 0;
    this.shape = shape;
    this.place = place;
    this.words = wordsOrNull;
  }

  static StoredArray of(
      FileBytes file, String name, NpyHeader header, Supplier<Place> place, Words wordsOrNull) {
    return new StoredArray(
        file,
        name,
        header.type(),
        header.type() == null ? header.descr() : header.type().toString(),
        header.order(),
        header.columnMajor(),
        header.shape(),
        place,
        wordsOrNull);
  }

  /** Rows of numbers, little-endian and row-major. */
  static StoredArray of(
      FileBytes file, String name, ElementType type, long[] shape, Supplier<Place> place) {
    return new StoredArray(
        file, name, type, type.toString(), ByteOrder.LITTLE_ENDIAN, false, shape, place, null);
  }

  /** Words, one a row. */
  static StoredArray of(FileBytes file, String name, long rows, Words words) {
    return new StoredArray(
        file, name, null, "text", ByteOrder.LITTLE_ENDIAN, false, new long[] {rows}, null, words);
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
        () -> place,
        null);
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

  /** Whether the elements are words. */
  public boolean isText() {
    return words != null;
  }

  /** The number of elements. */
  public long elements() {
    return Shapes.elements(shape);
  }

  /**
   * The same elements in another shape.
   *
   * @throws IllegalArgumentException if that has another number of them
   * @throws dev.collapsar.InvalidInputException if they are in Fortran order
   */
  public StoredArray reshaped(long... to) {
    if (Shapes.elements(to) != elements()) {
      throw new IllegalArgumentException(this + " cannot be of shape " + Shapes.text(to));
    }
    if (columnMajor && rows() > 1 && rowLength() > 1) {
      throw bad(
          "array '%s' of shape %s is in Fortran order, which is read for two dimensions; save it"
              + " by numpy.ascontiguousarray",
          name, Shapes.text(shape));
    }
    return new StoredArray(file, name, type, typeName, order, false, to.clone(), place, words);
  }

  /** The one line for the user: the file, then what is wrong with its array. */
  public InvalidInputException bad(String what, Object... values) {
    return file.bad(what, values);
  }

  /** Refuses what will be held at once and leaves no room for the work. */
  public void requireFitsInMemory(String what, long bytes) {
    file.requireFitsInMemory(what, bytes);
  }

  /** The file's path, for messages. */
  public String fileName() {
    return file.name();
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

  /** The length of the first dimension. */
  public long rows() {
    return shape.length == 0 ? 1 : shape[0];
  }

  /** Elements of one row, the product of all dimensions but the first. */
  public long rowLength() {
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
      throw bad("array '%s' holds %s: no rows of numbers%s", name, typeName, objectAdvice());
    }
    requireRowMajorOrTwoDimensions();
  }

  /** What to say of Python objects, which numpy stores as a pickle that could run anything. */
  String objectAdvice() {
    return typeName.endsWith("O")
        ? " (Python objects are never unpickled: save numbers, or text by numpy.array(x,"
            + " dtype=str))"
        : "";
  }

  /** Rows {@code from} to {@code from + rows} of a floating array of at most two dimensions. */
  public void read(long from, int rows, ByteBuffer scratch, float[] into) {
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

  /** Rows of numbers of any type. */
  public void read(long from, int rows, ByteBuffer scratch, double[] into) {
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
      ByteBuffer bytes = bytes(first + done, part, scratch);
      if (type.isFloating()) {
        type.get(bytes, into, done, part);
      } else {
        for (int i = 0; i < part; i++) {
          into[done + i] = type.integer(bytes, i * type.bytes());
        }
      }
    }
  }

  /** Elements one after another, of integers; what is beyond a long is its largest. */
  public void integers(long first, int count, ByteBuffer scratch, long[] into) {
    int most = scratch.capacity() / type.bytes();
    for (int done = 0; done < count; done += most) {
      int part = Math.min(most, count - done);
      ByteBuffer bytes = bytes(first + done, part, scratch);
      for (int i = 0; i < part; i++) {
        into[done + i] = type.integer(bytes, i * type.bytes());
      }
    }
  }

  /** Elements one after another, of text. */
  public void texts(long first, int count, String[] into) {
    words.read(first, count, into);
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
