package dev.collapsar.learn.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.Reparametrization;
import dev.collapsar.learn.weight.Weight;
import dev.collapsar.learn.weight.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The parts of an adapter on a network: updates and biases of B by the layer's dotted name, own
 * tensors by the tensor's. The layers own them.
 */
final class AdapterParts {
  private final Network network;
  private final String name;
  private final AdapterConfig config;
  private final Map<String, LowRankUpdate> updates = new LinkedHashMap<>();
  private final Map<String, LoraBias> biases = new LinkedHashMap<>();
  private final Map<String, OwnCopy> copies = new LinkedHashMap<>();

  private AdapterParts(Network network, String name, AdapterConfig config) {
    this.network = network;
    this.name = name;
    this.config = config;
  }

  /**
   * Everything or nothing.
   *
   * @throws InvalidInputException if a tensor has no place, or not the one that it is for
   */
  static AdapterParts attach(
      Network network, String name, AdapterConfig config, AdapterSource source) {
    AdapterParts parts = new AdapterParts(network, name, config);
    parts.requireUsable();
    source.requireRead(network.unreadNames());
    Map<String, FactoredLayer> layers = FactoredLayer.of(network);
    AdapterPlan plan =
        AdapterPlan.of(config, layers.values().stream().map(FactoredLayer::description).toList());
    try {
      TensorScope.runWithoutGradients(
          () -> {
            plan.layers().forEach(adapted -> parts.put(source, layers, adapted));
            parts.ownTensors(plan).forEach((tensor, module) -> parts.copy(source, tensor, module));
          });
      source.requireTaken(parts.updates.keySet(), parts.copies.keySet());
    } catch (RuntimeException e) {
      parts.remove();
      throw e;
    }
    return parts;
  }

  private void put(
      AdapterSource source, Map<String, FactoredLayer> layers, AdapterPlan.Adapted adapted) {
    String path = adapted.layer().name();
    FactoredLayer layer = layers.get(path);
    LowRankUpdate update = source.update(layer, adapted);
    give(layer.site().weight(), update);
    updates.put(path, update);
    if (config.loraBias()) {
      Weight bias =
          layer
              .site()
              .bias()
              .orElseThrow(
                  () ->
                      new InvalidInputException(
                          "lora_bias: %s has no bias to add to".formatted(adapted.layer())));
      LoraBias added = source.biasOfB(layer, update);
      give(bias, added);
      biases.put(path, added);
    }
  }

  private void copy(AdapterSource source, String tensor, Weights.Module module) {
    String last = tensor.substring(tensor.lastIndexOf('.') + 1);
    Weight weight = module.all().get(last);
    OwnCopy copy = source.copy(tensor, weight.original(), module.buffers().containsKey(last));
    give(weight, copy);
    copies.put(tensor, copy);
  }

  private void give(Weight weight, Reparametrization reparametrization) {
    try {
      weight.attach(name, reparametrization);
    } catch (RuntimeException e) {
      reparametrization.close();
      throw e;
    }
  }

  /** The layers of the tensors that the adapter trains in full, by the tensors' dotted names. */
  private Map<String, Weights.Module> ownTensors(AdapterPlan plan) {
    List<String> adapted = plan.layers().stream().map(a -> a.layer().name()).toList();
    Map<String, Weights.Module> tensors = new LinkedHashMap<>();
    network
        .weights()
        .modules()
        .forEach(
            (path, module) -> {
              boolean biased =
                  config.bias() == BiasMode.ALL
                      || config.bias() == BiasMode.LORA_ONLY && adapted.contains(path);
              module.all().keySet().stream()
                  .filter(tensor -> config.saves(path) || biased && tensor.equals("bias"))
                  .forEach(tensor -> tensors.put(path + "." + tensor, module));
            });
    return tensors;
  }

  private void requireUsable() {
    if (name.isEmpty() || name.contains(".")) {
      throw new InvalidInputException(
          "adapter name '%s': must not be empty or contain a dot".formatted(name));
    }
    if (network.weights().reparametrizations().contains(name)) {
      throw new InvalidInputException(
          "the network already carries an adapter %s; remove it or choose another name"
              .formatted(name));
    }
    if (config.loraBias() && config.bias() != BiasMode.NONE) {
      throw new InvalidInputException(
          "lora_bias and bias %s train the same biases twice; choose one"
              .formatted(config.bias().spelling()));
    }
    for (String module : config.modulesToSave()) {
      if (network.modules().stream().noneMatch(path -> saves(module, path))) {
        throw new InvalidInputException(
            "modules_to_save %s names no layer; the network has %s"
                .formatted(module, String.join(", ", network.modules())));
      }
    }
  }

  private static boolean saves(String module, String path) {
    return ("." + path + ".").contains("." + module + ".");
  }

  Map<String, LowRankUpdate> updates() {
    return updates;
  }

  /** The factors as they are now, by module. */
  Map<String, LoraFactors> factors() {
    Map<String, LoraFactors> modules = new LinkedHashMap<>();
    updates.forEach(
        (path, update) -> {
          Optional<StoredTensor> bias = Optional.ofNullable(biases.get(path)).map(LoraBias::stored);
          modules.put(path, update.factors().withBias(bias));
        });
    return modules;
  }

  /** The own tensors as they are now, by name. */
  Map<String, StoredTensor> saved() {
    Map<String, StoredTensor> saved = new LinkedHashMap<>();
    copies.forEach((tensor, copy) -> saved.put(tensor, copy.stored()));
    return saved;
  }

  void remove() {
    for (Weight weight : network.weights().all().values()) {
      if (weight.reparametrizations().containsKey(name)) {
        weight.remove(name);
      }
    }
    updates.clear();
    biases.clear();
    copies.clear();
  }
}
