package dev.collapsar.learn.merge;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdaptableLayer.Kind;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** New weights that compute what base weights with an adapter do. */
public final class AdapterMerge {
  private AdapterMerge() {}

  /**
   * The base's state dict with the adapter worked into it: W + scale * B A, or for DoRA each row of
   * that scaled to its magnitude, computed in double precision and rounded once to W's element
   * type. The base's own tensors are not written to; those that the adapter does not change are
   * shared.
   *
   * @throws InvalidInputException if the adapter is of another network; if it adapts a grouped
   *     convolution, whose update is no weight of such a layer; if it has a bias where the base has
   *     none; if a merged weight is not finite
   */
  public static Map<String, StoredTensor> into(
      Map<String, StoredTensor> base, AdapterFile adapter) {
    Map<String, StoredTensor> merged = new LinkedHashMap<>(base);
    adapter.saved().forEach((name, tensor) -> replace(merged, name, tensor));
    adapter
        .modules()
        .forEach(
            (module, factors) -> {
              double scale = adapter.config().scale(module);
              String name = module + ".weight";
              StoredTensor weight = require(base, name, "the adapter adapts");
              merged.put(name, TensorScope.within(() -> merged(name, weight, factors, scale)));
              factors
                  .bias()
                  .ifPresent(
                      bias -> {
                        String biasName = module + ".bias";
                        StoredTensor old = require(merged, biasName, "the adapter adds to");
                        merged.put(biasName, plus(biasName, old, bias, scale));
                      });
            });
    return merged;
  }

  private static StoredTensor merged(
      String name, StoredTensor weight, LoraFactors factors, double scale) {
    Tensor whole = weight(name, weight, factors, scale);
    if (!whole.isfinite().all().item_bool()) {
      throw new InvalidInputException(name + ": the merged weight is not finite");
    }
    return TensorBridge.stored(whole, weight.type());
  }

  private static Tensor weight(
      String name, StoredTensor weight, LoraFactors factors, double scale) {
    if (factors.groups() > 1) {
      throw new InvalidInputException(
          "%s: the update of a convolution in %d groups is no weight of such a convolution"
              .formatted(name, factors.groups()));
    }
    long[] shape = weight.shape();
    Tensor update = Factors.of(factors).scaled(scale).product().squeeze(0); // (m,n)
    Tensor delta = factors.kind() == Kind.EMBEDDING ? update.t() : update;
    long[] needed = factors.kind() == Kind.CONV2D ? factors.a().shape() : null;
    if (needed == null) {
      needed = new long[] {delta.size(0), delta.size(1)};
    } else {
      needed[0] = update.size(0);
    }
    if (!Arrays.equals(shape, needed)) {
      throw new InvalidInputException(
          "%s: the adapter is for a weight of shape %s, the base has %s"
              .formatted(name, Arrays.toString(needed), Arrays.toString(shape)));
    }
    Tensor sum =
        TensorBridge.doubles(weight.toDoubles(), shape).add(delta.reshape(shape)); // W + s B A
    return factors.magnitude().map(m -> rescaled(sum, m, factors.kind())).orElse(sum);
  }

  /** DoRA: every row (of an embedding every column) of the norm that was learned for it. */
  private static Tensor rescaled(Tensor weight, StoredTensor magnitude, Kind kind) {
    Tensor rows = (kind == Kind.EMBEDDING ? weight.t() : weight).flatten(1, -1); // (m,n)
    Tensor norms = rows.mul(rows).sum(1).sqrt(); // (m)
    Tensor learned = TensorBridge.doubles(magnitude.toDoubles(), magnitude.elements()); // (m)
    Tensor scaled = rows.mul(learned.div(norms).unsqueeze(1));
    return kind == Kind.EMBEDDING ? scaled.t() : scaled.view_as(weight);
  }

  private static StoredTensor plus(
      String name, StoredTensor bias, StoredTensor change, double scale) {
    double[] sum = bias.toDoubles();
    double[] term = change.toDoubles();
    if (sum.length != term.length) {
      throw new InvalidInputException(
          "%s: the adapter's has %d elements, the base's %d"
              .formatted(name, term.length, sum.length));
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] += scale * term[i];
    }
    return TensorScope.within(
        () -> TensorBridge.stored(TensorBridge.doubles(sum, bias.shape()), bias.type()));
  }

  private static StoredTensor require(Map<String, StoredTensor> state, String name, String reason) {
    StoredTensor found = state.get(name);
    if (found == null) {
      throw new InvalidInputException(
          "the base has no tensor %s, which %s".formatted(name, reason));
    }
    return found;
  }

  private static void replace(Map<String, StoredTensor> state, String name, StoredTensor by) {
    StoredTensor old = require(state, name, "the adapter saves in full");
    if (!Arrays.equals(old.shape(), by.shape())) {
      throw new InvalidInputException(
          "%s is %s in the base and %s in the adapter".formatted(name, old, by));
    }
    state.put(name, by);
  }
}
