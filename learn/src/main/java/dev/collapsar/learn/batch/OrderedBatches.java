package dev.collapsar.learn.batch;

import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import java.util.List;

/**
 * One way through samples: in what order, in batches of what size. Batch {@code i} is the same
 * whenever it is asked for.
 *
 * @param order the rows, (count)
 * @param seed what is random in the samples draws from it
 */
public record OrderedBatches(Samples samples, int batchSize, int[] order, Seed seed)
    implements Batches {

  /** In the samples' own order: for measuring. */
  public static OrderedBatches inOrder(Samples samples, int batchSize, Seed seed) {
    return new OrderedBatches(samples, batchSize, Permutation.identity(samples.count()), seed);
  }

  /** In an order drawn from {@code seed}: an epoch of training. */
  public static OrderedBatches shuffled(Samples samples, int batchSize, Seed seed) {
    int[] order = Permutation.of(samples.count(), seed.random("order"));
    return new OrderedBatches(samples, batchSize, order, seed);
  }

  /** Batches {@code from} (inclusive) to {@code to} (exclusive) of this pass, as one of its own. */
  public OrderedBatches slice(int from, int to) {
    int[] rows =
        Arrays.copyOfRange(order, from * batchSize, Math.min(to * batchSize, order.length));
    return new OrderedBatches(samples, batchSize, rows, seed.under("from/" + from));
  }

  @Override
  public int count() {
    return order.length;
  }

  @Override
  public List<String> classes() {
    return samples.classes();
  }

  @Override
  public Input input(int i) {
    return samples.batch(order, i * batchSize, size(i), seed.under("batch/" + i));
  }

  @Override
  public int[] labels(int i) {
    int from = i * batchSize;
    int[] labels = samples.labels();
    return Arrays.stream(order, from, from + size(i)).map(row -> labels[row]).toArray();
  }
}
