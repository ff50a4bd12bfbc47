package dev.collapsar.learn.merge;

import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * An adapter in numbers, computed in double precision.
 *
 * @param modules by dotted name, in the adapter's order
 */
public record AdapterSummary(AdapterFile adapter, Map<String, Module> modules) {
  /**
   * One adapted layer.
   *
   * @param scale what multiplies B A
   * @param scaleOrigin how it comes about, such as {@code 16/4} or {@code 6/sqrt(3)}: alpha and
   *     rank, with a note if they are from a pattern
   * @param updateNorm Frobenius norm of what the adapter adds to the weight; absent for DoRA
   *     without a base, whose weight it depends on
   * @param baseNorm of the base's weight, if there is a base
   */
  public record Module(
      LoraFactors factors,
      double scale,
      String scaleOrigin,
      OptionalDouble updateNorm,
      OptionalDouble baseNorm) {
    /** The number of elements of the adapted weight. */
    public long layerParameters() {
      return Arrays.stream(factors.weightShape()).reduce(1, Math::multiplyExact);
    }

    /** Whether the adapter has more parameters than the weight that it adapts. */
    public boolean isLargerThanLayer() {
      return factors.parameters() > layerParameters();
    }

    /** The update's norm as a share of the weight's; absent if either is, or the weight is 0. */
    public OptionalDouble share() {
      return updateNorm.isPresent() && baseNorm.orElse(0) > 0
          ? OptionalDouble.of(updateNorm.getAsDouble() / baseNorm.getAsDouble())
          : OptionalDouble.empty();
    }
  }

  public AdapterSummary {
    modules = Collections.unmodifiableMap(new LinkedHashMap<>(modules));
  }

  /** Summarises the adapter on its own. */
  public static AdapterSummary of(AdapterFile adapter) {
    return of(adapter, Map.of());
  }

  /**
   * Summarises the adapter beside its base.
   *
   * @param threads that look at the base's weights
   * @throws dev.collapsar.InvalidInputException if the base lacks an adapted weight, or has it in
   *     another shape
   */
  public static AdapterSummary on(BaseNetwork base, AdapterFile adapter, int threads) {
    // Norms are the same either way round, except where DoRA rescales rows.
    Optional<List<String>> squares =
        adapter.config().dora() ? Optional.empty() : Optional.of(List.of());
    NetworkMerge merge = NetworkMerge.of(base, adapter.parts(), squares);
    Map<String, Change> changes = merge.changes(threads);
    Map<String, Change> byModule = new HashMap<>();
    for (String module : adapter.modules().keySet()) {
      merge.weightOf(module).map(changes::get).ifPresent(c -> byModule.put(module, c));
    }
    return of(adapter, byModule);
  }

  private static AdapterSummary of(AdapterFile adapter, Map<String, Change> changes) {
    Map<String, Module> modules = new LinkedHashMap<>();
    adapter
        .modules()
        .forEach(
            (name, factors) ->
                modules.put(
                    name,
                    module(
                        adapter.config(), name, factors, Optional.ofNullable(changes.get(name)))));
    return new AdapterSummary(adapter, modules);
  }

  private static Module module(
      AdapterConfig config, String name, LoraFactors factors, Optional<Change> change) {
    double scale = config.scale(name);
    OptionalDouble update =
        config.dora()
            ? change.stream().mapToDouble(Change::update).findFirst()
            : OptionalDouble.of(
                TensorScope.within(() -> Math.abs(scale) * Factors.of(factors).norm()));
    return new Module(
        factors,
        scale,
        scaleOrigin(config, name),
        update,
        change.stream().mapToDouble(Change::base).findFirst());
  }

  private static String scaleOrigin(AdapterConfig config, String module) {
    String alpha = Double.toString(config.alpha(module)).replaceFirst("\\.0$", "");
    String origin = alpha + (config.rankStabilized() ? "/sqrt(%d)" : "/%d");
    boolean patterned =
        config.rank(module) != config.rank() || config.alpha(module) != config.alpha();
    return String.format(Locale.ROOT, origin, config.rank(module))
        + (patterned ? " by pattern" : "");
  }
}
