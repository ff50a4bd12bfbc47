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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * New weights that compute what base weights with an adapter do.
 *
 * @param tensors the base's state dict with the adapter worked into it
 * @param changes by the name of each weight that was computed, how it differs from the base's; of
 *     what the adapter saves in full and of biases nothing is said
 * @param notes a line each on what was assumed of the base: a prefix of its names, a square weight
 *     that is (in,out)
 */
public record AdapterMerge(
    Map<String, StoredTensor> tensors, Map<String, Change> changes, List<String> notes) {
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
    notes = List.copyOf(notes);
  }

  /** As {@link #into(Map, AdapterFile, Optional)}, of a base whose square weights need no word. */
  public static AdapterMerge into(Map<String, StoredTensor> base, AdapterFile adapter) {
    return into(base, adapter, Optional.empty());
  }

  /**
   * Works the adapter into the base's state dict: W' = W + scale * B A, or for DoRA each row of
   * that scaled to its magnitude, computed in double precision and rounded once to W's element
   * type. The base's own tensors are not written to; those that the adapter does not change are
   * shared. A weight that the base keeps (in,out), as GPT-2's Conv1D does, gets the transposed
   * update; which are so is decided from the shapes, and of square weights from names.
   *
   * @param fanInFanOut which of the adapter's square layers the base keeps (in,out), by name or by
   *     what follows a dot of it; the others are then (out,in)
   * @throws InvalidInputException if the adapter is of another network; if it adapts a grouped
   *     convolution, whose update is no weight of such a layer; if it has a bias other than zero
   *     where the base has none; if nothing tells which way round a square weight stands; if a
   *     merged weight is not finite, or beyond the range of the base's element type
   */
  public static AdapterMerge into(
      Map<String, StoredTensor> base, AdapterFile adapter, Optional<List<String>> fanInFanOut) {
    BaseLayers layers = BaseLayers.of(base, adapter, fanInFanOut);
    Map<String, StoredTensor> merged = new LinkedHashMap<>(base);
    Map<String, Change> changes = new LinkedHashMap<>();
    Set<String> written = new HashSet<>();
    adapter
        .saved()
        .forEach((name, tensor) -> replace(merged, written, layers.names().of(name), tensor));
    adapter
        .modules()
        .forEach(
            (module, factors) -> {
              double scale = adapter.config().scale(module);
              String name = layers.names().of(module);
              BaseLayers.Placed weight = layers.weight(module);
              requireOnce(written, name + ".weight");
              requireOneGroup(name + ".weight", factors);
              TensorScope.run(
                  () -> {
                    Tensor exact = exact(weight, factors, scale);
                    StoredTensor rounded = rounded(name + ".weight", exact, weight.tensor().type());
                    merged.put(name + ".weight", rounded);
                    changes.put(name + ".weight", change(weight.tensor(), exact, rounded));
                  });
              addBias(merged, name + ".bias", factors, scale);
            });
    return new AdapterMerge(merged, changes, layers.notes());
  }

  private static void addBias(
      Map<String, StoredTensor> merged, String name, LoraFactors factors, double scale) {
    factors
        .bias()
        .filter(bias -> Arrays.stream(bias.toDoubles()).anyMatch(v -> v != 0))
        .ifPresent(
            bias -> {
              StoredTensor old = require(merged, name, "the adapter adds to");
              merged.put(name, plus(name, old, bias, scale));
            });
  }

  private static void requireOneGroup(String name, LoraFactors factors) {
    if (factors.groups() > 1) {
      throw new InvalidInputException(
          "%s: the update of a convolution in %d groups is no weight of such a convolution"
              .formatted(name, factors.groups()));
    }
  }

  /** W' in double precision as the base has it, in the caller's scope. */
  static Tensor exact(BaseLayers.Placed weight, LoraFactors factors, double scale) {
    Tensor original = TensorBridge.doubles(weight.tensor().toDoubles(), weight.tensor().shape());
    Tensor own = weight.turned() ? original.t() : original;
    Tensor update = Factors.of(factors).scaled(scale).product().squeeze(0); // (m,n)
    Tensor delta = factors.kind() == Kind.EMBEDDING ? update.t() : update;
    Tensor sum = own.add(delta.reshape(own.shape())); // W + s B A
    Tensor exact = factors.magnitude().map(m -> rescaled(sum, m, factors.kind())).orElse(sum);
    return weight.turned() ? exact.t() : exact;
  }

  /**
   * The values in this type, each rounded once.
   *
   * @throws InvalidInputException if one is not finite, or becomes so
   */
  static StoredTensor rounded(String name, Tensor exact, ElementType type) {
    if (!exact.isfinite().all().item_bool()) {
      throw new InvalidInputException(name + ": the result is not finite");
    }
    return TensorBridge.storedInRange(name, exact, type);
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
        () -> rounded(name, TensorBridge.doubles(sum, bias.shape()), bias.type()));
  }

  static StoredTensor require(Map<String, StoredTensor> state, String name, String reason) {
    StoredTensor found = state.get(name);
    if (found == null) {
      throw new InvalidInputException(
          "the base has no tensor %s, which %s".formatted(name, reason));
    }
    return found;
  }

  /** Names of the adapter's that differ may become one of the base's. */
  private static void requireOnce(Set<String> written, String name) {
    if (!written.add(name)) {
      throw new InvalidInputException("the adapter has two tensors for the base's " + name);
    }
  }

  private static void replace(
      Map<String, StoredTensor> state, Set<String> written, String name, StoredTensor by) {
    requireOnce(written, name);
    StoredTensor old = require(state, name, "the adapter saves in full");
    if (!Arrays.equals(old.shape(), by.shape())) {
      throw new InvalidInputException(
          "%s is %s in the base and %s in the adapter".formatted(name, old, by));
    }
    state.put(name, by);
  }
}
