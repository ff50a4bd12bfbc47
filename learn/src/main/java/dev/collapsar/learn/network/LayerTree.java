package dev.collapsar.learn.network;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;

/** What is in a network: its layers and their tensors by dotted name, in the network's order. */
abstract sealed class LayerTree implements AutoCloseable permits Network {
  private final String name;
  private final Layer root;
  private final Map<String, Layer> layers = new LinkedHashMap<>();
  private final Tensor anchor; // any parameter: all are on one device; null if there is none

  LayerTree(String name, Layer root) {
    this.name = name;
    this.root = root;
    collect("", root);
    this.anchor = parameters().values().stream().findFirst().orElse(null);
  }

  private void collect(String prefix, Layer parent) {
    parent
        .children()
        .forEach(
            (child, layer) -> {
              layers.put(prefix + child, layer);
              collect(prefix + child + ".", layer);
            });
  }

  final Layer root() {
    return root;
  }

  /** Every layer of the tree below the root by dotted name, in the network's order. */
  public final Map<String, Layer> layers() {
    return Collections.unmodifiableMap(layers);
  }

  /** The layer of this dotted name. */
  public final Layer layer(String path) {
    Layer found = layers.get(path);
    if (found == null) {
      throw new IllegalArgumentException(
          "no layer %s in %s; there are %s".formatted(path, name, layers.keySet()));
    }
    return found;
  }

  /** Whether any layer is a convolution. */
  public final boolean hasConvolutions() {
    return layers.values().stream().anyMatch(Conv2d.class::isInstance);
  }

  /** The layers with a weight, by dotted name: where adapters can attach. */
  public final Map<String, WeightedLayer> weightedLayers() {
    Map<String, WeightedLayer> weighted = new LinkedHashMap<>();
    layers.forEach(
        (path, layer) -> {
          if (layer instanceof WeightedLayer w) {
            weighted.put(path, w);
          }
        });
    return weighted;
  }

  /** The network's own parameters by dotted name, without those of reparametrizations. */
  public final Map<String, Tensor> parameters() {
    return ofEachLayer(Layer::parameters);
  }

  /** Every parameter and buffer by dotted name, with what sits on it. */
  public final Map<String, Weight> weights() {
    return ofEachLayer(Layer::weights);
  }

  /** Parameters and buffers by dotted name: PyTorch's state dict. */
  public final Map<String, Tensor> state() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    weights().forEach((path, weight) -> all.put(path, weight.original()));
    return all;
  }

  /**
   * The parameters of all reparametrizations by {@code layer.tensor.reparametrization}, such as
   * {@code classifier.1.lora_A.default}.
   */
  public final Map<String, Tensor> reparametrizationParameters() {
    return ofEachLayer(
        layer -> {
          Map<String, Tensor> all = new LinkedHashMap<>();
          for (Weight weight : layer.weights().values()) {
            weight
                .reparametrizations()
                .forEach((on, r) -> r.parameters().forEach((n, t) -> all.put(n + "." + on, t)));
          }
          return all;
        });
  }

  private <T> Map<String, T> ofEachLayer(Function<Layer, Map<String, T>> part) {
    Map<String, T> all = new LinkedHashMap<>();
    layers.forEach(
        (path, layer) -> part.apply(layer).forEach((n, value) -> all.put(path + "." + n, value)));
    return all;
  }

  /** All parameters, the network's own and its reparametrizations', by name. */
  final Map<String, Tensor> allParameters() {
    Map<String, Tensor> all = parameters();
    all.putAll(reparametrizationParameters());
    return all;
  }

  /**
   * Every parameter that an optimizer may change now, the network's own and its
   * reparametrizations', by name.
   */
  public final Map<String, Tensor> trainable() {
    Map<String, Tensor> all = allParameters();
    all.values().removeIf(tensor -> !tensor.requires_grad());
    return all;
  }

  /** Reads the values of each {@link #trainable} parameter in turn, row-major. */
  public final void readTrainable(BiConsumer<String, float[]> reader) {
    trainable().forEach((path, tensor) -> reader.accept(path, TensorBridge.toFloats(tensor)));
  }

  /** The shapes of {@link #parameters}. */
  public final Map<String, List<Long>> parameterShapes() {
    return shapes(parameters());
  }

  /** The shapes of {@link #reparametrizationParameters}. */
  public final Map<String, List<Long>> reparametrizationShapes() {
    return shapes(reparametrizationParameters());
  }

  private static Map<String, List<Long>> shapes(Map<String, Tensor> tensors) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    tensors.forEach(
        (path, tensor) -> shapes.put(path, Arrays.stream(tensor.shape()).boxed().toList()));
    return shapes;
  }

  /** The number of parameters, the network's own and its reparametrizations'. */
  public final long parameterCount() {
    return count(allParameters());
  }

  /** The number of parameters that an optimizer may change now. */
  public final long trainableCount() {
    return count(trainable());
  }

  private static long count(Map<String, Tensor> tensors) {
    return tensors.values().stream().mapToLong(Tensor::numel).sum();
  }

  /** The sum of the squares of all parameters, the network's own and its reparametrizations'. */
  public final double squaredNorm() {
    return allParameters().values().stream()
        .mapToDouble(
            tensor ->
                TensorScope.withinWithoutGradients(
                    () -> {
                      double norm = tensor.norm().item_double();
                      return norm * norm;
                    }))
        .sum();
  }

  /**
   * Training mode (dropout drops, batch normalisation adapts) or evaluation mode, for all layers.
   */
  public final void setTraining(boolean on) {
    root.setTraining(on);
  }

  /**
   * Moves parameters and buffers, those of reparametrizations included, to the device; the tensors
   * stay the same objects. Inputs are moved on their way in.
   */
  public final void to(Device device) {
    TensorScope.run(
        () -> {
          state().values().forEach(tensor -> move(tensor, device));
          weights().values().stream()
              .flatMap(weight -> weight.reparametrizations().values().stream())
              .forEach(r -> r.tensors().forEach(tensor -> move(tensor, device)));
        });
  }

  private static void move(Tensor tensor, Device device) {
    tensor.set_data(tensor.to(device, tensor.scalar_type()));
  }

  /** Where the parameters are. */
  final Device device() {
    return anchor.device();
  }

  /** The input where the parameters are; as it is if there are none. */
  final Tensor moved(Tensor input) {
    return anchor == null ? input : input.to(device(), input.scalar_type());
  }

  @Override
  public final void close() {
    root.close();
  }
}
