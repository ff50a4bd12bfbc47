package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A kind of file whose arrays are unpacked before they are read, found by {@link
 * java.util.ServiceLoader}. What {@link ArrayFile} does not know by itself it asks of these.
 */
public interface ArrayFormat {
  /**
   * Whether a file is of this kind.
   *
   * @param start its first bytes, nine if there are so many
   */
  boolean isOf(Path file, byte[] start);

  /**
   * Hands over all arrays of a file.
   *
   * @throws InvalidInputException if it is damaged or holds none
   */
  void unpack(Path file, Unpacked into);

  /** Whether a column of a table is called what labels usually are. */
  static boolean namesLabels(String column) {
    return Set.of("label", "labels", "y", "target", "targets", "class", "classes")
        .contains(column.toLowerCase(Locale.ROOT));
  }

  /** Arrays that were unpacked, each into a file that vanishes when this is closed. */
  final class Unpacked implements AutoCloseable {
    private final FileBytes source;
    private final List<StoredArray> arrays = new ArrayList<>();
    private final List<FileBytes> files = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private String hint = "";

    Unpacked(FileBytes source) {
      this.source = source;
    }

    /** The one line for the user: the file, then what is wrong with it. */
    public InvalidInputException bad(String what, Object... values) {
      return source.bad(what, values);
    }

    /** The file's name, as in messages. */
    public String name() {
      return source.name();
    }

    /** What the user should know of how the file was read. */
    public void say(String sentence) {
      notes.add(sentence);
    }

    /** What helps somebody who wants an array that is not there. */
    public void hint(String words) {
      hint = "; " + words;
    }

    String hint() {
      return hint;
    }

    /** An array that is in memory. */
    public void add(String name, StoredTensor tensor) {
      FileBytes bytes = temporary(name);
      append(bytes, tensor.data());
      StoredArray.Place place = new StoredArray.Place(bytes, 0);
      arrays.add(StoredArray.of(source, name, tensor.type(), tensor.shape(), () -> place));
    }

    /** An array whose rows come one after another. */
    public Rows rows(String name, ElementType type, long... rowShape) {
      return new Rows(name, type, rowShape);
    }

    /** Words that come one after another. */
    public Words words(String name) {
      return new Words(name);
    }

    private FileBytes temporary(String name) {
      FileBytes bytes = FileBytes.temporary(source.name() + "#" + name);
      files.add(bytes);
      return bytes;
    }

    private void append(FileBytes to, ByteBuffer bytes) {
      try {
        to.append(bytes);
      } catch (IOException e) {
        throw InvalidInputException.because(source.name() + ": cannot be unpacked", e);
      }
    }

    List<StoredArray> arrays() {
      return arrays;
    }

    List<String> notes() {
      return notes;
    }

    @Override
    public void close() {
      files.forEach(FileBytes::close);
    }

    /** An array that grows; it is one when {@link #end} is called. */
    public final class Rows {
      private final String name;
      private final ElementType type;
      private final long[] rowShape;
      private final FileBytes file;
      private final ByteBuffer part =
          ByteBuffer.allocate(StoredArray.CHUNK).order(ByteOrder.LITTLE_ENDIAN);
      private long elements;

      private Rows(String name, ElementType type, long... rowShape) {
        this.name = name;
        this.type = type;
        this.rowShape = rowShape.clone();
        this.file = temporary(name);
      }

      /** The next element; of float32, float64 or int64. */
      public void add(double value) {
        if (part.remaining() < Double.BYTES) {
          flush();
        }
        switch (type) {
          case F32 -> part.putFloat((float) value);
          case F64 -> part.putDouble(value);
          case I64 -> part.putLong((long) value);
          default -> throw new IllegalArgumentException(type + " rows do not grow");
        }
        elements++;
      }

      private void flush() {
        append(file, part.flip());
        part.clear();
      }

      /** As many rows as came. */
      public void end() {
        flush();
        long[] shape = new long[rowShape.length + 1];
        System.arraycopy(rowShape, 0, shape, 1, rowShape.length);
        shape[0] = elements / Shapes.elements(rowShape);
        StoredArray.Place place = new StoredArray.Place(file, 0);
        arrays.add(StoredArray.of(source, name, type, shape, () -> place));
      }
    }

    /** Words that grow in number; they are an array when {@link #end} is called. */
    public final class Words {
      private final String name;
      private final FileBytes file;
      private final Map<String, Integer> known = new HashMap<>();
      private final List<String> words = new ArrayList<>();
      private final ByteBuffer part =
          ByteBuffer.allocate(StoredArray.CHUNK).order(ByteOrder.LITTLE_ENDIAN);
      private long count;

      private Words(String name) {
        this.name = name;
        this.file = temporary(name);
      }

      public void add(String word) {
        Integer at = known.get(word);
        if (at == null) {
          at = words.size();
          known.put(word, at);
          words.add(word);
        }
        if (!part.hasRemaining()) {
          flush();
        }
        part.putInt(at);
        count++;
      }

      private void flush() {
        append(file, part.flip());
        part.clear();
      }

      /** As many as came. */
      public void end() {
        flush();
        arrays.add(StoredArray.of(source, name, count, this::read));
      }

      private void read(long first, int many, String[] into) {
        ByteBuffer codes = ByteBuffer.allocate(many * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        file.read(first * Integer.BYTES, codes);
        for (int i = 0; i < many; i++) {
          into[i] = words.get(codes.getInt());
        }
      }
    }
  }
}
