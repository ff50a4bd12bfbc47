package dev.collapsar.calibration;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What chance gave for many numbers at once, draw by draw.
 *
 * @param name what was replaced, in words
 * @param draws m, how many draws were made
 * @param exhaustive whether they are all there are: then p is exact
 * @param values by id the values, in the order of the draws; fewer than m where some draws left the
 *     number undefined
 */
public record NullDraws(String name, int draws, boolean exhaustive, Map<String, double[]> values) {
  public NullDraws {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** How many draws left this number undefined: they take no part in its level. */
  public int undefined(String id) {
    return draws - (values.containsKey(id) ? values.get(id).length : 0);
  }

  /** The level of a number; empty if fewer than two draws define it. */
  public Optional<ChanceLevel> level(String id, double observed) {
    double[] found = values.get(id);
    return found == null || found.length < 2
        ? Optional.empty()
        : Optional.of(ChanceLevel.of(id, observed, new NullSample(name, found)));
  }

  /** Collects draws. */
  static final class Builder {
    private final String name;
    private final boolean exhaustive;
    private final Map<String, List<Double>> values = new LinkedHashMap<>();
    private int draws;

    Builder(String name, boolean exhaustive) {
      this.name = name;
      this.exhaustive = exhaustive;
    }

    void add(Map<String, Double> draw) {
      draws++;
      draw.forEach((id, value) -> values.computeIfAbsent(id, k -> new ArrayList<>()).add(value));
    }

    NullDraws build() {
      Map<String, double[]> arrays = new LinkedHashMap<>();
      values.forEach(
          (id, list) -> arrays.put(id, list.stream().mapToDouble(Double::doubleValue).toArray()));
      return new NullDraws(name, draws, exhaustive, arrays);
    }
  }
}
