package dev.collapsar.learn.evaluation;

import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.tensor.TensorBridge;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A pass whose samples were replaced by what a network's first layers make of them.
 *
 * @param rows by sample of the pass's set: (N, ...), channels last where they are images
 */
record CachedBatches(OrderedBatches pass, String entry, String key, Tensor rows)
    implements Batches {
  @Override
  public int count() {
    return pass.count();
  }

  @Override
  public int batchSize() {
    return pass.batchSize();
  }

  @Override
  public List<String> classes() {
    return pass.classes();
  }

  @Override
  public Input input(int i) {
    int from = i * batchSize();
    int[] chosen = Arrays.copyOfRange(pass.order(), from, from + size(i));
    Tensor batch = rows.index_select(0, TensorBridge.indices(chosen, chosen.length)); // (n,...)
    return Input.of(batch.dim() == 4 ? batch.permute(0, 3, 1, 2) : batch); // (n,c,h,w) or (n,d)
  }

  @Override
  public int[] labels(int i) {
    return pass.labels(i);
  }

  @Override
  public Optional<String> fingerprint() {
    return Optional.of(key);
  }
}
