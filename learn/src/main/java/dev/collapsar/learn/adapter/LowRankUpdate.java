package dev.collapsar.learn.adapter;

import static org.bytedeco.pytorch.global.torch.cat;

import dev.collapsar.data.ElementType;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.LinearMap;
import dev.collapsar.learn.weight.Reparametrization;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * LoRA (Hu et al. 2021): W + scale * (B A - B0 A0), with A and B trained and W not. B0 A0 is what
 * an initialization that takes its factors from W subtracts in turn, so that every update starts at
 * zero; others have none.
 *
 * <p>The effect on the output goes through the factors one after the other, so no full-size matrix
 * is formed in training. Owns the factors.
 */
public sealed class LowRankUpdate implements Reparametrization permits DoraUpdate {
  private final FactoredLayer layer;
  private final Tensor a;
  private final Tensor b;
  private final Optional<FactorStart> subtracted;
  private final ElementType type;
  private final double scale;
  private final Optional<InputDropout> dropout;
  private double strength = 1;

  /**
   * @param type in which files keep the factors
   */
  LowRankUpdate(
      FactoredLayer layer,
      FactorStart start,
      ElementType type,
      double scale,
      Optional<InputDropout> dropout) {
    this.layer = layer;
    this.a = owned(start.a()).requires_grad_(true);
    this.b = owned(start.b()).requires_grad_(true);
    this.subtracted =
        start.subtracted()
            ? Optional.of(new FactorStart(owned(start.a()), owned(start.b()), true))
            : Optional.empty();
    this.type = type;
    this.scale = scale;
    this.dropout = dropout;
  }

  /** A copy in single precision beside the layer's weight, which outlives the scope. */
  final Tensor owned(Tensor start) {
    Device device = layer.site().weight().original().device();
    return TensorScope.keep(start.detach().to(device, ScalarType.Float).clone());
  }

  final FactoredLayer layer() {
    return layer;
  }

  /** What multiplies B A: alpha / r, or alpha / sqrt r if rank-stabilised. */
  public final double scale() {
    return scale;
  }

  /** Multiplies the whole update, until it is set again; 1 is as trained. */
  final void setStrength(double factor) {
    strength = factor;
  }

  final double strength() {
    return strength;
  }

  /** What multiplies B A now. */
  final double effectiveScale() {
    return strength * scale;
  }

  /**
   * The factors as they are now, of the update as one product: with B0 A0, twice as many, [A; A0]
   * and [B, -B0].
   *
   * @throws dev.collapsar.InvalidInputException if the files' element type cannot hold one
   */
  LoraFactors factors() {
    return TensorScope.withinWithoutGradients(
        () ->
            LoraFactors.of(
                layer.kind(),
                TensorBridge.storedInRange(layer.path() + ".lora_A", wholeA(), type),
                TensorBridge.storedInRange(layer.path() + ".lora_B", wholeB(), type)));
  }

  /** In the files' element type. */
  final ElementType type() {
    return type;
  }

  private Tensor wholeA() {
    return subtracted.map(s -> cat(new TensorVector(a.detach(), s.a()), 0)).orElse(a.detach());
  }

  private Tensor wholeB() {
    return subtracted
        .map(s -> cat(new TensorVector(b.detach(), s.b().neg()), 1))
        .orElse(b.detach());
  }

  /** The update in the weight's shape. */
  final Tensor update() {
    Tensor product = layer.product(a, b);
    Tensor whole = subtracted.map(s -> product.sub(layer.product(s.a(), s.b()))).orElse(product);
    return whole.mul(TensorBridge.scalar(effectiveScale()));
  }

  /** The update applied to the input. */
  final Tensor throughUpdate(Tensor input) {
    Tensor through = layer.throughFactors(input, a, b, effectiveScale());
    return subtracted
        .map(s -> through.sub(layer.throughFactors(input, s.a(), s.b(), effectiveScale())))
        .orElse(through);
  }

  /** The input as the update sees it: in training mode with elements dropped. */
  final Tensor seen(Tensor input) {
    return layer.site().training().getAsBoolean()
        ? dropout.map(d -> d.apply(input)).orElse(input)
        : input;
  }

  /**
   * The norms of the rows (an embedding's columns) of W + the update, (out), as numbers that no
   * gradient passes. From ||w||^2 + 2 s b.(A w) + s^2 b (A A^T) b^T, so no matrix of W's size is
   * formed.
   */
  final Tensor rowNorms() {
    Tensor weight = layer.matrix(layer.site().weight().original().detach()); // (out,columns)
    Tensor wide = wholeA().flatten(1, -1); // (r,columns)
    Tensor tall = wholeB().flatten(1, -1); // (out,r)
    double s = effectiveScale();
    Tensor norms = weight.norm(new ScalarOptional(TensorBridge.scalar(2)), 1); // (out)
    Tensor cross = weight.mm(wide.t()).mul(tall).sum(1); // (out)
    Tensor own = tall.mm(wide.mm(wide.t())).mul(tall).sum(1); // (out)
    return norms
        .mul(norms)
        .add(cross, TensorBridge.scalar(2 * s))
        .add(own, TensorBridge.scalar(s * s))
        .clamp_min(TensorBridge.scalar(0)) // rounding may leave a vanishing row below zero
        .sqrt();
  }

  @Override
  public Tensor apply(Tensor weight) {
    return weight.add(update());
  }

  @Override
  public final boolean isAdditive() {
    return true;
  }

  @Override
  public final boolean hasWeightForm() {
    return layer.description().groups() == 1 && dropout.isEmpty();
  }

  @Override
  public Tensor outputChange(LinearMap map, Tensor input, Tensor output) {
    return throughUpdate(seen(input));
  }

  @Override
  public Optional<ThinMaps> thinMaps() {
    if (layer.kind() == Kind.EMBEDDING || !hasWeightForm()) {
      return Optional.empty();
    }
    Tensor down = subtracted.map(s -> cat(new TensorVector(a, s.a()), 0)).orElse(a);
    Tensor up = subtracted.map(s -> cat(new TensorVector(b, s.b().neg()), 1)).orElse(b);
    return Optional.of(new ThinMaps(down, up.mul(TensorBridge.scalar(effectiveScale()))));
  }

  @Override
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    parameters.put("lora_A", a);
    parameters.put("lora_B", b);
    return parameters;
  }

  @Override
  public final Collection<Tensor> tensors() {
    List<Tensor> tensors = new ArrayList<>(parameters().values());
    subtracted.ifPresent(s -> tensors.addAll(List.of(s.a(), s.b())));
    return tensors;
  }

  @Override
  public final void beginEpoch(int number) {
    dropout.ifPresent(d -> d.beginEpoch(number));
  }

  @Override
  public final void close() {
    tensors().forEach(TensorScope::free);
    dropout.ifPresent(InputDropout::close);
  }
}
