package dev.collapsar.learn.images;

import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * One way through a set of images: in what order, how transformed, in batches of what size. Batch
 * {@code i} is the same whenever it is asked for.
 *
 * @param order the rows, (count)
 * @param chance what is random in the transform draws from it
 */
public record Pass(
    ImageSet images, ImageTransform transform, int batchSize, int[] order, Seed chance)
    implements Batches {

  /** In the set's own order: for measuring. */
  public static Pass inOrder(
      ImageSet images, ImageTransform transform, int batchSize, Seed chance) {
    return new Pass(images, transform, batchSize, Permutation.identity(images.count()), chance);
  }

  /** In an order drawn from {@code chance}: an epoch of training. */
  public static Pass shuffled(
      ImageSet images, ImageTransform transform, int batchSize, Seed chance) {
    int[] order = Permutation.of(images.count(), chance.random("order"));
    return new Pass(images, transform, batchSize, order, chance);
  }

  /** Batches {@code from} (inclusive) to {@code to} (exclusive) of this pass, as one of its own. */
  public Pass slice(int from, int to) {
    int[] rows =
        Arrays.copyOfRange(order, from * batchSize, Math.min(to * batchSize, order.length));
    return new Pass(images, transform, batchSize, rows, chance.under("from/" + from));
  }

  @Override
  public int count() {
    return order.length;
  }

  /** The input of batch {@code i}: (size, channels, height, width) in the caller's scope. */
  @Override
  public Tensor inputs(int i) {
    return transform.batch(images, order, i * batchSize, size(i), chance.under("batch/" + i));
  }

  @Override
  public int[] classes(int i) {
    int from = i * batchSize;
    return Arrays.stream(order, from, from + size(i)).map(row -> images.labels()[row]).toArray();
  }
}
