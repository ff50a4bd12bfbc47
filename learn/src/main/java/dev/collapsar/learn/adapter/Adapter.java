package dev.collapsar.learn.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.weight.Weights;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.bytedeco.pytorch.Tensor;

/**
 * Low-rank updates that sit on a network's layers under one name. The layers own them; the
 * network's own tensors are never written to.
 *
 * <p>Several adapters on one network add up while they are active: {@link Weights#activate} and
 * {@link Weights#withActive} say which are.
 */
public final class Adapter {
  private final Network network;
  private final String name;
  private final AdapterConfig config;
  private final AdapterParts parts;

  private Adapter(Network network, String name, AdapterConfig config, AdapterSource source) {
    this.network = network;
    this.name = name;
    this.config = config;
    this.parts = AdapterParts.attach(network, name, config, source);
  }

  /**
   * Puts new factors on every layer that the configuration selects, active beside what was active
   * before. From now on this adapter alone is trained: the network's own parameters and other
   * adapters are frozen.
   *
   * @param seed A of layer L draws from its stream {@code lora/L}, dropout from {@code dropout/L}
   * @throws InvalidInputException if the configuration selects no layer, or asks for what a layer
   *     cannot carry; then the network is as it was
   */
  public static Adapter attach(Network network, String name, AdapterConfig config, Seed seed) {
    return attach(network, name, config, Map.of(), seed);
  }

  /**
   * Attaches new factors that start from class means.
   *
   * @param classMeans (K,D) at the input of each adapted layer, by its dotted name; of a
   *     convolution those of its patches, channels outermost
   */
  public static Adapter attach(
      Network network,
      String name,
      AdapterConfig config,
      Map<String, Matrix> classMeans,
      Seed seed) {
    if (!classMeans.isEmpty() && !config.initialization().needsClassMeans()) {
      throw new IllegalArgumentException(
          "initialization %s takes no class means, got those of %s"
              .formatted(config.initialization().spelling(), classMeans.keySet()));
    }
    AdapterSource source = new FreshSource(config, classMeans, seed);
    Adapter adapter = new Adapter(network, name, config, source);
    adapter.trainAlone();
    return adapter;
  }

  /**
   * Puts a file's adapter on the network, active beside what was active before. Nothing is trained,
   * neither it nor the network's own parameters, until {@link #trainAlone}; its dropout would draw
   * from the seed 0.
   *
   * @throws InvalidInputException if the file's tensors are not those that its configuration
   *     selects in this network; then the network is as it was
   */
  public static Adapter attach(Network network, String name, AdapterFile file) {
    return attach(network, name, file, new Seed(0));
  }

  /**
   * Attaches a file's adapter to train it further.
   *
   * @param seed dropout of layer L draws from its stream {@code dropout/L}
   */
  public static Adapter attach(Network network, String name, AdapterFile file, Seed seed) {
    Adapter adapter = new Adapter(network, name, file.config(), new FileSource(file, seed));
    network.weights().setTrainable(false);
    adapter.setTrainable(false);
    return adapter;
  }

  /** The configuration as it was attached. */
  public AdapterConfig config() {
    return config;
  }

  /** The dotted names of the layers that carry it, in the network's order. */
  public List<String> layers() {
    return List.copyOf(parts.updates().keySet());
  }

  /** Its parameters by name, such as {@code fc.lora_A.default}. */
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> own = network.weights().reparametrizationParameters();
    own.keySet().removeIf(parameter -> !parameter.endsWith("." + name));
    return own;
  }

  /** Lets its parameters be trained or freezes them; what else is trained stays as it is. */
  public void setTrainable(boolean on) {
    parameters().values().forEach(tensor -> tensor.requires_grad_(on));
  }

  /** Freezes everything else on the network, other adapters included, and trains this one. */
  public void trainAlone() {
    network.weights().setTrainable(false);
    network.weights().reparametrizationParameters().values().forEach(t -> t.requires_grad_(false));
    setTrainable(true);
  }

  /**
   * What the action computes without this adapter; other adapters stay as they are. Afterwards,
   * also when it throws, this one counts again if it did before.
   */
  public <T> T disabled(Supplier<T> action) {
    List<String> others = new ArrayList<>(network.weights().active());
    others.remove(name);
    return network.weights().withActive(others, action);
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
    parts.updates().values().forEach(update -> before.put(update, update.strength()));
    try {
      parts.updates().values().forEach(update -> update.setStrength(factor));
      return action.get();
    } finally {
      before.forEach(LowRankUpdate::setStrength);
    }
  }

  private static Supplier<Void> supplier(Runnable action) {
    return () -> {
      action.run();
      return null;
    };
  }

  /** Takes the adapter off the network and frees it; the network is then what it was before. */
  public void remove() {
    parts.remove();
  }

  /**
   * Learning rates of LoRA+ (Hayou et al. 2024) for a {@link dev.collapsar.learn.training.Trainer}:
   * B, and its bias, learn {@code ratio} times as fast as all else.
   *
   * @param ratio positive; the authors advise 16
   */
  public ToDoubleFunction<String> loraPlus(double ratio) {
    if (!(ratio > 0 && Double.isFinite(ratio))) {
      throw new IllegalArgumentException("the ratio of LoRA+ must be positive, got " + ratio);
    }
    return parameter ->
        parameter.contains(".lora_B.") && parameter.endsWith("." + name) ? ratio : 1;
  }

  /**
   * The adapter as PEFT keeps it, with the tensors as they are now. Where the configuration says
   * {@code all-linear} the file names the layers, as PEFT's own files do. PiSSA and OLoRA become
   * plain adapters of twice the rank that compute the same on the untouched base.
   *
   * @throws IllegalStateException if it was removed
   */
  public AdapterFile toFile() {
    if (parts.updates().isEmpty()) {
      throw new IllegalStateException("adapter %s was removed".formatted(name));
    }
    return AdapterFile.of(
        config.ofFile(layers(), network.modules()), parts.factors(), parts.saved());
  }

  /**
   * The update of the weight of an adapted Linear layer, scale * B A as it acts now, in double
   * precision; (out,in).
   *
   * @param layer one of {@link #layers}
   */
  public Matrix update(String layer) {
    LoraFactors factors = parts.factors().get(layer);
    int rank = factors.rank();
    int out = (int) factors.b().shape()[0];
    double scale = parts.updates().get(layer).effectiveScale();
    double[] tall = Arrays.stream(factors.b().toDoubles()).map(b -> scale * b).toArray();
    double[] wide = factors.a().toDoubles();
    return Blas.reference()
        .times(Matrix.of(out, rank, tall), Matrix.of(rank, wide.length / rank, wide));
  }

  /** The layers of a network that can carry an adapter. */
  public static List<AdaptableLayer> adaptable(Network network) {
    return FactoredLayer.of(network).values().stream().map(FactoredLayer::description).toList();
  }
}
