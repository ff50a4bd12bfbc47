package dev.collapsar.learn.adapter;

import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.Reparametrization;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * The bias of B on the layer's own: bias + scale * it, scaled as the update is. Owns the tensor.
 */
final class LoraBias implements Reparametrization {
  private final LowRankUpdate update;
  private final Tensor bias;

  LoraBias(LowRankUpdate update, Tensor start) {
    this.update = update;
    this.bias = update.owned(start).requires_grad_(true);
  }

  StoredTensor stored() {
    return TensorBridge.storedInRange(update.layer().path() + ".lora_B.bias", bias, update.type());
  }

  @Override
  public Tensor apply(Tensor base) {
    return base.add(bias.mul(TensorBridge.scalar(update.effectiveScale())));
  }

  @Override
  public Map<String, Tensor> parameters() {
    return Map.of("lora_B.bias", bias);
  }

  @Override
  public void close() {
    TensorScope.free(bias);
  }
}
