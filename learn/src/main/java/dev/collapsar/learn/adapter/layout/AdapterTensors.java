package dev.collapsar.learn.adapter.layout;

import dev.collapsar.data.FileTensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An adapter of typed parts.
 *
 * @param layout whose names it has: {@code PEFT}, {@code kohya}, ...
 * @param method what it is, such as {@code LORA}
 * @param targets what it changes of the base
 * @param saved tensors that stand in the place of the base's, or beside them, by the network's own
 *     names
 * @param baseCopies tensors of the base, by its names, that the file holds beside the factors: the
 *     same, or resized, and then they count
 * @param fanInFanOut what the configuration says of square weights, if it does
 * @param obstacle why it cannot be merged, in words for the user
 * @param notes what of the file was read but means nothing here, a line each
 */
public record AdapterTensors(
    String layout,
    String method,
    List<Target> targets,
    Map<String, FileTensor> saved,
    Map<String, FileTensor> baseCopies,
    boolean fanInFanOut,
    Optional<String> obstacle,
    List<String> notes) {
  public AdapterTensors {
    targets = List.copyOf(targets);
    saved = Collections.unmodifiableMap(new LinkedHashMap<>(saved));
    baseCopies = Collections.unmodifiableMap(new LinkedHashMap<>(baseCopies));
    notes = List.copyOf(notes);
  }

  /** An adapter of targets alone. */
  static AdapterTensors of(String layout, String method, List<Target> targets) {
    return new AdapterTensors(
        layout, method, targets, Map.of(), Map.of(), false, Optional.empty(), List.of());
  }

  /** What can be looked at and not merged. */
  static AdapterTensors unmergeable(String layout, String method, String obstacle) {
    return new AdapterTensors(
        layout, method, List.of(), Map.of(), Map.of(), false, Optional.of(obstacle), List.of());
  }

  AdapterTensors withObstacle(Optional<String> reason) {
    return new AdapterTensors(
        layout, method, targets, saved, baseCopies, fanInFanOut, reason, notes);
  }

  /** The elements of all parts and of what is saved in full. */
  public long parameters() {
    long parts = targets.stream().mapToLong(t -> t.choices().get(0).part().parameters()).sum();
    return parts + saved.values().stream().mapToLong(FileTensor::elements).sum();
  }
}
