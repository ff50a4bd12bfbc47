package dev.collapsar.learn.training;

import dev.collapsar.learn.images.Batches;
import dev.collapsar.learn.images.Pass;
import dev.collapsar.learn.tensor.TensorBridge;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A pass whose images were replaced by what a network's first layers make of them.
 *
 * @param rows by image of the pass's set: (N, ...), channels last where they are images
 */
record CachedBatches(Pass pass, String entry, String key, Tensor rows) implements Batches {
  @Override
  public int count() {
    return pass.count();
  }

  @Override
  public int batchSize() {
    return pass.batchSize();
  }

  @Override
  public Tensor inputs(int i) {
    int from = i * batchSize();
    int[] chosen = Arrays.copyOfRange(pass.order(), from, from + size(i));
    Tensor batch = rows.index_select(0, TensorBridge.indices(chosen, chosen.length)); // (n,...)
    return batch.dim() == 4 ? batch.permute(0, 3, 1, 2) : batch; // (n,c,h,w) or (n,d)
  }

  @Override
  public int[] classes(int i) {
    return pass.classes(i);
  }

  @Override
  public Optional<String> fingerprint() {
    return Optional.of(key);
  }
}
