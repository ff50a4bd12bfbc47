package dev.collapsar.learn.merge;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.Workers;
import dev.collapsar.data.NewTensorFile;
import dev.collapsar.data.Rounding;
import dev.collapsar.learn.adapter.part.BaseRows;
import dev.collapsar.learn.adapter.part.Part;
import dev.collapsar.learn.adapter.part.RowBlock;
import dev.collapsar.learn.adapter.part.RowUpdate;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Merges one weight, a few rows at a time, in memory that does not grow with it. */
final class WeightRows {
  private static final int BLOCK = 1 << 15; // elements, 256 kB as doubles: a worker's cache
  private static final int TURNED_BLOCK = 1 << 20; // read and written in pieces of columns

  private final MergedTensor tensor;
  private final List<long[]> adapted;
  private final Workers workers;
  private final long rows;
  private final int width;
  private final int blockRows;

  WeightRows(MergedTensor tensor, List<long[]> adapted, Workers workers) {
    this.tensor = tensor;
    this.adapted = adapted;
    this.workers = workers;
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
    int most = tensor.turned() ? TURNED_BLOCK : BLOCK;
    blockRows = (int) Math.max(1, Math.min(rows, most / Math.max(1, width)));
  }

  /** The weight before any part. */
  static BaseRows ofBase(MergedTensor tensor, List<long[]> adapted) {
    return new WeightRows(tensor, adapted, null).new Rows(List.of());
  }

  /** Takes merged rows as they are to be kept; several threads may do so at once. */
  @FunctionalInterface
  private interface Sink {
    void take(long first, int count, ByteBuffer bytes);
  }

  /** Says how the merged weight differs from the base's. */
  Change measured() {
    return merged((first, count, bytes) -> {});
  }

  /**
   * Writes the merged weight and says how it differs from the base's.
   *
   * @throws InvalidInputException if an element is not finite, or beyond the type's range
   */
  Change writeTo(NewTensorFile out) {
    return merged((first, count, bytes) -> write(out, first, count, bytes));
  }

  private Change merged(Sink sink) {
    List<RowUpdate> updates = new ArrayList<>();
    for (Part part : tensor.parts()) {
      updates.add(part.on(new Rows(List.copyOf(updates))));
    }
    int blocks = (int) ((rows + blockRows - 1) / blockRows);
    double[] sums = new double[5];
    for (double[] own : workers.map(blocks, block -> merge(updates, block, sink))) {
      for (int i = 0; i < 3; i++) {
        sums[i] += own[i];
      }
      sums[3] = Math.max(sums[3], own[3]);
      sums[4] = Math.max(sums[4], own[4]);
    }
    requireInRange(sums[4]);
    return new Change(Math.sqrt(sums[0]), Math.sqrt(sums[1]), Math.sqrt(sums[2]), sums[3]);
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

  /** One block; squares of base, update and rounding, the largest rounding and magnitude. */
  private double[] merge(List<RowUpdate> updates, int block, Sink sink) {
    long first = (long) block * blockRows;
    int count = (int) Math.min(blockRows, rows - first);
    double[] values = new double[count * width];
    read(first, count, values);
    double[] before = values.clone();
    for (RowUpdate update : updates) {
      update.apply(new RowBlock(first, count, width, values, 0));
    }
    ByteBuffer bytes = rounded(values);
    sink.take(first, count, bytes);
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

  private void write(NewTensorFile out, long first, int count, ByteBuffer bytes) {
    int size = tensor.type().bytes();
    if (!tensor.turned()) {
      out.put(tensor.name(), first * width * size, bytes);
      return;
    }
    byte[] element = new byte[size];
    for (int j = 0; j < width; j++) {
      ByteBuffer column = ByteBuffer.allocate(count * size);
      for (int i = 0; i < count; i++) {
        bytes.get((i * width + j) * size, element);
        column.put(element);
      }
      out.put(tensor.name(), (j * rows + first) * size, column.flip());
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
      double[] values = new double[blockRows * width];
      for (long first = 0; first < rows; first += blockRows) {
        int count = (int) Math.min(blockRows, rows - first);
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
