package dev.collapsar.learn.merge;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.Rounding;
import dev.collapsar.learn.adapter.part.BaseRows;
import dev.collapsar.learn.adapter.part.Part;
import dev.collapsar.learn.adapter.part.Product;
import dev.collapsar.learn.adapter.part.RowBlock;
import dev.collapsar.learn.adapter.part.RowUpdate;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Merges one weight, a few rows at a time, in memory that does not grow with it. */
final class WeightRows {
  private static final int BLOCK = 1 << 18; // elements of a task
  private static final int PART = 1 << 15; // of what is held as doubles, 256 kB: a core's cache
  private static final int TURNED_BLOCK = 1 << 20; // read and written in pieces of columns
  private static final int SUMS = 5;

  /** A thread's memory for a block's bytes, outside the heap: files are read there either way. */
  private static final ThreadLocal<ByteBuffer> BYTES =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(2 * BLOCK));

  private final MergedTensor tensor;
  private final List<long[]> adapted;
  private final long rows;
  private final int width;
  private final int blockRows;
  private final int partRows;

  WeightRows(MergedTensor tensor, List<long[]> adapted) {
    this.tensor = tensor;
    this.adapted = adapted;
    int rowDimensions = tensor.parts().stream().mapToInt(Part::rowDimensions).max().orElse(1);
    long[] shape = tensor.shape();
    long count = 1;
    for (int i = 0; i < Math.min(rowDimensions, shape.length); i++) {
      count *= shape[i];
    }
    rows = count;
    long length = count == 0 ? 0 : tensor.source().elements() / count;
    if (length > Runtime.getRuntime().maxMemory() / 64) {
      throw new InvalidInputException(
          "%s: a row of %s elements does not fit in this JVM's memory (-Xmx)"
              .formatted(tensor.name(), length));
    }
    width = (int) length;
    blockRows = rowsOf(tensor.turned() ? TURNED_BLOCK : BLOCK);
    partRows = tensor.turned() ? blockRows : rowsOf(PART);
  }

  private int rowsOf(int elements) {
    return (int) Math.max(1, Math.min(rows, elements / Math.max(1, width)));
  }

  /** The weight before any part. */
  static BaseRows ofBase(MergedTensor tensor, List<long[]> adapted) {
    return new WeightRows(tensor, adapted).new Rows(List.of());
  }

  /** The weight behind all parts, before it is rounded. */
  static BaseRows ofResult(MergedTensor tensor, List<long[]> adapted) {
    WeightRows rows = new WeightRows(tensor, adapted);
    return rows.new Rows(rows.updates().all());
  }

  /** Tells of every row as it is and as it becomes before it is rounded. */
  void forEachRow(RowPair consumer) {
    List<RowUpdate> updates = updates().all();
    double[] before = new double[partRows * width];
    for (long first = 0; first < rows; first += partRows) {
      int count = (int) Math.min(partRows, rows - first);
      read(first, count, before);
      double[] after = before.clone();
      for (RowUpdate update : updates) {
        update.apply(new RowBlock(first, count, width, after, 0));
      }
      for (int i = 0; i < count; i++) {
        consumer.accept(before, after, i * width, width);
      }
    }
  }

  /** Takes merged rows as they are to be kept; several threads may do so at once. */
  @FunctionalInterface
  interface Sink {
    /**
     * @param at the first byte's place in the weight
     */
    void take(long at, ByteBuffer bytes);
  }

  /**
   * What changes the weight, with the adapter's tensors in memory.
   *
   * @param quick the only update of 16-bit elements, if it is a product; else null
   */
  record Updates(List<RowUpdate> all, SixteenBitRows quick) {}

  /** Reads the adapter's tensors. */
  Updates updates() {
    List<RowUpdate> updates = new ArrayList<>();
    for (Part part : tensor.parts()) {
      updates.add(part.on(new Rows(List.copyOf(updates))));
    }
    boolean quick =
        updates.size() == 1
            && updates.get(0) instanceof Product.Scaled product
            && tensor.source().type() == tensor.type()
            && !tensor.turned()
            && SixteenBitRows.suits(tensor.type(), product);
    return new Updates(
        List.copyOf(updates),
        quick ? SixteenBitRows.of(tensor.type(), (Product.Scaled) updates.get(0)) : null);
  }

  /** The blocks of rows that are merged each by itself. */
  int blocks() {
    return Math.toIntExact((rows + blockRows - 1) / blockRows);
  }

  /** What all blocks' {@link #merge} say together, in their order. */
  Change change(double[][] blocks) {
    double[] sums = new double[SUMS];
    for (double[] block : blocks) {
      add(block, sums);
    }
    requireInRange(sums[4]);
    return new Change(Math.sqrt(sums[0]), Math.sqrt(sums[1]), Math.sqrt(sums[2]), sums[3]);
  }

  private static void add(double[] part, double[] sums) {
    for (int i = 0; i < 3; i++) {
      sums[i] += part[i];
    }
    sums[3] = Math.max(sums[3], part[3]);
    sums[4] = Math.max(sums[4], part[4]);
  }

  private void requireInRange(double largest) {
    if (!Double.isFinite(largest)) {
      throw new InvalidInputException(tensor.name() + ": the result is not finite");
    }
    if (largest >= Rounding.beyond(tensor.type())) {
      throw new InvalidInputException(
          "%s: its largest value, %s, is beyond %s, whose largest is %s"
              .formatted(
                  tensor.name(),
                  Double.toString(largest),
                  tensor.type(),
                  (float) tensor.type().largest()));
    }
  }

  /**
   * Merges one block.
   *
   * @return squares of base, update and rounding, the largest rounding and magnitude
   */
  double[] merge(Updates updates, int block, Sink sink) {
    long first = (long) block * blockRows;
    int count = (int) Math.min(blockRows, rows - first);
    double[] sums = new double[SUMS];
    if (updates.quick() != null) {
      ByteBuffer bytes = bytes(count * width * tensor.type().bytes());
      tensor.source().read(first * width * tensor.type().bytes(), bytes);
      if (updates.quick().merge((int) first, count, bytes, sums)) {
        sink.take(first * width * tensor.type().bytes(), bytes);
        return sums;
      }
      Arrays.fill(sums, 0);
    }
    for (int done = 0; done < count; done += partRows) {
      int part = Math.min(partRows, count - done);
      add(mergeExactly(updates.all(), first + done, part, sink), sums);
    }
    return sums;
  }

  private static ByteBuffer bytes(int count) {
    if (BYTES.get().capacity() < count) {
      BYTES.set(ByteBuffer.allocateDirect(count));
    }
    return BYTES.get().clear().limit(count);
  }

  private double[] mergeExactly(List<RowUpdate> updates, long first, int count, Sink sink) {
    double[] values = new double[count * width];
    read(first, count, values);
    double[] before = values.clone();
    for (RowUpdate update : updates) {
      update.apply(new RowBlock(first, count, width, values, 0));
    }
    ByteBuffer bytes = rounded(values);
    put(sink, first, count, bytes);
    return measured(before, values, bytes.rewind());
  }

  private void read(long first, int count, double[] into) {
    if (!tensor.turned()) {
      tensor.source().doubles(first * width, count * width, into, 0);
      return;
    }
    double[] column = new double[count];
    for (int j = 0; j < width; j++) {
      tensor.source().doubles(j * rows + first, count, column, 0);
      for (int i = 0; i < count; i++) {
        into[i * width + j] = column[i];
      }
    }
  }

  private ByteBuffer rounded(double[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * tensor.type().bytes()).order(ByteOrder.LITTLE_ENDIAN);
    Rounding.put(tensor.type(), values, 0, values.length, bytes);
    return bytes.flip();
  }

  private double[] measured(double[] before, double[] exact, ByteBuffer bytes) {
    double[] stored = Rounding.read(tensor.type(), bytes, exact.length);
    double base =
        0; // sums in variables: in an array every addition would wait for the store before
    double updates = 0;
    double roundings = 0;
    double largestRounding = 0;
    double largest = 0;
    for (int i = 0; i < exact.length; i++) {
      double update = exact[i] - before[i];
      double lost = stored[i] - exact[i];
      base += before[i] * before[i];
      updates += update * update;
      roundings += lost * lost;
      largestRounding = Math.max(largestRounding, Math.abs(lost));
      largest = Math.max(largest, Math.abs(exact[i]));
    }
    return new double[] {base, updates, roundings, largestRounding, largest};
  }

  private void put(Sink sink, long first, int count, ByteBuffer bytes) {
    int size = tensor.type().bytes();
    if (!tensor.turned()) {
      sink.take(first * width * size, bytes);
      return;
    }
    byte[] element = new byte[size];
    for (int j = 0; j < width; j++) {
      ByteBuffer column = ByteBuffer.allocate(count * size);
      for (int i = 0; i < count; i++) {
        bytes.get((i * width + j) * size, element);
        column.put(element);
      }
      sink.take((j * rows + first) * size, column.flip());
    }
  }

  /** The weight as a part finds it: behind the parts before it. */
  private final class Rows implements BaseRows {
    private final List<RowUpdate> earlier;

    Rows(List<RowUpdate> earlier) {
      this.earlier = earlier;
    }

    @Override
    public long[] shape() {
      return tensor.shape();
    }

    @Override
    public void forEach(Consumer<RowBlock> consumer) {
      double[] values = new double[partRows * width];
      for (long first = 0; first < rows; first += partRows) {
        int count = (int) Math.min(partRows, rows - first);
        read(first, count, values);
        for (RowUpdate update : earlier) {
          update.apply(new RowBlock(first, count, width, values, 0));
        }
        consumer.accept(new RowBlock(first, count, width, values, 0));
      }
    }

    @Override
    public List<long[]> adaptedShapes() {
      return adapted;
    }

    @Override
    public String name() {
      return tensor.name();
    }
  }
}
