package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A tensor in a {@link TensorFile}: what its head says, and its bytes on demand, in any part and by
 * several threads at once. Valid until the file is closed.
 */
public final class FileTensor {
  private static final int CHUNK = 4 << 20;

  private final String name;
  private final ElementType type;
  private final String typeName;
  private final long[] shape;
  private final long bytes;
  private final FileBytes file; // null if the tensor is in memory
  private final long start;
  private final ByteBuffer held;

  private FileTensor(
      SafeTensorsHeader.Entry entry, FileBytes file, long start, ByteBuffer heldOrNull) {
    this.name = entry.name();
    this.type = entry.type();
    this.typeName = entry.typeName();
    this.shape = entry.shape().clone();
    this.bytes = entry.end() - entry.begin();
    this.file = file;
    this.start = start;
    this.held = heldOrNull;
  }

  static FileTensor of(FileBytes file, SafeTensorsHeader.Entry entry, long dataStart) {
    return new FileTensor(entry, file, dataStart + entry.begin(), null);
  }

  /** A tensor in memory, as if it were in a file. */
  public static FileTensor of(String name, StoredTensor tensor) {
    return new FileTensor(
        SafeTensorsHeader.Entry.unplaced(name, tensor.type(), tensor.shape()),
        null,
        0,
        tensor.data());
  }

  /**
   * Likewise of a type that may be none of ours.
   *
   * @param typeName as safetensors spells it
   * @param data the elements, little-endian and row-major
   */
  public static FileTensor of(String name, String typeName, long[] shape, ByteBuffer data) {
    return new FileTensor(
        new SafeTensorsHeader.Entry(name, null, typeName, shape, 0, data.remaining()),
        null,
        0,
        data.slice());
  }

  /**
   * Elements from {@code first} on as a tensor of their own, whose bytes are this one's.
   *
   * @throws IllegalArgumentException if they are more than there are
   */
  public FileTensor part(String partName, long first, long... partShape) {
    long width = bytes / Math.max(1, elements());
    long size = Shapes.elements(partShape) * width;
    if (first < 0 || first * width + size > bytes) {
      throw new IllegalArgumentException("%s: more than %s holds".formatted(partName, name));
    }
    long begin = first * width;
    return new FileTensor(
        new SafeTensorsHeader.Entry(partName, type, typeName, partShape, begin, begin + size),
        file,
        start + begin,
        held == null ? null : held.slice((int) begin, (int) size));
  }

  public String name() {
    return name;
  }

  /** Null if it is none of ours, such as an 8-bit float: such a tensor can only be copied. */
  public ElementType type() {
    return type;
  }

  /** As safetensors spells it. */
  public String typeName() {
    return typeName;
  }

  /** The length of each dimension, empty for a single number. */
  public long[] shape() {
    return shape.clone();
  }

  public long elements() {
    return Shapes.elements(shape);
  }

  /** What it takes in the file. */
  public long bytes() {
    return bytes;
  }

  public boolean isFloating() {
    return type != null && type.isFloating();
  }

  /** Fills the buffer with the bytes from {@code at} on and leaves it flipped. */
  public ByteBuffer read(long at, ByteBuffer into) {
    if (at < 0 || at + into.remaining() > bytes) {
      throw new IllegalArgumentException(
          "%s bytes at %s of the %s of %s".formatted(into.remaining(), at, bytes, name));
    }
    if (file != null) {
      return file.read(start + at, into);
    }
    into.put(held.slice((int) at, into.remaining()));
    return into.flip();
  }

  /**
   * Elements {@code first} to {@code first + count}, row-major and exactly, at {@code at} in the
   * array.
   */
  public void doubles(long first, int count, double[] into, int at) {
    int width = type.bytes();
    ByteBuffer scratch = ByteBuffer.allocate(Math.min(count * width, CHUNK));
    int most = scratch.capacity() / Math.max(1, width);
    for (int done = 0; done < count; done += most) {
      int part = Math.min(most, count - done);
      scratch.clear().limit(part * width).order(ByteOrder.LITTLE_ENDIAN);
      type.get(read((first + done) * width, scratch), into, at + done, part);
    }
  }

  /**
   * All elements, row-major and exactly.
   *
   * @throws InvalidInputException if they are not real numbers or do not fit in memory
   */
  public double[] toDoubles() {
    if (!isFloating()) {
      throw new InvalidInputException(
          "tensor '%s' holds %s, must hold real numbers".formatted(name, typeName));
    }
    long room = Runtime.getRuntime().maxMemory() / 2;
    if (elements() > Math.min(Integer.MAX_VALUE - Long.BYTES, room / Double.BYTES)) {
      throw new InvalidInputException(
          "tensor '%s' of %s elements does not fit in this JVM's memory (-Xmx)"
              .formatted(name, elements()));
    }
    double[] values = new double[(int) elements()];
    doubles(0, values.length, values, 0);
    return values;
  }

  /** Whether the other has the same type and the same bytes. */
  public boolean hasContentOf(FileTensor other) {
    if (bytes != other.bytes || !typeName().equals(other.typeName())) {
      return false;
    }
    for (long at = 0; at < bytes; at += CHUNK) {
      int part = (int) Math.min(CHUNK, bytes - at);
      ByteBuffer own = read(at, ByteBuffer.allocate(part));
      if (!own.equals(other.read(at, ByteBuffer.allocate(part)))) {
        return false;
      }
    }
    return true;
  }

  /** The tensor in memory. */
  public StoredTensor stored() {
    ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(bytes));
    return new StoredTensor(type, shape, read(0, all));
  }

  /** Without the name, for messages: {@code float32 (20, 12)}. */
  public String kind() {
    return (type == null ? typeName : type.toString()) + " " + Shapes.text(shape);
  }

  /** For messages: {@code fc.weight float32 (20, 12)}. */
  @Override
  public String toString() {
    return name + " " + kind();
  }
}
