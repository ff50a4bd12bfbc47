package dev.collapsar.learn.network;

import static org.bytedeco.pytorch.global.torch.createCPUGenerator;
import static org.bytedeco.pytorch.global.torch.zeros;

import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.checkpoint.StateDictMatch;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.run.Seed;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;

/**
 * A tree of layers with a head: logits (n,K) of samples, and the tensors inside by PyTorch's dotted
 * names.
 */
public final class Network implements AutoCloseable {
  /** The name of the tap at the head's input. */
  public static final String REPRESENTATION = "representation";

  private final NetworkSpec spec;
  private final Layer root;
  private final Map<String, Layer> layers = new LinkedHashMap<>();
  private final Tensor anchor; // any parameter: all are on one device; null if there is none

  private Network(NetworkSpec spec) {
    this(spec, built(spec));
    head(); // fails now if the spec names a head that is none
  }

  private Network(NetworkSpec spec, Layer root) {
    this.spec = spec;
    this.root = root;
    collect("", root);
    this.anchor = parameters().values().stream().findFirst().orElse(null);
  }

  private static Layer built(NetworkSpec spec) {
    Layer[] built = new Layer[1];
    TensorScope.run(() -> built[0] = spec.build());
    return built[0];
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
    copy.to(device());
    copy.setTraining(root.isTraining());
    return copy;
  }

  /**
   * Fills parameters and buffers with those of a state dict, such as a checkpoint's, rounded to
   * their element types; with zero what may be missing there.
   *
   * @param source the file as the user spelled it, for the message
   * @throws dev.collapsar.InvalidInputException if a name or shape does not agree; it lists which,
   *     and nothing is changed
   */
  public void load(Map<String, StoredTensor> stored, String source) {
    Map<String, Tensor> state = state();
    Map<String, long[]> needed = new LinkedHashMap<>();
    state.forEach((name, tensor) -> needed.put(name, tensor.shape()));
    Map<String, long[]> found = new LinkedHashMap<>();
    stored.forEach((name, tensor) -> found.put(name, tensor.shape()));
    StateDictMatch.of(needed, found).requireExact(source);
    TensorScope.runWithoutGradients(
        () ->
            state.forEach(
                (name, tensor) -> {
                  tensor.zero_();
                  if (stored.containsKey(name)) {
                    tensor.copy_(TensorBridge.tensor(stored.get(name)));
                  }
                }));
  }

  /** A copy of {@link #state} as a file holds it. */
  public Map<String, StoredTensor> stored() {
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    state()
        .forEach(
            (name, tensor) ->
                stored.put(name, TensorBridge.stored(tensor, TensorBridge.elementType(tensor))));
    return stored;
  }

  public NetworkSpec spec() {
    return spec;
  }

  /** Logits (n,K). */
  public Tensor forward(Tensor input) {
    return root.apply(anchor == null ? input : input.to(device(), input.scalar_type()));
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
      return forward(input);
    } finally {
      for (TapPoint tap : taps) {
        layer(tap.layer()).tapInput(null);
        layer(tap.layer()).tapOutput(null);
      }
    }
  }

  /**
   * This network from the layer of this dotted name on, for inputs that passed what is before it:
   * the same layers under the same names, which this one owns. All of it if the name is empty.
   *
   * @throws IllegalArgumentException if layers do not simply follow one another there
   */
  public Network from(String layer) {
    return layer.isEmpty() ? this : part(layer, false);
  }

  /** What {@link #from} leaves out, likewise: it maps inputs to what enters there. */
  public Network until(String layer) {
    return part(layer, true);
  }

  private Network part(String layer, boolean before) {
    layer(layer); // says which there are
    if (!(root instanceof Sequential sequence)) {
      throw new IllegalArgumentException(
          "the layers of %s do not simply follow one another".formatted(spec.name()));
    }
    return new Network(spec, sequence.part(layer, before));
  }

  /**
   * The dotted name of the first layer whose output for an input may change in training: because it
   * or a reparametrization on it is trained, drops at random, or moves its buffers. The head if all
   * before it is fixed; empty if nothing with a weight is.
   */
  public String firstMoving() {
    return root instanceof Sequential sequence ? sequence.firstMoving(spec.head()) : "";
  }

  /**
   * Logits (n,K) of this input with these layers, by dotted name, taking detours. The tensors
   * belong to the caller's scope.
   */
  public Tensor forward(Tensor input, Map<String, Detour> detours) {
    try {
      detours.forEach((name, detour) -> layer(name).detour(detour));
      return forward(input);
    } finally {
      detours.keySet().forEach(name -> layer(name).detour(null));
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

  /**
   * The place of this name to listen at: a layer's, for its output, or {@link #REPRESENTATION}.
   *
   * @throws IllegalArgumentException if there is no such layer
   */
  public TapPoint tap(String name) {
    if (name.equals(REPRESENTATION)) {
      return representation();
    }
    layer(name);
    return TapPoint.output(name);
  }

  /**
   * What there is to listen at for one sample of this shape: the shape of one sample's values at
   * each tap by name, in the order in which they are computed, {@link #REPRESENTATION} last.
   */
  public Map<String, List<Long>> tapShapes(List<Long> sample) {
    boolean training = root.isTraining();
    setTraining(false);
    Map<TapPoint, String> names = new LinkedHashMap<>();
    layers.keySet().forEach(name -> names.put(TapPoint.output(name), name));
    names.put(representation(), REPRESENTATION);
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    TensorScope.runWithoutGradients(
        () -> {
          long[] one =
              LongStream.concat(LongStream.of(1), sample.stream().mapToLong(Long::longValue))
                  .toArray();
          forward(
              zeros(one),
              names.keySet(),
              (tap, value) ->
                  shapes.put(
                      names.get(tap), Arrays.stream(value.shape()).skip(1).boxed().toList()));
        });
    setTraining(training);
    List<Long> last = shapes.remove(REPRESENTATION);
    shapes.put(REPRESENTATION, last);
    return shapes;
  }

  /** Every layer of the tree below the root by dotted name, in the network's order. */
  public Map<String, Layer> layers() {
    return Collections.unmodifiableMap(layers);
  }

  /** Whether any layer is a convolution. */
  public boolean hasConvolutions() {
    return layers.values().stream().anyMatch(Conv2d.class::isInstance);
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

  /** Every parameter and buffer by dotted name, with what sits on it. */
  public Map<String, Weight> weights() {
    Map<String, Weight> all = new LinkedHashMap<>();
    layers.forEach(
        (name, layer) -> layer.weights().forEach((n, weight) -> all.put(name + "." + n, weight)));
    return all;
  }

  /**
   * The parameters of all reparametrizations by {@code layer.tensor.reparametrization}, such as
   * {@code classifier.1.lora_A.default}.
   */
  public Map<String, Tensor> reparametrizationParameters() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    layers.forEach(
        (layer, l) ->
            l.weights()
                .values()
                .forEach(
                    weight ->
                        weight
                            .reparametrizations()
                            .forEach(
                                (name, reparametrization) ->
                                    reparametrization
                                        .parameters()
                                        .forEach(
                                            (n, t) -> all.put(layer + "." + n + "." + name, t)))));
    return all;
  }

  /** The names of the reparametrizations on any tensor, in the order they were attached. */
  public Set<String> reparametrizations() {
    Set<String> names = new LinkedHashSet<>();
    weights().values().forEach(weight -> names.addAll(weight.reparametrizations().keySet()));
    return names;
  }

  /** The names of those that count on any tensor. */
  public Set<String> active() {
    Set<String> names = new LinkedHashSet<>();
    weights().values().forEach(weight -> names.addAll(weight.activeNames()));
    return names;
  }

  /**
   * Makes exactly the reparametrizations of these names count, on every tensor that carries them
   * and in this order: none of them is the network as it was, several add up.
   *
   * @throws dev.collapsar.InvalidInputException as {@link Weight#activate} says; then nothing
   *     changes
   */
  public void activate(Collection<String> names) {
    if (!reparametrizations().containsAll(names)) {
      throw new IllegalArgumentException(
          "no reparametrizations %s; there are %s".formatted(names, reparametrizations()));
    }
    Map<Weight, List<String>> before = activeByWeight();
    try {
      before
          .keySet()
          .forEach(
              weight ->
                  weight.activate(
                      names.stream().filter(weight.reparametrizations()::containsKey).toList()));
    } catch (RuntimeException e) {
      before.forEach(Weight::activate);
      throw e;
    }
  }

  /**
   * What the action computes while exactly these reparametrizations count; afterwards, also when it
   * throws, those count again that did before.
   */
  public <T> T withActive(Collection<String> names, Supplier<T> action) {
    Map<Weight, List<String>> before = activeByWeight();
    try {
      activate(names);
      return action.get();
    } finally {
      before.forEach(Weight::activate);
    }
  }

  private Map<Weight, List<String>> activeByWeight() {
    Map<Weight, List<String>> active = new LinkedHashMap<>();
    weights().values().forEach(weight -> active.put(weight, weight.activeNames()));
    return active;
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

  /** Reads the values of each {@link #trainable} parameter in turn, row-major. */
  public void readTrainable(BiConsumer<String, float[]> reader) {
    trainable().forEach((name, tensor) -> reader.accept(name, TensorBridge.toFloats(tensor)));
  }

  /**
   * What training must not change now, by name: parameters that require no gradient, those of
   * reparametrizations included, and buffers, except those that a trained layer moves.
   */
  public Map<String, Tensor> frozen() {
    Map<String, Tensor> all = state();
    all.putAll(reparametrizationParameters());
    all.values().removeIf(Tensor::requires_grad);
    layers.forEach(
        (name, layer) -> {
          if (layer.movesBuffers()) {
            layer
                .buffers()
                .forEach(
                    (n, tensor) -> {
                      if (layer.weights().get(n).effective() == tensor) {
                        all.remove(name + "." + n);
                      }
                    });
          }
        });
    return all;
  }

  /**
   * Everything that training may change now, by name: of the network's own parameters and buffers
   * what {@link #frozen} leaves out, and all that reparametrizations own.
   */
  public Map<String, Tensor> moving() {
    Map<String, Tensor> all = state();
    all.keySet().removeAll(frozen().keySet());
    weights()
        .forEach(
            (tensor, weight) ->
                weight
                    .reparametrizations()
                    .forEach(
                        (name, reparametrization) -> {
                          int number = 0;
                          for (Tensor owned : reparametrization.tensors()) {
                            all.put(tensor + "." + name + "." + number++, owned);
                          }
                        }));
    return all;
  }

  /** Tells every reparametrization that an epoch of training begins, counted from 1. */
  public void beginEpoch(int number) {
    weights()
        .values()
        .forEach(weight -> weight.reparametrizations().values().forEach(r -> r.beginEpoch(number)));
  }

  /**
   * Whether batch normalisations whose parameters are frozen use each batch's statistics in
   * training mode and move the running ones, as PyTorch's do. Off at first, and in a {@link #copy}.
   */
  public void setBatchNormDrift(boolean on) {
    layers
        .values()
        .forEach(
            layer -> {
              if (layer instanceof BatchNorm2d norm) {
                norm.setDrifting(on);
              }
            });
  }

  /** Whether any batch normalisation moves its statistics although its parameters are frozen. */
  public boolean driftingBatchNorms() {
    return layers.values().stream()
        .anyMatch(layer -> layer instanceof BatchNorm2d norm && norm.isDrifting());
  }

  /** The sum of the squares of all parameters, the network's own and its reparametrizations'. */
  public double squaredNorm() {
    Map<String, Tensor> all = parameters();
    all.putAll(reparametrizationParameters());
    return all.values().stream()
        .mapToDouble(
            tensor ->
                TensorScope.withinWithoutGradients(
                    () -> {
                      double norm = tensor.norm().item_double();
                      return norm * norm;
                    }))
        .sum();
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

  /**
   * Moves parameters and buffers, those of reparametrizations included, to the device; the tensors
   * stay the same objects. Inputs are moved on their way in.
   */
  public void to(Device device) {
    TensorScope.run(
        () -> {
          state().values().forEach(tensor -> move(tensor, device));
          weights().values().stream()
              .flatMap(weight -> weight.reparametrizations().values().stream())
              .forEach(r -> r.tensors().forEach(tensor -> move(tensor, device)));
        });
  }

  /** Where the parameters are. */
  public Device device() {
    return anchor.device();
  }

  private static void move(Tensor tensor, Device device) {
    tensor.set_data(tensor.to(device, tensor.scalar_type()));
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

  /** The shapes of {@link #parameters}. */
  public Map<String, List<Long>> parameterShapes() {
    return shapes(parameters());
  }

  /** The shapes of {@link #reparametrizationParameters}. */
  public Map<String, List<Long>> reparametrizationShapes() {
    return shapes(reparametrizationParameters());
  }

  private static Map<String, List<Long>> shapes(Map<String, Tensor> tensors) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> shapes.put(name, Arrays.stream(tensor.shape()).boxed().toList()));
    return shapes;
  }

  private static long count(Map<String, Tensor> tensors) {
    return tensors.values().stream().mapToLong(Tensor::numel).sum();
  }
}
