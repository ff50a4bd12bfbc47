package dev.collapsar.learn.merge;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.network.WeightSite.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which way round a base keeps the weights of the layers that an adapter adapts: (out,in) as
 * PyTorch's Linear does, or (in,out) as the Conv1D of transformers' GPT-2.
 *
 * <p>Decided layer by layer from the shapes of weight, factors and bias. The configuration's one
 * {@code fan_in_fan_out} cannot tell, since PEFT sets it by the last layer it wrapped. Of a square
 * weight shapes do not tell either. It is (in,out) if the user says so, or if it has a name that
 * GPT-2 gives its Conv1D and the base's other layers of such names are (in,out); it is (out,in) if
 * nothing in base or adapter is (in,out); otherwise it is refused.
 */
final class Orientation {
  /**
   * What GPT-2 calls its Conv1D layers; StarCoder and nanoGPT have Linear layers of these names.
   */
  private static final Set<String> CONV1D = Set.of("c_attn", "q_attn", "c_proj", "c_fc");

  private static final String WEIGHT = ".weight";

  private final Map<String, StoredTensor> base;
  private final AdapterFile adapter;
  private final BaseNames names;
  private final Optional<List<String>> declared;
  private final Set<Boolean> turnedOfConv1d;
  private final Map<String, Boolean> turned = new TreeMap<>();
  private final List<String> notes = new ArrayList<>();

  private Orientation(
      Map<String, StoredTensor> base,
      AdapterFile adapter,
      BaseNames names,
      Optional<List<String>> declared) {
    this.base = base;
    this.adapter = adapter;
    this.names = names;
    this.declared = declared;
    this.turnedOfConv1d = turnedOfConv1d();
  }

  /**
   * Decides for every Linear layer of the adapter that the base has.
   *
   * @param declared the layers that are (in,out) though their shape does not tell, by whole names
   *     or what follows one of their dots; the other square ones are (out,in)
   * @throws InvalidInputException if a square layer is undecided, or the declaration names a layer
   *     that the adapter does not have or that its shape contradicts
   */
  static Orientation of(
      Map<String, StoredTensor> base,
      AdapterFile adapter,
      BaseNames names,
      Optional<List<String>> declared) {
    Orientation orientation = new Orientation(base, adapter, names, declared);
    declared.ifPresent(all -> all.forEach(orientation::requireLayer));
    orientation.linear().forEach(orientation::decideByShape);
    orientation.linear().forEach(orientation::decideSquare);
    return orientation;
  }

  /** Whether the base's weight is (in,out). */
  boolean isTurned(String module) {
    return turned.getOrDefault(module, false);
  }

  /** What was assumed of square layers, a line each. */
  List<String> notes() {
    return List.copyOf(notes);
  }

  /** Whether the weight is not square and (in,out) for these factors. */
  static boolean isTurned(StoredTensor weight, LoraFactors factors) {
    long[] shape = weight.shape();
    long[] needed = factors.weightShape();
    return factors.kind() == Kind.LINEAR
        && shape.length == 2
        && needed[0] != needed[1]
        && shape[0] == needed[1]
        && shape[1] == needed[0];
  }

  /** The adapter's Linear layers that the base has. */
  private Map<String, LoraFactors> linear() {
    Map<String, LoraFactors> linear = new TreeMap<>(adapter.modules());
    linear
        .entrySet()
        .removeIf(
            layer -> layer.getValue().kind() != Kind.LINEAR || weight(layer.getKey()) == null);
    return linear;
  }

  private StoredTensor weight(String module) {
    return base.get(names.of(module) + WEIGHT);
  }

  private static boolean isSquare(LoraFactors factors) {
    return factors.weightShape()[0] == factors.weightShape()[1];
  }

  private void decideByShape(String module, LoraFactors factors) {
    if (isSquare(factors)) {
      return;
    }
    boolean found = isTurned(weight(module), factors) && isCredible(module, factors);
    if (!found && isDeclared(module)) {
      throw new InvalidInputException(
          "--fan-in-fan-out: %s is %s in the base, which is (out,in)"
              .formatted(module, weight(module)));
    }
    turned.put(module, found);
  }

  /**
   * A transposed shape may also be another network's. The bias tells, which has as many elements as
   * the layer has outputs; without one a name, the configuration or the user must say so.
   */
  private boolean isCredible(String module, LoraFactors factors) {
    StoredTensor bias = base.get(names.of(module) + ".bias");
    return bias != null
        ? bias.elements() == factors.weightShape()[0]
        : CONV1D.contains(last(module)) || adapter.config().fanInFanOut() || isDeclared(module);
  }

  private void decideSquare(String module, LoraFactors factors) {
    if (!isSquare(factors)) {
      return;
    }
    boolean decided;
    if (declared.isPresent()) {
      decided = isDeclared(module);
    } else if (CONV1D.contains(last(module)) && turnedOfConv1d.size() < 2) {
      decided = turnedOfConv1d.stream().findAny().orElse(adapter.config().fanInFanOut());
      notes.add(
          module
              + (decided
                  ? " is square and taken as (in,out), as GPT-2 keeps layers of such names"
                  : " is square and taken as (out,in), as the base's others of such names are"));
    } else if (adapter.config().fanInFanOut()
        || turned.containsValue(true)
        || turnedOfConv1d.contains(true)) {
      throw undecided(module);
    } else {
      decided = false;
    }
    turned.put(module, decided);
  }

  private InvalidInputException undecided(String module) {
    return new InvalidInputException(
        "%s: other layers are (in,out) or fan_in_fan_out is true, and its weight is square, so it"
                .formatted(module)
            + " may stand either way; say with --fan-in-fan-out NAME,... which square layers are"
            + " (in,out), or 'none'");
  }

  private boolean isDeclared(String module) {
    return declared.isPresent() && declared.get().stream().anyMatch(name -> isNamed(module, name));
  }

  private static boolean isNamed(String module, String name) {
    return module.equals(name) || module.endsWith("." + name);
  }

  private void requireLayer(String name) {
    if (linear().keySet().stream().noneMatch(module -> isNamed(module, name))) {
      throw new InvalidInputException(
          "--fan-in-fan-out: '%s' is no Linear layer that the adapter and the base have, such as %s"
              .formatted(
                  name, linear().keySet().stream().limit(3).collect(Collectors.joining(", "))));
    }
  }

  /**
   * What the biases beside weights of GPT-2's names say: a bias has as many elements as the layer
   * has outputs.
   */
  private Set<Boolean> turnedOfConv1d() {
    return base.entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(WEIGHT))
        .map(Map.Entry::getKey)
        .map(name -> name.substring(0, name.length() - WEIGHT.length()))
        .filter(module -> CONV1D.contains(last(module)))
        .map(module -> turned(base.get(module + WEIGHT), base.get(module + ".bias")))
        .flatMap(Optional::stream)
        .collect(Collectors.toSet());
  }

  private static Optional<Boolean> turned(StoredTensor weight, StoredTensor biasOrNull) {
    long[] shape = weight.shape();
    if (biasOrNull == null || shape.length != 2 || shape[0] == shape[1]) {
      return Optional.empty();
    }
    long outputs = biasOrNull.elements();
    return Arrays.stream(shape).anyMatch(length -> length == outputs)
        ? Optional.of(shape[1] == outputs)
        : Optional.empty();
  }

  private static String last(String module) {
    return module.substring(module.lastIndexOf('.') + 1);
  }
}
