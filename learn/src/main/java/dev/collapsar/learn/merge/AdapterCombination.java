package dev.collapsar.learn.merge;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.BiasMode;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.merge.CombinationMode.Cat;
import dev.collapsar.learn.merge.CombinationMode.Linear;
import dev.collapsar.learn.merge.LayerCombination.Term;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Several adapters made into one, computed in double precision and kept in the element types of the
 * first that has the layer.
 *
 * @param adapter the result: of scale 1 in every layer, except that {@link Cat} and {@link Linear}
 *     leave a single adapter its configuration
 * @param errors by layer, how far the result is from what the mode promises
 */
public record AdapterCombination(AdapterFile adapter, Map<String, ApproximationError> errors) {

  /** An adapter and what its update is multiplied by, which may be negative. */
  public record Weighted(AdapterFile adapter, double weight) {
    public Weighted {
      if (!Double.isFinite(weight)) {
        throw new IllegalArgumentException("weight must be finite, got " + weight);
      }
    }

    /**
     * The same adapter with its factors in double precision, so that the result of a combination is
     * in it too: for what is merged into a base and rounded there.
     */
    public Weighted widened() {
      Map<String, LoraFactors> modules = new TreeMap<>();
      adapter
          .modules()
          .forEach(
              (module, f) ->
                  modules.put(
                      module,
                      new LoraFactors(
                          f.kind(),
                          widened(f.a()),
                          widened(f.b()),
                          f.bias().map(Weighted::widened),
                          f.magnitude().map(Weighted::widened))));
      return new Weighted(AdapterFile.of(adapter.config(), modules, adapter.saved()), weight);
    }

    private static StoredTensor widened(StoredTensor tensor) {
      return StoredTensor.of(tensor.toDoubles(), tensor.shape());
    }
  }

  /**
   * How far a layer's update, as the result's file holds it, is from the one that the mode promises
   * (from the sum of w_i Delta_i for {@link Linear}): truncation, cross terms and the rounding of
   * the elements together.
   *
   * @param distance in the Frobenius norm
   * @param norm of the promised update
   */
  public record ApproximationError(double distance, double norm) {
    /** The distance as a share of the norm: 0 if both are 0, infinite if only the norm is. */
    public double relative() {
      return distance == 0 ? 0 : distance / norm;
    }
  }

  private record Layer(LoraFactors factors, ApproximationError error) {}

  public AdapterCombination {
    errors = Collections.unmodifiableMap(new TreeMap<>(errors));
  }

  /**
   * Combines the adapters; their order does not matter, not even to a bit.
   *
   * @param adapters by a name of the caller's choice, at least one
   * @throws InvalidInputException if one uses DoRA, whose update depends on the base weights; if
   *     factors of the same layer do not fit together; if two save the same tensor in full, or one
   *     does at a weight other than 1, or saves what another adapts; if the rank does not suit a
   *     convolution's groups; if the element type of the factors cannot hold a number of the
   *     result, or one is not finite
   */
  public static AdapterCombination of(Map<String, Weighted> adapters, CombinationMode mode) {
    if (adapters.isEmpty()) {
      throw new IllegalArgumentException("no adapters to combine");
    }
    Map<String, Weighted> sorted = new TreeMap<>(adapters);
    sorted.forEach(AdapterCombination::requirePlain);
    final Map<String, StoredTensor> saved = saved(sorted);
    AdapterConfig first = sorted.values().iterator().next().adapter().config();
    boolean keepsConfig = sorted.size() == 1 && (mode instanceof Cat || mode instanceof Linear);
    boolean biased = sorted.values().stream().anyMatch(w -> w.adapter().config().loraBias());
    Map<String, LoraFactors> modules = new TreeMap<>();
    Map<String, ApproximationError> errors = new TreeMap<>();
    terms(sorted)
        .forEach(
            (module, terms) -> {
              requireNotSaved(module, sorted);
              double scale = keepsConfig ? first.scale(module) : 1;
              Layer layer = TensorScope.within(() -> layer(module, terms, mode, scale, biased));
              modules.put(module, layer.factors());
              errors.put(module, layer.error());
            });
    AdapterConfig config = keepsConfig ? first : config(sorted.values(), modules, biased);
    return new AdapterCombination(AdapterFile.of(config, modules, saved), errors);
  }

  private static Layer layer(
      String module, List<Term> terms, CombinationMode mode, double scale, boolean biased) {
    LayerCombination.Result result = new LayerCombination(module, terms, scale).combine(mode);
    LoraFactors like = terms.get(0).factors();
    Optional<StoredTensor> bias =
        biased ? Optional.of(bias(module, terms, scale)) : Optional.empty();
    LoraFactors factors = result.factors().stored(module, like, bias);
    double distance =
        Factors.of(factors).scaled(scale).product().sub(result.promised()).norm().item_double();
    return new Layer(
        factors, new ApproximationError(distance, result.promised().norm().item_double()));
  }

  /** The biases of B add up like the updates themselves, in every mode. */
  private static StoredTensor bias(String module, List<Term> terms, double scale) {
    LoraFactors like = terms.get(0).factors();
    double[] sum = new double[Math.toIntExact(like.b().shape()[0])];
    for (Term term : terms) {
      double strength = term.strength(scale);
      double[] own = term.factors().bias().map(StoredTensor::toDoubles).orElse(new double[0]);
      for (int i = 0; i < own.length; i++) {
        sum[i] += strength * own[i];
      }
    }
    return Factors.rounded(
        module + ".lora_B.bias", TensorBridge.doubles(sum, sum.length), like.b().type());
  }

  private static void requirePlain(String name, Weighted weighted) {
    if (weighted.adapter().config().dora()) {
      throw new InvalidInputException(
          name
              + ": a DoRA adapter's update depends on the base weights and cannot be combined;"
              + " merge it into its base, alone and at weight 1");
    }
    if (!weighted.adapter().saved().isEmpty() && weighted.weight() != 1) {
      throw new InvalidInputException(
          "%s: it saves %s in full, so its weight must be 1, got %s"
              .formatted(
                  name, weighted.adapter().saved().keySet().iterator().next(), weighted.weight()));
    }
  }

  /** A module in the result can be adapted or saved in full, not both. */
  private static void requireNotSaved(String module, Map<String, Weighted> adapters) {
    adapters.forEach(
        (name, weighted) -> {
          if (weighted.adapter().config().saves(module)) {
            throw new InvalidInputException(
                "%s: it saves %s in full, which another adapter adapts".formatted(name, module));
          }
        });
  }

  private static Map<String, StoredTensor> saved(Map<String, Weighted> adapters) {
    Map<String, StoredTensor> saved = new TreeMap<>();
    adapters.forEach(
        (name, weighted) ->
            weighted
                .adapter()
                .saved()
                .forEach(
                    (path, tensor) -> {
                      if (saved.putIfAbsent(path, tensor) != null) {
                        throw new InvalidInputException(
                            "%s: another adapter saves %s in full too; only one may"
                                .formatted(name, path));
                      }
                    }));
    return saved;
  }

  /** What each layer is combined of, in the order of the adapters' names. */
  private static Map<String, List<Term>> terms(Map<String, Weighted> adapters) {
    Map<String, List<Term>> terms = new TreeMap<>();
    adapters.forEach(
        (name, weighted) ->
            weighted
                .adapter()
                .modules()
                .forEach(
                    (module, factors) -> {
                      List<Term> others = terms.computeIfAbsent(module, m -> new ArrayList<>());
                      if (!others.isEmpty()) {
                        requireFit(module, others.get(0), name, factors);
                      }
                      double scale = weighted.adapter().config().scale(module);
                      others.add(new Term(name, weighted.weight(), scale, factors));
                    }));
    return terms;
  }

  private static void requireFit(String module, Term one, String name, LoraFactors other) {
    LoraFactors first = one.factors();
    boolean fits =
        first.kind() == other.kind()
            && first.groups() == other.groups()
            && Arrays.equals(outer(first.a(), 0), outer(other.a(), 0))
            && Arrays.equals(outer(first.b(), 1), outer(other.b(), 1));
    if (!fits) {
      throw new InvalidInputException(
          ("%s and %s are of different networks: in %s one has A %s and B %s, the other A"
                  + " %s and B %s")
              .formatted(one.adapter(), name, module, first.a(), first.b(), other.a(), other.b()));
    }
  }

  private static long[] outer(StoredTensor tensor, int rankDimension) {
    long[] shape = tensor.shape();
    shape[rankDimension] = 0;
    return shape;
  }

  private static AdapterConfig config(
      Collection<Weighted> adapters, Map<String, LoraFactors> modules, boolean biased) {
    List<AdapterConfig> configs = adapters.stream().map(w -> w.adapter().config()).toList();
    Map<String, Integer> ranks = new TreeMap<>();
    Map<String, Double> alphas = new TreeMap<>();
    modules.forEach(
        (module, factors) -> {
          ranks.put(module, factors.rank());
          alphas.put(module, (double) factors.rank());
        });
    return AdapterConfig.ofModules(targets(configs, modules.keySet()), ranks, alphas)
        .loraBias(biased)
        .bias(bias(configs))
        .fanInFanOut(configs.stream().anyMatch(AdapterConfig::fanInFanOut))
        .modulesToSave(
            configs.stream().flatMap(c -> c.modulesToSave().stream()).distinct().toList())
        .base(configs.get(0).base())
        .build();
  }

  /** All that one of them selects. */
  private static ModuleSelector targets(List<AdapterConfig> configs, Set<String> modules) {
    List<String> names = new ArrayList<>();
    for (AdapterConfig config : configs) {
      if (!(config.targets() instanceof ModuleSelector.Named named)
          || config.excluded().isPresent()) {
        return ModuleSelector.exactly(modules);
      }
      names.addAll(named.names());
    }
    return new ModuleSelector.Named(names.stream().distinct().toList());
  }

  private static BiasMode bias(List<AdapterConfig> configs) {
    List<BiasMode> modes = configs.stream().map(AdapterConfig::bias).toList();
    return Stream.of(BiasMode.ALL, BiasMode.LORA_ONLY)
        .filter(modes::contains)
        .findFirst()
        .orElse(BiasMode.NONE);
  }
}
