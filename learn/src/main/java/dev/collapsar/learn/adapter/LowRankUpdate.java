package dev.collapsar.learn.adapter;

import dev.collapsar.data.ElementType;
import dev.collapsar.learn.network.Reparametrization;
import dev.collapsar.learn.network.WeightedLayer;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * LoRA (Hu et al. 2021): W + scale * B A, with A and B trained and W not. Its effect on the output
 * goes through A and B one after the other, so no full-size matrix is formed in training. Owns A
 * and B.
 */
final class LowRankUpdate implements Reparametrization {
  private final FactoredLayer layer;
  private final Tensor a;
  private final Tensor b;
  private final ElementType type;
  private final double scale;
  private double strength = 1;

  /**
   * @param type in which files keep the factors
   */
  LowRankUpdate(FactoredLayer layer, Tensor a, Tensor b, ElementType type, double scale) {
    this.layer = layer;
    this.a = trained(a);
    this.b = trained(b);
    this.type = type;
    this.scale = scale;
  }

  private Tensor trained(Tensor start) {
    Device device = layer.layer().weight().original().device();
    return TensorScope.keep(start.detach().to(device, ScalarType.Float).requires_grad_(true));
  }

  /** A and B as they are now. */
  LoraFactors factors() {
    return LoraFactors.of(layer.kind(), TensorBridge.stored(a, type), TensorBridge.stored(b, type));
  }

  /** Multiplies the whole update, until it is set again; 1 is as trained. */
  void setStrength(double factor) {
    strength = factor;
  }

  double strength() {
    return strength;
  }

  @Override
  public Tensor apply(Tensor weight) {
    return weight.add(layer.product(a, b).mul(TensorBridge.scalar(strength * scale)));
  }

  @Override
  public boolean isAdditive() {
    return true;
  }

  @Override
  public boolean hasWeightForm() {
    return layer.description().groups() == 1;
  }

  @Override
  public Tensor outputChange(WeightedLayer same, Tensor input, Tensor output) {
    return layer.throughFactors(input, a, b, strength * scale);
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
