package dev.collapsar.learn.adapter;

import static org.bytedeco.pytorch.global.torch.createCPUGenerator;
import static org.bytedeco.pytorch.global.torch.empty;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.zeros;

import dev.collapsar.learn.network.Linear;
import dev.collapsar.learn.network.Reparametrization;
import dev.collapsar.learn.network.WeightedLayer;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.run.Seed;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * LoRA (Hu et al. 2021): W + scale * B A with A (r,in), B (out,r), both trained, W not. Its effect
 * on the output is scale * (x A^T) B^T, so no full-size matrix is formed in training. Owns A and B.
 */
public final class LowRankUpdate implements Reparametrization {
  private final Tensor a;
  private final Tensor b;
  private final double scale;

  private LowRankUpdate(Tensor a, Tensor b, double scale) {
    this.a = TensorScope.keep(a.detach().requires_grad_(true));
    this.b = TensorScope.keep(b.detach().requires_grad_(true));
    this.scale = scale;
  }

  /**
   * The usual start: A uniform in +-1/sqrt(in), drawn from {@code chance}, and B zero, so that the
   * update is zero.
   */
  static LowRankUpdate initialized(Linear layer, int rank, double scale, Seed chance) {
    long out = layer.weight().original().size(0);
    long in = layer.weight().original().size(1);
    LowRankUpdate[] made = new LowRankUpdate[1];
    TensorScope.run(
        () -> {
          double bound = 1 / Math.sqrt(in);
          GeneratorOptional generator = new GeneratorOptional(createCPUGenerator(chance.value()));
          Tensor a = empty(rank, in).uniform_(-bound, bound, generator);
          made[0] = new LowRankUpdate(a, zeros(out, rank), scale);
        });
    return made[0];
  }

  /** A and B as they are now. */
  LoraFactors factors() {
    return LoraFactors.of(
        AdaptableLayer.Kind.LINEAR, TensorBridge.stored(a), TensorBridge.stored(b));
  }

  public double scale() {
    return scale;
  }

  @Override
  public Tensor apply(Tensor weight) {
    return weight.add(b.mm(a), TensorBridge.scalar(scale)); // (out,in)
  }

  @Override
  public boolean isAdditive() {
    return true;
  }

  @Override
  public Tensor outputChange(WeightedLayer layer, Tensor input) {
    return linear(linear(input, a), b).mul(TensorBridge.scalar(scale)); // (n,out)
  }

  @Override
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    parameters.put("lora_A", a);
    parameters.put("lora_B", b);
    return parameters;
  }

  @Override
  public void close() {
    TensorScope.free(a);
    TensorScope.free(b);
  }
}
