package dev.collapsar.learn.adapter;

import dev.collapsar.data.ElementType;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.LinearMap;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * DoRA (Liu et al. 2024): every row of W + scale * B A is brought to a norm that is trained: m_i /
 * ||row i|| times it, where no gradient passes the norm. On a convolution a row is a filter, of an
 * embedding it is a column.
 *
 * <p>Several of them on one weight each count as the change that they alone make, as in PEFT. Owns
 * the magnitudes m too.
 */
final class DoraUpdate extends LowRankUpdate {
  private final Tensor magnitude; // (out)

  /**
   * @param magnitudeOrNull the norms, or null to start with those that the rows have
   */
  DoraUpdate(
      FactoredLayer layer,
      FactorStart start,
      Tensor magnitudeOrNull,
      ElementType type,
      double scale,
      Optional<InputDropout> dropout) {
    super(layer, start, type, scale, dropout);
    Tensor norms = magnitudeOrNull == null ? rowNorms() : magnitudeOrNull.flatten();
    this.magnitude = owned(norms).requires_grad_(true);
  }

  @Override
  LoraFactors factors() {
    LoraFactors plain = super.factors();
    long out = layer().outputs();
    long[] shape = layer().kind() == Kind.CONV2D ? new long[] {1, out, 1, 1} : new long[] {out};
    StoredTensor stored =
        TensorScope.within(
            () ->
                TensorBridge.storedInRange(
                    layer().path() + ".lora_magnitude_vector",
                    magnitude.detach().view(shape),
                    type()));
    return new LoraFactors(
        plain.kind(), plain.a(), plain.b(), Optional.empty(), Optional.of(stored));
  }

  @Override
  public Tensor apply(Tensor weight) {
    Tensor original = layer().site().weight().original();
    Tensor scaled = original.add(update()).mul(layer().perRow(magnitude.div(rowNorms())));
    return weight == original ? scaled : weight.add(scaled.sub(original));
  }

  @Override
  public Tensor outputChange(LinearMap map, Tensor input, Tensor output) {
    Tensor seen = seen(input);
    Tensor ratio = layer().perOutput(magnitude.div(rowNorms()));
    Tensor low = throughUpdate(seen).mul(ratio);
    return seenByBase(map, input, seen, output)
        .mul(ratio.sub(TensorBridge.scalar(1)))
        .add(low); // (ratio - 1) W x + ratio * scale * B A x
  }

  @Override
  public Optional<ThinMaps> thinMaps() {
    return Optional.empty(); // the norms scale the base's share too
  }

  /** W x, where the input is what the update sees. */
  private Tensor seenByBase(LinearMap map, Tensor input, Tensor seen, Tensor output) {
    if (seen != input) {
      return map.map(seen, layer().site().weight().original());
    }
    return layer()
        .site()
        .bias()
        .map(bias -> output.sub(layer().perOutput(bias.effective())))
        .orElse(output);
  }

  @Override
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> parameters = super.parameters();
    parameters.put("lora_magnitude_vector", magnitude);
    return parameters;
  }
}
