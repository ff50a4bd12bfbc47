package dev.collapsar.learn.network;

import static org.bytedeco.pytorch.global.torch.scalar_tensor;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** A weight times a number that is trained. Owns the number. */
public final class LearnedScale implements Reparametrization {
  private final Tensor factor;

  /**
   * @param start what the number is at first
   */
  public LearnedScale(double start) {
    Tensor[] made = new Tensor[1];
    TensorScope.run(
        () -> {
          Tensor scalar = scalar_tensor(TensorBridge.scalar(start));
          made[0] = TensorScope.keep(scalar.requires_grad_(true));
        });
    factor = made[0];
  }

  @Override
  public Tensor apply(Tensor weight) {
    return weight.mul(factor);
  }

  @Override
  public Map<String, Tensor> parameters() {
    return Map.of("factor", factor);
  }

  @Override
  public void close() {
    TensorScope.free(factor);
  }
}
