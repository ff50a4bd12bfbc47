package dev.collapsar.learn.network;

import static org.bytedeco.pytorch.global.torch.createCPUGenerator;

import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.checkpoint.StateDictMatch;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.run.Seed;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;

/**
 * A tree of layers with a head: logits (n,K) of samples, and the tensors inside by PyTorch's dotted
 * names.
 */
public final class Network implements AutoCloseable {
  private final NetworkSpec spec;
  private final Layer root;
  private final Map<String, Layer> layers = new LinkedHashMap<>();

  private Network(NetworkSpec spec) {
    this.spec = spec;
    Layer[] built = new Layer[1];
    TensorScope.run(() -> built[0] = spec.build());
    this.root = built[0];
    collect("", root);
    head(); // fails now if the spec names a head that is none
  }

  /** A network with initial values from the streams {@code init/<layer>} of the seed. */
  public static Network initialized(NetworkSpec spec, Seed seed) {
    Network network = new Network(spec);
    TensorScope.runWithoutGradients(
        () -> {
          network.layers.forEach(
              (name, layer) -> layer.initialize(createCPUGenerator(seed.stream("init/" + name))));
        });
    return network;
  }

  /**
   * Another network with the same parameters and buffers, in the same mode; without this one's
   * reparametrizations.
   */
  public Network copy() {
    Network copy = new Network(spec);
    TensorScope.runWithoutGradients(
        () -> {
          Map<String, Tensor> state = state();
          copy.state().forEach((name, tensor) -> tensor.copy_(state.get(name)));
        });
    copy.setTraining(root.isTraining());
    return copy;
  }

  /**
   * Takes parameters and buffers from a file.
   *
   * @param state by PyTorch's names, such as {@link dev.collapsar.learn.checkpoint.Checkpoint}'s
   * @param file as the user spelled it, for the message
   * @throws dev.collapsar.InvalidInputException if a name is missing, unexpected or has another
   *     shape; then nothing was taken
   */
  public void load(Map<String, StoredTensor> state, String file) {
    Map<String, Tensor> needed = state();
    Map<String, long[]> neededShapes = new LinkedHashMap<>();
    Map<String, long[]> foundShapes = new LinkedHashMap<>();
    needed.forEach((name, tensor) -> neededShapes.put(name, tensor.shape()));
    state.forEach((name, tensor) -> foundShapes.put(name, tensor.shape()));
    StateDictMatch.of(neededShapes, foundShapes).requireExact(file);
    TensorScope.runWithoutGradients(
        () -> needed.forEach((name, tensor) -> tensor.copy_(TensorBridge.tensor(state.get(name)))));
  }

  public NetworkSpec spec() {
    return spec;
  }

  /** Logits (n,K). */
  public Tensor forward(Tensor input) {
    return root.apply(input);
  }

  /**
   * Logits (n,K) of this input, telling {@code listener} what passes at each tap on the way, in the
   * network's order. The tensors belong to the caller's scope.
   */
  public Tensor forward(
      Tensor input, Iterable<TapPoint> taps, BiConsumer<TapPoint, Tensor> listener) {
    try {
      for (TapPoint tap : taps) {
        Layer layer = layer(tap.layer());
        if (tap.side() == TapPoint.Side.INPUT) {
          layer.tapInput(value -> listener.accept(tap, value));
        } else {
          layer.tapOutput(value -> listener.accept(tap, value));
        }
      }
      return root.apply(input);
    } finally {
      for (TapPoint tap : taps) {
        layer(tap.layer()).tapInput(null);
        layer(tap.layer()).tapOutput(null);
      }
    }
  }

  /** The last Linear layer. */
  public Linear head() {
    return (Linear) layer(spec.head());
  }

  /** The representation before the head, as a place to listen at. */
  public TapPoint representation() {
    return TapPoint.input(spec.head());
  }

  /** Every layer of the tree below the root by dotted name, in the network's order. */
  public Map<String, Layer> layers() {
    return Collections.unmodifiableMap(layers);
  }

  /** The layer of this dotted name. */
  public Layer layer(String name) {
    Layer found = layers.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "no layer %s in %s; there are %s".formatted(name, spec.name(), layers.keySet()));
    }
    return found;
  }

  /** The layers with a weight, by dotted name: where adapters can attach. */
  public Map<String, WeightedLayer> weightedLayers() {
    Map<String, WeightedLayer> weighted = new LinkedHashMap<>();
    layers.forEach(
        (name, layer) -> {
          if (layer instanceof WeightedLayer w) {
            weighted.put(name, w);
          }
        });
    return weighted;
  }

  /** The network's own parameters by dotted name, without those of reparametrizations. */
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    layers.forEach(
        (name, layer) -> layer.parameters().forEach((n, t) -> all.put(name + "." + n, t)));
    return all;
  }

  /** Parameters and buffers by dotted name: PyTorch's state dict. */
  public Map<String, Tensor> state() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    layers.forEach(
        (name, layer) -> {
          layer.parameters().forEach((n, t) -> all.put(name + "." + n, t));
          layer.buffers().forEach((n, t) -> all.put(name + "." + n, t));
        });
    return all;
  }

  /**
   * The tensors of all reparametrizations by {@code layer.tensor.reparametrization}, such as {@code
   * classifier.1.lora_A.default}.
   */
  public Map<String, Tensor> reparametrizationParameters() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    weightedLayers()
        .forEach(
            (layer, weighted) ->
                weighted
                    .weight()
                    .reparametrizations()
                    .forEach(
                        (name, reparametrization) ->
                            reparametrization
                                .parameters()
                                .forEach((n, t) -> all.put(layer + "." + n + "." + name, t))));
    return all;
  }

  /**
   * Every parameter that an optimizer may change now, the network's own and its
   * reparametrizations', by name.
   */
  public Map<String, Tensor> trainable() {
    Map<String, Tensor> all = parameters();
    all.putAll(reparametrizationParameters());
    all.values().removeIf(tensor -> !tensor.requires_grad());
    return all;
  }

  /** What no optimizer may change now: parameters that require no gradient, and all buffers. */
  public Map<String, Tensor> frozen() {
    Map<String, Tensor> all = state();
    all.values().removeIf(Tensor::requires_grad);
    return all;
  }

  /** The number of parameters, the network's own and its reparametrizations'. */
  public long parameterCount() {
    return count(parameters()) + count(reparametrizationParameters());
  }

  /** The number of parameters that an optimizer may change now. */
  public long trainableCount() {
    return count(trainable());
  }

  /** Lets every parameter of the network's own be trained, or none. */
  public void setTrainable(boolean on) {
    parameters().values().forEach(tensor -> tensor.requires_grad_(on));
  }

  /** Freezes every parameter but those of the layer of this dotted name. */
  public void setTrainableOnly(String layer) {
    setTrainable(false);
    layer(layer).parameters().values().forEach(tensor -> tensor.requires_grad_(true));
  }

  /** The head as it acts, adapters included: effective weights (K,D) and bias (K). */
  public Classifier classifier() {
    return TensorScope.withinWithoutGradients(
        () -> {
          Tensor weight = head().weight().effective(); // (K,D)
          int classes = (int) weight.size(0);
          int width = (int) weight.size(1);
          double[] bias =
              head().bias() == null ? new double[classes] : TensorBridge.toDoubles(head().bias());
          return new Classifier(Matrix.of(classes, width, TensorBridge.toDoubles(weight)), bias);
        });
  }

  /** A linear classifier: weights (K,D) and bias (K). */
  public record Classifier(Matrix weights, double[] bias) {}

  /**
   * Training mode (dropout drops, batch normalisation adapts) or evaluation mode, for all layers.
   */
  public void setTraining(boolean on) {
    root.setTraining(on);
  }

  /** Moves parameters and buffers to the device; the tensors stay the same objects. */
  public void to(Device device) {
    TensorScope.run(() -> state().values().forEach(t -> t.set_data(t.to(device, t.scalar_type()))));
  }

  @Override
  public void close() {
    root.close();
  }

  private void collect(String prefix, Layer parent) {
    parent
        .children()
        .forEach(
            (name, layer) -> {
              layers.put(prefix + name, layer);
              collect(prefix + name + ".", layer);
            });
  }

  private static long count(Map<String, Tensor> tensors) {
    return tensors.values().stream().mapToLong(Tensor::numel).sum();
  }
}
