package dev.collapsar.features;

import dev.collapsar.data.StoredArray;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Labels as they stand in a file, a whole number for each row: integers and real numbers that are
 * whole as they are, one-hot rows by the column of their 1, text by where it was first met. Ranges
 * may be read from several threads at once.
 */
abstract class LabelColumn {
  /** Beyond this not every whole number is a double. */
  private static final double EXACT = 0x1p53;

  /** What one-hot rows are read at a time. */
  private static final int VALUES = 1 << 15;

  final StoredArray array;

  private LabelColumn(StoredArray array) {
    this.array = array;
  }

  /** The labels of {@code rows} rows. */
  static LabelColumn of(StoredArray array, long rows) {
    long elements = array.elements();
    if (array.isText()) {
      return new Text(array.reshaped(elements));
    }
    if (elements != rows && elements % rows == 0) {
      long columns = elements / rows;
      StoredArray grid = array.shape().length == 2 ? array : array.reshaped(rows, columns);
      return new OneHot(grid);
    }
    StoredArray single = array.reshaped(elements);
    return single.type().isFloating() ? new FloatingIntegers(single) : new Integers(single);
  }

  /** The labels of rows {@code from} to {@code from + rows}. */
  abstract void read(long from, int rows, ByteBuffer scratch, long[] into);

  /** A label as the file has it. */
  String shown(long label) {
    return Long.toString(label);
  }

  /**
   * The label that a user spelled, as {@link #read} gives it.
   *
   * @throws dev.collapsar.InvalidInputException if it can be none of these
   */
  long parsed(String label) {
    try {
      return Long.parseLong(label);
    } catch (NumberFormatException e) {
      throw array.bad("labels are %s, and '%s' is no whole number", kind(), label);
    }
  }

  /** Whether the labels are words rather than numbers. */
  boolean isText() {
    return false;
  }

  /** The classes that there are whatever the rows say; 0 if only they tell. */
  int columns() {
    return 0;
  }

  /** What such labels are called. */
  abstract String kind();

  private static final class Integers extends LabelColumn {
    Integers(StoredArray array) {
      super(array);
    }

    @Override
    void read(long from, int rows, ByteBuffer scratch, long[] into) {
      array.integers(from, rows, scratch, into);
    }

    @Override
    String kind() {
      return "integers";
    }
  }

  private static final class FloatingIntegers extends LabelColumn {
    FloatingIntegers(StoredArray array) {
      super(array);
    }

    @Override
    void read(long from, int rows, ByteBuffer scratch, long[] into) {
      double[] values = new double[rows];
      array.read(from, rows, scratch, values);
      for (int i = 0; i < rows; i++) {
        if (values[i] != Math.rint(values[i]) || Math.abs(values[i]) > EXACT) {
          throw array.bad(
              "row %d of '%s' is %s; a class is a whole number (of probabilities save the argmax)",
              from + i, array.name(), values[i]);
        }
        into[i] = (long) values[i];
      }
    }

    @Override
    String kind() {
      return "real numbers that are whole";
    }
  }

  private static final class OneHot extends LabelColumn {
    private final int columns;

    OneHot(StoredArray array) {
      super(array);
      this.columns = Math.toIntExact(array.shape()[1]);
    }

    @Override
    void read(long from, int rows, ByteBuffer scratch, long[] into) {
      int most = Math.max(1, VALUES / columns);
      double[] values = new double[Math.min(rows, most) * columns];
      for (int done = 0; done < rows; done += most) {
        int part = Math.min(most, rows - done);
        array.read(from + done, part, scratch, values);
        for (int i = 0; i < part; i++) {
          into[done + i] = hot(from + done + i, values, i * columns);
        }
      }
    }

    private int hot(long row, double[] values, int start) {
      int hot = -1;
      for (int k = 0; k < columns; k++) {
        double value = values[start + k];
        if (value != 0 && value != 1 || value == 1 && hot >= 0) {
          throw bad(row);
        }
        hot = value == 1 ? k : hot;
      }
      if (hot < 0) {
        throw bad(row);
      }
      return hot;
    }

    private RuntimeException bad(long row) {
      return array.bad(
          "row %d of '%s' is no one-hot row: one 1 among zeros (of probabilities, scores or several"
              + " classes a row save one class a row)",
          row, array.name());
    }

    @Override
    int columns() {
      return columns;
    }

    @Override
    String kind() {
      return "one-hot rows";
    }
  }

  private static final class Text extends LabelColumn {
    private final Map<String, Long> known = new HashMap<>();
    private final List<String> words = new ArrayList<>();

    Text(StoredArray array) {
      super(array);
    }

    @Override
    void read(long from, int rows, ByteBuffer scratch, long[] into) {
      String[] texts = new String[rows];
      array.texts(from, rows, texts);
      synchronized (known) {
        for (int i = 0; i < rows; i++) {
          into[i] = number(texts[i]);
        }
      }
    }

    private long number(String text) {
      Long at = known.get(text);
      if (at == null) {
        at = (long) words.size();
        words.add(text);
        known.put(text, at);
      }
      return at;
    }

    @Override
    long parsed(String label) {
      return number(label);
    }

    @Override
    String shown(long label) {
      return words.get((int) label);
    }

    @Override
    boolean isText() {
      return true;
    }

    @Override
    String kind() {
      return "text";
    }
  }
}
