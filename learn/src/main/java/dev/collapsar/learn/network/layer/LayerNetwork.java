package dev.collapsar.learn.network.layer;

import static org.bytedeco.pytorch.global.torch.createCPUGenerator;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Detour;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.HiddenStates;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.Weight;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.learn.weight.Weights;
import dev.collapsar.random.Seed;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;

/** A network that is a tree of our own layers. */
public final class LayerNetwork implements Network {
  private NetworkSpec spec;
  private NetworkCard card;
  private final Layer root;
  private final Map<String, Layer> layers = new LinkedHashMap<>();
  private Weights weights;
  private Tensor anchor; // any parameter: all are on one device; null if there is none

  private LayerNetwork(NetworkSpec spec) {
    this(spec, null, built(spec));
    int classes = head().classes(); // fails now if the spec names a head that is none
    card = NetworkCard.of(spec.architecture(), spec.head(), spec.input(), classes);
  }

  private LayerNetwork(NetworkSpec spec, NetworkCard card, Layer root) {
    this.spec = spec;
    this.card = card;
    this.root = root;
    index();
  }

  private static Layer built(NetworkSpec spec) {
    Layer[] built = new Layer[1];
    TensorScope.run(() -> built[0] = spec.build());
    return built[0];
  }

  /** A network with initial values from the streams {@code init/<layer>} of the seed. */
  public static LayerNetwork initialized(NetworkSpec spec, Seed seed) {
    LayerNetwork network = new LayerNetwork(spec);
    if (!network.root.module("").all().isEmpty()) {
      initialize("", network.root, seed);
    }
    network.layers.forEach((name, layer) -> initialize(name, layer, seed));
    return network;
  }

  private static void initialize(String name, Layer layer, Seed seed) {
    TensorScope.runWithoutGradients(
        () -> layer.initialize(createCPUGenerator(seed.stream("init/" + name))));
  }

  private void index() {
    layers.clear();
    collect("", root);
    Map<String, Weights.Module> modules = new LinkedHashMap<>();
    Weights.Module outermost = root.module("");
    if (!outermost.all().isEmpty()) {
      modules.put("", outermost);
    }
    layers.forEach((path, layer) -> modules.put(path, layer.module(path)));
    weights = new Weights(modules);
    anchor = weights.parameters().values().stream().findFirst().orElse(null);
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

  @Override
  public LayerNetwork copy() {
    LayerNetwork copy = new LayerNetwork(spec);
    copy.card = card;
    copy.weights.copyFrom(weights);
    TensorScope.run(() -> copy.to(anchor.device()));
    copy.setTraining(isTraining());
    return copy;
  }

  /** What all layers are in. */
  Layer root() {
    return root;
  }

  public NetworkSpec spec() {
    return spec;
  }

  @Override
  public NetworkCard card() {
    return card;
  }

  @Override
  public void describe(NetworkCard other) {
    boolean same =
        other.architecture().entrySet().containsAll(spec.architecture().entrySet())
            && other.head().equals(card.head())
            && other.classes().size() == card.classes().size();
    if (!same) {
      throw new IllegalArgumentException("%s is not described by %s".formatted(card, other));
    }
    card = other;
  }

  @Override
  public String structure() {
    return spec.toString();
  }

  /** Every layer of the tree below the root by dotted name, in the network's order. */
  public Map<String, Layer> layers() {
    return Collections.unmodifiableMap(layers);
  }

  /** The layer of this dotted name. */
  public Layer layer(String path) {
    Layer found = layers.get(path);
    if (found == null) {
      throw new IllegalArgumentException(
          "no layer %s in %s; there are %s".formatted(path, spec.name(), layers.keySet()));
    }
    return found;
  }

  @Override
  public List<String> modules() {
    return List.copyOf(layers.keySet());
  }

  @Override
  public Weights weights() {
    return weights;
  }

  @Override
  public Head head() {
    return new Head(
        layer(spec.head())
            .site(spec.head())
            .filter(site -> site.kind() == WeightSite.Kind.LINEAR)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "the head of %s must be a Linear layer, %s is %s"
                            .formatted(spec.name(), spec.head(), layer(spec.head()).kind()))));
  }

  @Override
  public void renewHead(int classes, Seed seed) {
    Head old = head();
    for (Weight weight : layer(old.name()).weights().values()) {
      if (!weight.reparametrizations().isEmpty()) {
        throw new IllegalStateException(
            "the head carries %s; remove them first"
                .formatted(weight.reparametrizations().keySet()));
      }
    }
    boolean training = layer(old.name()).isTraining();
    TensorScope.run(
        () -> {
          Device device = old.weight().original().device();
          Layer next = putHead(root, old.name(), classes);
          initialize(old.name(), next, seed);
          next.setTraining(training);
          spec = spec.withClasses(classes);
          card = card.withNewHead(classes);
          index();
          to(device);
        });
  }

  /**
   * Puts an uninitialised Linear of so many outputs in the place of the one of this name, which it
   * frees.
   */
  public static Layer putHead(Layer root, String name, int classes) {
    Layer parent = root;
    String[] steps = name.split("\\.");
    for (int i = 0; i < steps.length - 1; i++) {
      parent = parent.children().get(steps[i]);
    }
    String last = steps[steps.length - 1];
    if (!(parent instanceof Sequential sequence)
        || !(sequence.children().get(last) instanceof Linear old)) {
      throw new IllegalArgumentException(
          "the head %s cannot be renewed: it is no Linear of a Sequential".formatted(name));
    }
    Layer[] made = new Layer[1];
    TensorScope.run(() -> made[0] = new Linear(old.weight().original().size(1), classes));
    sequence.replace(last, made[0]);
    old.close();
    return made[0];
  }

  @Override
  public boolean takes(List<Long> sample) {
    return spec.takes(sample);
  }

  @Override
  public Tensor forward(Input input) {
    Tensor only = input.only();
    return root.apply(anchor == null ? only : only.to(anchor.device(), only.scalar_type()));
  }

  @Override
  public Tensor forward(
      Input input, Iterable<TapPoint> taps, BiConsumer<TapPoint, Tensor> listener) {
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

  @Override
  public LayerNetwork from(String layer) {
    return layer.isEmpty() ? this : part(layer, false);
  }

  @Override
  public LayerNetwork until(String layer) {
    return part(layer, true);
  }

  private LayerNetwork part(String layer, boolean before) {
    layer(layer); // says which there are
    if (!(root instanceof Sequential sequence)) {
      throw new IllegalArgumentException(
          "the layers of %s do not simply follow one another".formatted(spec.name()));
    }
    return new LayerNetwork(spec, card, sequence.part(layer, before));
  }

  @Override
  public String firstMoving() {
    return root instanceof Sequential sequence ? sequence.firstMoving(spec.head()) : "";
  }

  @Override
  public Optional<HiddenStates> hiddenStates() {
    return Optional.of(new Hidden(this));
  }

  private record Hidden(LayerNetwork network) implements HiddenStates {
    @Override
    public List<String> names() {
      return network.spec.hidden();
    }

    @Override
    public Tensor forward(Input input, Map<String, Detour> detours) {
      try {
        detours.forEach((name, detour) -> network.layer(name).detour(detour));
        return network.forward(input);
      } finally {
        detours.keySet().forEach(name -> network.layer(name).detour(null));
      }
    }
  }

  @Override
  public void setTraining(boolean on) {
    root.setTraining(on);
  }

  @Override
  public boolean isTraining() {
    return root.isTraining();
  }

  @Override
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

  @Override
  public boolean driftingBatchNorms() {
    return layers.values().stream()
        .anyMatch(layer -> layer instanceof BatchNorm2d norm && norm.isDrifting());
  }

  @Override
  public void close() {
    root.close();
  }
}
