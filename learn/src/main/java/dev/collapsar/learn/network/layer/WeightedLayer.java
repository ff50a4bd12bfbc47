package dev.collapsar.learn.network.layer;

import dev.collapsar.learn.weight.LinearMap;
import dev.collapsar.learn.weight.Reparametrization;
import dev.collapsar.learn.weight.Weight;
import dev.collapsar.learn.weight.WeightSite;
import java.util.Optional;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** A layer that is linear in a weight, with an optional bias: where adapters attach. */
public abstract class WeightedLayer extends Layer implements LinearMap {
  private final Weight weight;
  private final Weight bias;

  protected WeightedLayer(Tensor weight, Tensor biasOrNull) {
    this.weight = parameter("weight", weight);
    this.bias = biasOrNull == null ? null : parameter("bias", biasOrNull);
  }

  /**
   * The layer's function with this weight, without bias or with it, in the input's element type.
   */
  public abstract Tensor map(Tensor input, Tensor weight, TensorOptional bias);

  @Override
  public Tensor map(Tensor input, Tensor weight) {
    return map(input, weight, new TensorOptional());
  }

  /** This layer as adapters see it. */
  final WeightSite site(String path, WeightSite.Kind kind, int groups) {
    return new WeightSite(
        path, kind, groups, weight, Optional.ofNullable(bias), this, this::isTraining);
  }

  /** The tensor in the input's element type: itself, unless the network is evaluated in another. */
  static Tensor like(Tensor input, Tensor tensor) {
    return tensor.to(input.scalar_type());
  }

  static TensorOptional like(Tensor input, TensorOptional tensor) {
    return tensor.has_value() ? new TensorOptional(like(input, tensor.get())) : tensor;
  }

  /**
   * The number of inputs that one output sums over: LibTorch's default initialisation scales by it.
   */
  protected abstract long fanIn();

  public final Weight weight() {
    return weight;
  }

  /** The bias (out) as it acts, reparametrizations included, or null if the layer has none. */
  public final Tensor bias() {
    return bias == null ? null : bias.effective();
  }

  @Override
  protected final Tensor forward(Tensor input) {
    TensorOptional effectiveBias = bias == null ? new TensorOptional() : new TensorOptional(bias());
    if (!weight.active().stream().allMatch(Reparametrization::isAdditive)) {
      return map(input, weight.effective(), effectiveBias);
    }
    Tensor unchanged = map(input, weight.original(), effectiveBias);
    Tensor output = unchanged;
    for (Reparametrization reparametrization : weight.active()) {
      output = output.add(reparametrization.outputChange(this, input, unchanged));
    }
    return output;
  }

  /**
   * U(-1/sqrt(fan_in), 1/sqrt(fan_in)) for weight and bias, as PyTorch's Linear and Conv2d start.
   */
  @Override
  protected void initialize(Generator generator) {
    double bound = 1 / Math.sqrt(fanIn());
    weight.original().uniform_(-bound, bound, new GeneratorOptional(generator));
    if (bias != null) {
      bias.original().uniform_(-bound, bound, new GeneratorOptional(generator));
    }
  }
}
