package dev.collapsar.learn.merge;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.network.WeightSite.Kind;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * New weights that compute what base weights with an adapter do.
 *
 * @param tensors the base's state dict with the adapter worked into it
 * @param changes by the name of each weight that was computed, how it differs from the base's; of
 *     what the adapter saves in full and of biases nothing is said
 */
public record AdapterMerge(Map<String, StoredTensor> tensors, Map<String, Change> changes) {
  /**
   * What merging did to a weight, in Frobenius norms.
   *
   * @param base norm of the base's weight W
   * @param update of what was added to it, before rounding: W' - W
   * @param rounding of what rounding W' to W's element type took away
   * @param largestRounding the same at the element where it is largest
   */
  public record Change(double base, double update, double rounding, double largestRounding) {}

  public AdapterMerge {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    changes = Collections.unmodifiableMap(new LinkedHashMap<>(changes));
  }

  /**
   * Works the adapter into the base's state dict: W' = W + scale * B A, or for DoRA each row of
   * that scaled to its magnitude, computed in double precision and rounded once to W's element
   * type. The base's own tensors are not written to; those that the adapter does not change are
   * shared.
   *
   * @throws InvalidInputException if the adapter is of another network; if it adapts a grouped
   *     convolution, whose update is no weight of such a layer; if it has a bias other than zero
   *     where the base has none; if it says {@code fan_in_fan_out} of a square weight, whose
   *     orientation nothing tells; if a merged weight is not finite
   */
  public static AdapterMerge into(Map<String, StoredTensor> base, AdapterFile adapter) {
    Map<String, StoredTensor> merged = new LinkedHashMap<>(base);
    Map<String, Change> changes = new LinkedHashMap<>();
    adapter.saved().forEach((name, tensor) -> replace(merged, name, tensor));
    adapter
        .modules()
        .forEach(
            (module, factors) -> {
              double scale = adapter.config().scale(module);
              String name = module + ".weight";
              StoredTensor weight = weight(base, module, adapter);
              requireOneGroup(name, factors);
              TensorScope.run(
                  () -> {
                    Tensor exact = exact(weight, factors, scale);
                    StoredTensor rounded = rounded(name, exact, weight.type());
                    merged.put(name, rounded);
                    changes.put(name, change(weight, exact, rounded));
                  });
              factors
                  .bias()
                  .filter(bias -> Arrays.stream(bias.toDoubles()).anyMatch(v -> v != 0))
                  .ifPresent(
                      bias -> {
                        String biasName = module + ".bias";
                        StoredTensor old = require(merged, biasName, "the adapter adds to");
                        merged.put(biasName, plus(biasName, old, bias, scale));
                      });
            });
    return new AdapterMerge(merged, changes);
  }

  /**
   * The base's weight that this module adapts.
   *
   * @throws InvalidInputException if there is none of that shape
   */
  static StoredTensor weight(Map<String, StoredTensor> base, String module, AdapterFile adapter) {
    String name = module + ".weight";
    StoredTensor weight = require(base, name, "the adapter adapts");
    LoraFactors factors = adapter.modules().get(module);
    long[] needed = factors.weightShape();
    if (!Arrays.equals(weight.shape(), needed)) {
      throw new InvalidInputException(
          "%s: the adapter is for a weight of shape %s, the base has %s"
              .formatted(name, Arrays.toString(needed), Arrays.toString(weight.shape())));
    }
    if (!weight.type().isFloating()) {
      throw new InvalidInputException(
          "%s is %s in the base, must be of real numbers".formatted(name, weight));
    }
    if (adapter.config().fanInFanOut() && factors.kind() == Kind.LINEAR && needed[0] == needed[1]) {
      throw new InvalidInputException(
          "%s: fan_in_fan_out is true, so a square weight may stand as (in,out) or as (out,in);"
                  .formatted(name)
              + " set it to false if the base is (out,in), as PyTorch's Linear");
    }
    return weight;
  }

  private static void requireOneGroup(String name, LoraFactors factors) {
    if (factors.groups() > 1) {
      throw new InvalidInputException(
          "%s: the update of a convolution in %d groups is no weight of such a convolution"
              .formatted(name, factors.groups()));
    }
  }

  /** W' in double precision, in the caller's scope. */
  static Tensor exact(StoredTensor weight, LoraFactors factors, double scale) {
    long[] shape = weight.shape();
    Tensor update = Factors.of(factors).scaled(scale).product().squeeze(0); // (m,n)
    Tensor delta = factors.kind() == Kind.EMBEDDING ? update.t() : update;
    Tensor sum =
        TensorBridge.doubles(weight.toDoubles(), shape).add(delta.reshape(shape)); // W + s B A
    return factors.magnitude().map(m -> rescaled(sum, m, factors.kind())).orElse(sum);
  }

  private static StoredTensor rounded(String name, Tensor exact, ElementType type) {
    if (!exact.isfinite().all().item_bool()) {
      throw new InvalidInputException(name + ": the merged weight is not finite");
    }
    return TensorBridge.stored(exact, type);
  }

  private static Change change(StoredTensor weight, Tensor exact, StoredTensor rounded) {
    Tensor before = TensorBridge.doubles(weight.toDoubles(), weight.shape());
    Tensor lost = TensorBridge.doubles(rounded.toDoubles(), rounded.shape()).sub(exact);
    return new Change(
        before.norm().item_double(),
        exact.sub(before).norm().item_double(),
        lost.norm().item_double(),
        lost.abs().max().item_double());
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
