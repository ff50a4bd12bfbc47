package dev.collapsar.learn.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.run.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * Low-rank updates that sit on a network's layers under one name. The layers own them; the
 * network's own tensors are never written to.
 *
 * <p>Several adapters on one network add up while they are active: {@link Network#activate} and
 * {@link Network#withActive} say which are.
 */
public final class Adapter {
  private final Network network;
  private final String name;
  private final AdapterConfig config;
  private final Map<String, LowRankUpdate> updates = new LinkedHashMap<>();

  private Adapter(Network network, String name, AdapterConfig config) {
    this.network = network;
    this.name = name;
    this.config = config;
  }

  /**
   * Puts new factors on every layer that the configuration selects, active beside what was active
   * before. From now on they alone are trained: the network's own parameters and other adapters are
   * frozen.
   *
   * @param chance A of layer L draws from its stream {@code lora/L}
   * @throws InvalidInputException if the configuration selects no layer, or asks for what the
   *     layers cannot carry
   */
  public static Adapter attach(Network network, String name, AdapterConfig config, Seed chance) {
    Map<String, FactoredLayer> layers = layers(network);
    AdapterPlan plan = AdapterPlan.of(config, adaptable(network));
    Adapter adapter = new Adapter(network, name, config);
    adapter.put(
        plan,
        adapted -> {
          String path = adapted.layer().name();
          FactoredLayer layer = layers.get(path);
          FactorStart start =
              FactorStart.of(
                  layer, adapted.rank(), config.initialization(), chance.under("lora/" + path));
          return new LowRankUpdate(layer, start.a(), start.b(), ElementType.F32, adapted.scale());
        });
    adapter.trainAlone();
    return adapter;
  }

  /**
   * Puts a file's factors on the network, active beside what was active before. Nothing is trained,
   * neither they nor the network's own parameters, until {@link #trainAlone}.
   *
   * @throws InvalidInputException if the file's factors are not those that the configuration
   *     selects in this network
   */
  public static Adapter attach(Network network, String name, AdapterFile file) {
    Map<String, FactoredLayer> layers = layers(network);
    AdapterPlan plan = AdapterPlan.of(file.config(), adaptable(network));
    requireFit(plan, layers, file);
    Adapter adapter = new Adapter(network, name, file.config());
    adapter.put(
        plan,
        adapted -> {
          String path = adapted.layer().name();
          LoraFactors factors = file.modules().get(path);
          return new LowRankUpdate(
              layers.get(path),
              TensorBridge.tensor(factors.a()),
              TensorBridge.tensor(factors.b()),
              factors.a().type(),
              adapted.scale());
        });
    network.setTrainable(false);
    adapter.setTrainable(false);
    return adapter;
  }

  /** All updates or none. */
  private void put(AdapterPlan plan, Function<AdapterPlan.Adapted, LowRankUpdate> update) {
    if (name.isEmpty() || name.contains(".")) {
      throw new InvalidInputException(
          "adapter name '%s': must not be empty or contain a dot".formatted(name));
    }
    if (network.reparametrizations().contains(name)) {
      throw new InvalidInputException(
          "the network already carries an adapter %s; remove it or choose another name"
              .formatted(name));
    }
    try {
      for (AdapterPlan.Adapted adapted : plan.layers()) {
        String path = adapted.layer().name();
        TensorScope.runWithoutGradients(
            () -> {
              LowRankUpdate made = update.apply(adapted);
              updates.put(path, made);
              network.weightedLayers().get(path).weight().attach(name, made);
            });
      }
    } catch (RuntimeException e) {
      remove();
      throw e;
    }
  }

  /** The name on the network. */
  public String name() {
    return name;
  }

  /** The configuration as it was attached. */
  public AdapterConfig config() {
    return config;
  }

  /** The dotted names of the layers that carry it, in the network's order. */
  public List<String> layers() {
    return List.copyOf(updates.keySet());
  }

  /** Its parameters by name, such as {@code fc.lora_A.default}. */
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> own = network.reparametrizationParameters();
    own.keySet().removeIf(parameter -> !parameter.endsWith("." + name));
    return own;
  }

  /** The number of its parameters. */
  public long parameterCount() {
    return parameters().values().stream().mapToLong(Tensor::numel).sum();
  }

  /** Lets its parameters be trained or freezes them; what else is trained stays as it is. */
  public void setTrainable(boolean on) {
    parameters().values().forEach(tensor -> tensor.requires_grad_(on));
  }

  /** Freezes everything else on the network, other adapters included, and trains this one. */
  public void trainAlone() {
    network.setTrainable(false);
    network.reparametrizationParameters().values().forEach(t -> t.requires_grad_(false));
    setTrainable(true);
  }

  /**
   * What the action computes without this adapter; other adapters stay as they are. Afterwards,
   * also when it throws, this one counts again if it did before.
   */
  public <T> T disabled(Supplier<T> action) {
    List<String> others = new ArrayList<>(network.active());
    others.remove(name);
    return network.withActive(others, action);
  }

  /** Runs the action as {@link #disabled(Supplier)} does. */
  public void disabled(Runnable action) {
    disabled(supplier(action));
  }

  /**
   * What the action computes while alpha is {@code factor} times what it is: 0 is without the
   * update, 1 as trained. No tensor is touched.
   */
  public <T> T scaled(double factor, Supplier<T> action) {
    Map<LowRankUpdate, Double> before = new LinkedHashMap<>();
    updates.values().forEach(update -> before.put(update, update.strength()));
    try {
      updates.values().forEach(update -> update.setStrength(factor));
      return action.get();
    } finally {
      before.forEach(LowRankUpdate::setStrength);
    }
  }

  /** Runs the action as {@link #scaled(double, Supplier)} does. */
  public void scaled(double factor, Runnable action) {
    scaled(factor, supplier(action));
  }

  private static Supplier<Void> supplier(Runnable action) {
    return () -> {
      action.run();
      return null;
    };
  }

  /** Takes the adapter off the network and frees it; the network is then what it was before. */
  public void remove() {
    network
        .weights()
        .values()
        .forEach(
            weight -> {
              if (weight.reparametrizations().containsKey(name)) {
                weight.remove(name);
              }
            });
    updates.clear();
  }

  /**
   * The adapter as PEFT keeps it, with the factors as they are now. Where the configuration says
   * {@code all-linear} the file names the layers, as PEFT's own files do.
   *
   * @throws IllegalStateException if it was removed
   */
  public AdapterFile toFile() {
    if (updates.isEmpty()) {
      throw new IllegalStateException("adapter %s was removed".formatted(name));
    }
    Map<String, LoraFactors> modules = new LinkedHashMap<>();
    updates.forEach((path, update) -> modules.put(path, update.factors()));
    return AdapterFile.of(config.withNamedTargets(layers()), modules, Map.of());
  }

  /** The layers of a network that can carry an adapter. */
  public static List<AdaptableLayer> adaptable(Network network) {
    return layers(network).values().stream().map(FactoredLayer::description).toList();
  }

  private static Map<String, FactoredLayer> layers(Network network) {
    Map<String, FactoredLayer> layers = new LinkedHashMap<>();
    network
        .weightedLayers()
        .forEach(
            (path, layer) -> FactoredLayer.of(path, layer).ifPresent(f -> layers.put(path, f)));
    return layers;
  }

  private static void requireFit(
      AdapterPlan plan, Map<String, FactoredLayer> layers, AdapterFile file) {
    List<String> selected = plan.layers().stream().map(a -> a.layer().name()).toList();
    List<String> missing =
        selected.stream().filter(path -> !file.modules().containsKey(path)).toList();
    List<String> unexpected =
        file.modules().keySet().stream().filter(path -> !selected.contains(path)).toList();
    if (!missing.isEmpty() || !unexpected.isEmpty()) {
      throw new InvalidInputException(
          "the adapter is of another network: the configuration selects %s, for which it has no factors, and it has factors for %s, which the network's %s do not include"
              .formatted(missing, unexpected, layers.keySet()));
    }
    for (AdapterPlan.Adapted adapted : plan.layers()) {
      FactoredLayer layer = layers.get(adapted.layer().name());
      LoraFactors factors = file.modules().get(layer.path());
      boolean fits =
          factors.kind() == layer.kind()
              && Arrays.equals(factors.a().shape(), layer.shapeOfA(adapted.rank()))
              && Arrays.equals(factors.b().shape(), layer.shapeOfB(adapted.rank()));
      if (!fits) {
        throw new InvalidInputException(
            "the adapter is of another network: its A %s and B %s do not fit %s"
                .formatted(factors.a(), factors.b(), layer.description()));
      }
    }
  }
}
