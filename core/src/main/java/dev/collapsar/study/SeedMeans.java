package dev.collapsar.study;

import dev.collapsar.inference.SeedValues;
import dev.collapsar.inference.SeedValues.Scale;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One number a seed: several adaptations of one base are averaged first, for they share it and are
 * no independent observations.
 *
 * @param bySeed on the scale: of logarithms the geometric mean
 * @param left which runs have no such number and why, a phrase each
 */
public record SeedMeans(Scale scale, SortedMap<Long, Double> bySeed, List<String> left) {
  public SeedMeans {
    bySeed = Collections.unmodifiableSortedMap(new TreeMap<>(bySeed));
    left = List.copyOf(left);
  }

  /**
   * @param values by seed, one an adaptation
   */
  static SeedMeans of(Scale scale, Map<Long, List<Double>> values, List<String> left) {
    SortedMap<Long, Double> means = new TreeMap<>();
    values.forEach((seed, several) -> means.put(seed, mean(scale, several)));
    return new SeedMeans(scale, means, left);
  }

  private static double mean(Scale scale, List<Double> values) {
    double[] plain = values.stream().mapToDouble(Double::doubleValue).toArray();
    // One adaptation is itself to the last bit, without a logarithm there and back.
    return plain.length == 1 ? plain[0] : new SeedValues(scale, plain).mean();
  }

  /** For tests and intervals; empty if no run has the number. */
  public Optional<SeedValues> values() {
    if (bySeed.isEmpty()) {
      return Optional.empty();
    }
    double[] plain = new ArrayList<>(bySeed.values()).stream().mapToDouble(v -> v).toArray();
    return Optional.of(new SeedValues(scale, plain));
  }

  public int count() {
    return bySeed.size();
  }
}
