package dev.collapsar.learn.spectra;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.adapter.part.FactoredUpdate;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.WeightSite.Kind;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.bytedeco.pytorch.Tensor;

/**
 * An adapter whose updates have lower ranks: each the nearest of its rank (Eckart and Young), kept
 * in the element type of its factors. Every scale is 1.
 *
 * @param layers by module, in natural order, what became of each
 */
public record Resizing(AdapterFile adapter, Map<String, Layer> layers) {
  /**
   * One layer.
   *
   * @param before its rank
   * @param after its rank now
   * @param spectrum of its update before
   * @param distance of the update in the new file from the old one, truncation and rounding
   *     together (Frobenius)
   */
  public record Layer(int before, int after, UpdateSpectrum spectrum, double distance) {
    /** The distance as a share of the update's norm; 0 of an update that is zero. */
    public double lost() {
      return distance == 0 ? 0 : distance / spectrum.norm();
    }
  }

  private record Resized(LoraFactors factors, Layer layer) {}

  public Resizing {
    layers = Collections.unmodifiableMap(layers);
  }

  /**
   * @param most no layer keeps more, whatever the rule says
   * @param progress told of each layer that is done
   * @throws InvalidInputException if the adapter uses DoRA, whose update depends on the base, or
   *     adapts a convolution in groups
   */
  public static Resizing of(AdapterFile adapter, RankRule rule, int most, LongConsumer progress) {
    AdapterConfig before = adapter.config();
    if (before.dora()) {
      throw new InvalidInputException(
          "a DoRA adapter's update depends on the base weights and cannot be resized; merge it");
    }
    Map<String, Layer> layers = new TreeMap<>(LayerOrder.NATURAL);
    Map<String, LoraFactors> modules = new TreeMap<>();
    Map<String, Integer> ranks = new TreeMap<>();
    Map<String, Double> alphas = new TreeMap<>();
    adapter
        .modules()
        .forEach(
            (module, factors) -> {
              double scale = before.scale(module);
              Resized resized =
                  TensorScope.within(() -> resized(module, factors, scale, rule, most));
              modules.put(module, resized.factors());
              layers.put(module, resized.layer());
              ranks.put(module, resized.layer().after());
              alphas.put(module, (double) resized.layer().after());
              progress.accept(1);
            });
    AdapterConfig config =
        AdapterConfig.ofModules(targets(before, modules), ranks, alphas)
            .loraBias(before.loraBias())
            .bias(before.bias())
            .dropout(before.dropout())
            .fanInFanOut(before.fanInFanOut())
            .modulesToSave(before.modulesToSave())
            .base(before.base())
            .build();
    return new Resizing(AdapterFile.of(config, modules, adapter.saved()), layers);
  }

  /** As they were, where that names just these modules. */
  private static ModuleSelector targets(AdapterConfig before, Map<String, LoraFactors> modules) {
    return before.excluded().isPresent()
        ? ModuleSelector.exactly(modules.keySet())
        : before.targets();
  }

  private static Resized resized(
      String module, LoraFactors factors, double scale, RankRule rule, int most) {
    if (factors.groups() > 1) {
      throw new InvalidInputException(
          module + ": a convolution in groups has an update for each and is not resized");
    }
    FactoredUpdate update = update(factors, scale);
    Decomposition whole = Decomposition.of(update);
    UpdateSpectrum spectrum = whole.spectrum();
    double norm = spectrum.norm();
    int there = whole.values().length; // beyond, there is nothing to keep
    int kept =
        whole.isZero()
            ? 1
            : Math.min(Math.min(most, there), rule.rank(whole.values(), norm * norm));
    Tensor a =
        whole.isZero()
            ? Decomposition.tensor(update.right().rows(0))
            : Decomposition.first(whole.right().vectors(), kept).t();
    Tensor b =
        whole.isZero()
            ? Decomposition.tensor(Matrix.zeros(update.left().rows(), 1))
            : Decomposition.first(whole.left().vectors(), kept)
                .mul(TensorBridge.doubles(Arrays.copyOf(whole.values(), kept), kept));
    LoraFactors stored = stored(module, factors, a, b, scale);
    double distance = distance(update, update(stored, 1));
    return new Resized(stored, new Layer(factors.rank(), kept, spectrum, distance));
  }

  /** ||B A - B' A'|| from factors side by side, [B, -B'] [A; A'], through a core. */
  private static double distance(FactoredUpdate one, FactoredUpdate other) {
    int m = one.left().rows();
    int n = one.right().columns();
    int r = one.left().columns();
    int q = other.left().columns();
    double[] left = new double[m * (r + q)];
    for (int i = 0; i < m; i++) {
      one.left().copy(i * r, left, i * (r + q), r);
      for (int k = 0; k < q; k++) {
        left[i * (r + q) + r + k] = -other.left().at(i * q + k);
      }
    }
    double[] right = new double[(r + q) * n];
    one.right().copy(0, right, 0, r * n);
    other.right().copy(0, right, r * n, q * n);
    return Decomposition.of(
            new FactoredUpdate(Matrix.of(m, r + q, left), Matrix.of(r + q, n, right)))
        .spectrum()
        .norm();
  }

  /** B A with A (r,n) and B (m,r), an embedding's too. */
  private static FactoredUpdate update(LoraFactors factors, double scale) {
    int rank = factors.rank();
    double[] b = factors.b().toDoubles();
    for (int i = 0; i < b.length; i++) {
      b[i] *= scale;
    }
    return new FactoredUpdate(
        Matrix.of(b.length / rank, rank, b),
        Matrix.of(rank, factors.a().elements() / rank, factors.a().toDoubles()));
  }

  private static LoraFactors stored(
      String module, LoraFactors like, Tensor a, Tensor b, double scale) {
    long[] shapeA = like.a().shape();
    long[] shapeB = like.b().shape();
    shapeA[0] = a.size(0);
    shapeB[1] = a.size(0);
    String name = module + (like.kind() == Kind.EMBEDDING ? ".lora_embedding_" : ".lora_");
    Optional<StoredTensor> bias =
        like.bias()
            .map(
                old ->
                    TensorBridge.storedInRange(
                        module + ".lora_B.bias",
                        TensorBridge.doubles(scaled(old.toDoubles(), scale), old.shape()),
                        old.type()));
    return new LoraFactors(
        like.kind(),
        TensorBridge.storedInRange(name + "A", a.reshape(shapeA), like.a().type()),
        TensorBridge.storedInRange(name + "B", b.reshape(shapeB), like.b().type()),
        bias,
        Optional.empty());
  }

  private static double[] scaled(double[] values, double factor) {
    double[] scaled = values.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= factor;
    }
    return scaled;
  }
}
