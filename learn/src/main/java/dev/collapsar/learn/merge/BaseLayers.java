package dev.collapsar.learn.merge;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where in a base's state dict the layers of an adapter are. */
final class BaseLayers {
  /**
   * A weight as the base has it.
   *
   * @param turned whether it is (in,out)
   */
  record Placed(StoredTensor tensor, boolean turned) {}

  private final Map<String, StoredTensor> base;
  private final AdapterFile adapter;
  private final BaseNames names;
  private final Orientation orientation;

  private BaseLayers(
      Map<String, StoredTensor> base,
      AdapterFile adapter,
      BaseNames names,
      Orientation orientation) {
    this.base = base;
    this.adapter = adapter;
    this.names = names;
    this.orientation = orientation;
  }

  /**
   * @throws InvalidInputException as {@link BaseNames#of} and {@link Orientation#of} say
   */
  static BaseLayers of(
      Map<String, StoredTensor> base, AdapterFile adapter, Optional<List<String>> fanInFanOut) {
    BaseNames names = BaseNames.of(base, adapter);
    return new BaseLayers(base, adapter, names, Orientation.of(base, adapter, names, fanInFanOut));
  }

  BaseNames names() {
    return names;
  }

  /** What was assumed, a line each. */
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    names.note().ifPresent(notes::add);
    notes.addAll(orientation.notes());
    return List.copyOf(notes);
  }

  /**
   * The base's weight that this module of the adapter's adapts.
   *
   * @throws InvalidInputException if there is none of that shape
   */
  Placed weight(String module) {
    String name = names.of(module) + ".weight";
    StoredTensor weight = AdapterMerge.require(base, name, "the adapter adapts");
    LoraFactors factors = adapter.modules().get(module);
    boolean turned = orientation.isTurned(module);
    if (!turned && !Arrays.equals(weight.shape(), factors.weightShape())) {
      throw new InvalidInputException(
          "%s: the adapter is for a weight of shape %s, the base has %s"
              .formatted(
                  name, Arrays.toString(factors.weightShape()), Arrays.toString(weight.shape())));
    }
    if (!weight.type().isFloating()) {
      throw new InvalidInputException(
          "%s is %s in the base, must be of real numbers".formatted(name, weight));
    }
    return new Placed(weight, turned);
  }
}
