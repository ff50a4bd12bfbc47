package dev.collapsar.learn.network.layer;

import static org.bytedeco.pytorch.global.torch.empty;
import static org.bytedeco.pytorch.global.torch.layer_norm;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.weight.Weight;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * (x - mean) / sqrt(variance + 1e-5) over the last dimension of each sample, times a weight, plus a
 * bias, both (width); the variance has the divisor width (Ba, Kiros, Hinton 2016).
 */
public final class LayerNorm extends Layer {
  private static final double EPSILON = 1e-5;

  private final long[] shape;
  private final Weight weight;
  private final Weight bias;

  public LayerNorm(long width) {
    shape = new long[] {width};
    weight = parameter("weight", empty(width));
    bias = parameter("bias", empty(width));
  }

  @Override
  protected Tensor forward(Tensor input) {
    return layer_norm(
        input,
        shape,
        new TensorOptional(weight.effective()),
        new TensorOptional(bias.effective()),
        EPSILON,
        false); // (n,width)
  }

  @Override
  protected void initialize(Generator generator) {
    weight.original().fill_(TensorBridge.scalar(1));
    bias.original().zero_();
  }

  @Override
  protected List<String> script() {
    return List.of(
        "x = torch.layer_norm(x, %s, self.weight, self.bias, %s)"
            .formatted(Arrays.toString(shape), EPSILON));
  }
}
