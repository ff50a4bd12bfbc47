package dev.collapsar.learn.network;

import static org.bytedeco.pytorch.global.torch.createCPUGenerator;

import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.random.Seed;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * A tree of layers with a head: logits (n,K) of samples, and the tensors inside by PyTorch's dotted
 * names.
 */
public final class Network extends LayerTree {
  /** The name of the tap at the head's input. */
  public static final String REPRESENTATION = "representation";

  private final NetworkSpec spec;
  private final Activation activation = new Activation(weights().values());

  private Network(NetworkSpec spec) {
    this(spec, built(spec));
    head(); // fails now if the spec names a head that is none
  }

  private Network(NetworkSpec spec, Layer root) {
    super(spec.name(), root);
    this.spec = spec;
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
          network
              .layers()
              .forEach(
                  (name, layer) ->
                      layer.initialize(createCPUGenerator(seed.stream("init/" + name))));
        });
    return network;
  }

  /**
   * Another network with the same parameters and buffers, in the same mode; without this one's
   * reparametrizations.
   */
  public Network copy() {
    Network copy = new Network(spec);
    StateDict.of(copy).fill(state());
    copy.to(device());
    copy.setTraining(root().isTraining());
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
    StateDict.of(this).fill(stored, source);
  }

  /** A copy of {@link #state} as a file holds it. */
  public Map<String, StoredTensor> stored() {
    return StateDict.of(this).stored();
  }

  public NetworkSpec spec() {
    return spec;
  }

  /** Logits (n,K). */
  public Tensor forward(Tensor input) {
    return root().apply(moved(input));
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
    if (!(root() instanceof Sequential sequence)) {
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
    return root() instanceof Sequential sequence ? sequence.firstMoving(spec.head()) : "";
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
   * What there is to listen at for one sample of this shape: the shape of one sample's values at
   * each tap by name, in the order in which they are computed, {@link #REPRESENTATION} last.
   */
  public Map<String, List<Long>> tapShapes(List<Long> sample) {
    return Taps.shapes(this, sample);
  }

  /** The names of the reparametrizations on any tensor, in the order they were attached. */
  public Set<String> reparametrizations() {
    return activation.attached();
  }

  /** The names of those that count on any tensor. */
  public Set<String> active() {
    return activation.active();
  }

  /**
   * Makes exactly the reparametrizations of these names count, on every tensor that carries them
   * and in this order: none of them is the network as it was, several add up.
   *
   * @throws dev.collapsar.InvalidInputException as {@link Weight#activate} says; then nothing
   *     changes
   */
  public void activate(Collection<String> names) {
    activation.activate(names);
  }

  /**
   * What the action computes while exactly these reparametrizations count; afterwards, also when it
   * throws, those count again that did before.
   */
  public <T> T withActive(Collection<String> names, Supplier<T> action) {
    return activation.with(names, action);
  }

  /**
   * What training must not change now, by name: parameters that require no gradient, those of
   * reparametrizations included, and buffers, except those that a trained layer moves.
   */
  public Map<String, Tensor> frozen() {
    return MovingTensors.frozen(this);
  }

  /**
   * Everything that training may change now, by name: of the network's own parameters and buffers
   * what {@link #frozen} leaves out, and all that reparametrizations own.
   */
  public Map<String, Tensor> moving() {
    return MovingTensors.moving(this);
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
    layers()
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
    return layers().values().stream()
        .anyMatch(layer -> layer instanceof BatchNorm2d norm && norm.isDrifting());
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
}
