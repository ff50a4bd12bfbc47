package dev.collapsar.study;

import dev.collapsar.InvalidInputException;
import dev.collapsar.run.MetricHistory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds the arm that another is held against. */
final class Controls {
  private final List<ArmRuns> arms;
  private final List<Axis> axes;

  Controls(List<ArmRuns> arms, List<Axis> axes) {
    this.arms = arms;
    this.axes = axes;
  }

  /**
   * Refuses a control that is neither a variant nor a value of an axis.
   *
   * @param origin what names it, for the message
   */
  void requireKnown(String origin, String name) {
    if (isVariant(name) || isValue(name)) {
      return;
    }
    Set<String> variants = new LinkedHashSet<>();
    arms.forEach(runs -> variants.add(runs.arm().variant()));
    throw new InvalidInputException(
        ("%s %s: there is no such variant or value of a setting that differs; variants:"
                + " %s; values: %s")
            .formatted(origin, name, String.join(", ", variants), values()));
  }

  /**
   * Refuses a choice that no run has.
   *
   * @param origin what names it, for the message
   */
  void requireChoice(String origin, Map<String, String> choice) {
    choice.forEach(
        (key, value) -> {
          if (!isValue(key + "=" + value)) {
            throw new InvalidInputException(
                "%s: no run has %s=%s beside runs that have not; values: %s"
                    .formatted(origin, key, value, values()));
          }
        });
  }

  private String values() {
    List<String> values = new ArrayList<>();
    axes.forEach(axis -> axis.values().forEach(value -> values.add(axis.key() + "=" + value)));
    return values.isEmpty() ? "none differ" : String.join(", ", values);
  }

  private boolean isVariant(String name) {
    return arms.stream().anyMatch(runs -> runs.arm().variant().equals(name));
  }

  private boolean isValue(String name) {
    return axes.stream()
        .anyMatch(axis -> axis.values().stream().anyMatch(v -> name.equals(axis.key() + "=" + v)));
  }

  /** The control of an arm for a metric; empty if the arm is it, or none was measured. */
  Optional<ArmRuns> of(ArmRuns arm, String name, MetricHistory.Key key) {
    return isVariant(name) ? variant(arm, name, key) : value(arm, name);
  }

  /** That variant under the same choice, in the same stage or else the last that has the metric. */
  private Optional<ArmRuns> variant(ArmRuns arm, String name, MetricHistory.Key key) {
    if (arm.arm().variant().equals(name)) {
      return Optional.empty();
    }
    List<ArmRuns> measured =
        arms.stream()
            .filter(other -> other.arm().variant().equals(name))
            .filter(
                other ->
                    other.arm().values().isEmpty()
                        || other.arm().values().equals(arm.arm().values()))
            .filter(other -> other.keys().contains(key))
            .toList();
    return measured.stream()
        .filter(other -> other.arm().stage().equals(arm.arm().stage()))
        .findFirst()
        .or(() -> measured.stream().reduce((first, second) -> second));
  }

  /** The same variant and stage where the axis has that value and all others are the same. */
  private Optional<ArmRuns> value(ArmRuns arm, String name) {
    int equals = name.indexOf('=');
    String key = name.substring(0, equals);
    Map<String, String> there = new LinkedHashMap<>(arm.arm().values());
    if (!there.containsKey(key) // no value of it changes the arm
        || name.substring(equals + 1).equals(there.put(key, name.substring(equals + 1)))) {
      return Optional.empty();
    }
    List<ArmRuns> alike =
        arms.stream()
            .filter(other -> other.arm().stage().equals(arm.arm().stage()))
            .filter(other -> other.arm().values().equals(there))
            .toList();
    return alike.stream()
        .filter(other -> other.arm().variant().equals(arm.arm().variant()))
        .findFirst()
        .or(
            () ->
                alike.stream()
                    .filter(other -> other.arm().role().equals(arm.arm().role()))
                    .findFirst());
  }
}
