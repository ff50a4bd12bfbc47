package dev.collapsar.calibration;

import dev.collapsar.metric.Measurement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The draws of many numbers under a null, all at once.
 *
 * @param name what was replaced, in words
 * @param draws m, how many draws were made
 * @param exhaustive whether they are all there are: then p is exact
 * @param values by id the values, in the order of the draws; fewer than m where some draws left the
 *     number undefined
 * @param units by id how large a value is whose rounding counts, where that is not 1
 * @param evenDimensions of how many dimensions features are that spread as evenly as the permuted
 *     ones; empty where that is not known
 */
public record NullDraws(
    String name,
    int draws,
    boolean exhaustive,
    Map<String, double[]> values,
    Map<String, Double> units,
    OptionalDouble evenDimensions) {
  public NullDraws {
    units = Map.copyOf(units);
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
        : Optional.of(
            ChanceLevel.of(id, observed, new NullSample(name, found), units.getOrDefault(id, 1.0)));
  }

  /** {@code <id>_null_mean}, ..., {@code <id>_p} of a number that was observed. */
  public List<Measurement> columns(Measurement observed) {
    NullColumns columns = NullColumns.of(observed.info());
    if (observed instanceof Measurement.Undefined undefined) {
      return columns.unknown(undefined.reason());
    }
    String id = observed.id();
    String note = exhaustive ? "all %d other orders of the labels" : "%d draws of " + name;
    String left = undefined(id) == 0 ? "" : ", %s of them undefined".formatted(undefined(id));
    return level(id, ((Measurement.Defined) observed).value())
        .map(level -> columns.of(level, String.format(Locale.ROOT, note, draws) + left))
        .orElseGet(() -> columns.unknown("fewer than two draws of %s define it".formatted(name)));
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

    NullDraws build(TotalSpread total, OptionalDouble evenDimensions) {
      Map<String, double[]> arrays = new LinkedHashMap<>();
      values.forEach(
          (id, list) -> arrays.put(id, list.stream().mapToDouble(Double::doubleValue).toArray()));
      return new NullDraws(name, draws, exhaustive, arrays, total.units(), evenDimensions);
    }
  }
}
