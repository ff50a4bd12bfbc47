package dev.collapsar.learn.network.layer;

import static org.bytedeco.pytorch.global.torch.adaptive_avg_pool2d;
import static org.bytedeco.pytorch.global.torch.max_pool2d;

import dev.collapsar.learn.network.Detour;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.Weight;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.learn.weight.Weights;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The unit that a network is made of: a function of one tensor with named parameters, buffers and
 * child layers. Names join to torchvision's dotted ones ({@code layer1.0.conv1.weight}). A layer
 * owns the native memory of its parameters and buffers.
 */
public abstract class Layer implements AutoCloseable {
  private final Map<String, Weight> parameters = new LinkedHashMap<>();
  private final Map<String, Weight> buffers = new LinkedHashMap<>();
  private final Map<String, Layer> children = new LinkedHashMap<>();
  private boolean training;
  private Consumer<Tensor> inputTap;
  private Consumer<Tensor> outputTap;
  private Detour detour;

  /** A function without tensors of its own. */
  private static final class Stateless extends Layer {
    private final String kind;
    private final UnaryOperator<Tensor> function;
    private final String script;

    Stateless(String kind, UnaryOperator<Tensor> function, String script) {
      this.kind = kind;
      this.function = function;
      this.script = script;
    }

    @Override
    protected Tensor forward(Tensor input) {
      return function.apply(input);
    }

    @Override
    protected List<String> script() {
      return List.of("x = " + script);
    }

    @Override
    String kind() {
      return kind;
    }
  }

  /** max(x, 0), elementwise. */
  public static Layer relu() {
    return new Stateless("Relu", Tensor::relu, "torch.relu(x)");
  }

  /** x Phi(x) elementwise, Phi the normal distribution function: exact, not the tanh formula. */
  public static Layer gelu() {
    return new Stateless("Gelu", torch::gelu, "torch.gelu(x)");
  }

  /** (n, ...) to (n, product of the rest). */
  public static Layer flatten() {
    return new Stateless("Flatten", x -> x.flatten(1, -1), "torch.flatten(x, 1)");
  }

  /** The mean of each channel over all pixels: (n,c,h,w) to (n,c,1,1). */
  public static Layer globalAveragePool2d() {
    return new Stateless(
        "GlobalAveragePool2d",
        x -> adaptive_avg_pool2d(x, 1, 1),
        "torch.adaptive_avg_pool2d(x, [1, 1])");
  }

  /**
   * The largest value of each window of {@code size} x {@code size} pixels, {@code stride} pixels
   * apart, over images with {@code padding} pixels around: PyTorch's MaxPool2d.
   */
  public static Layer maxPool2d(int size, int stride, int padding) {
    long[] sizes = {size, size};
    long[] strides = {stride, stride};
    long[] paddings = {padding, padding};
    return new Stateless(
        "MaxPool2d",
        x -> max_pool2d(x, sizes, strides, paddings, new long[] {1, 1}, false), // (n,c,h',w')
        "torch.max_pool2d(x, [%1$s, %1$s], [%2$s, %2$s], [%3$s, %3$s])"
            .formatted(size, stride, padding));
  }

  /** The layer's function, with whatever listens at its input and output told. */
  public final Tensor apply(Tensor input) {
    if (inputTap != null) {
      inputTap.accept(input);
    }
    Tensor output = detour == null ? forward(input) : detour.apply(input, this::forward);
    if (outputTap != null) {
      outputTap.accept(output);
    }
    return output;
  }

  /** The layer's function. */
  protected abstract Tensor forward(Tensor input);

  /**
   * Fills this layer's own parameters (not its children's) with their initial values; by default it
   * has none.
   */
  protected void initialize(Generator generator) {}

  /** Registers a parameter, which this layer owns from now on. */
  protected final Weight parameter(String name, Tensor value) {
    return register(parameters, name, value.detach().requires_grad_(true));
  }

  /** Registers a buffer (state that is not trained), which this layer owns from now on. */
  protected final Weight buffer(String name, Tensor value) {
    return register(buffers, name, value.detach());
  }

  private static Weight register(Map<String, Weight> into, String name, Tensor value) {
    Weight weight = new Weight(TensorScope.keep(value));
    into.put(name, weight);
    return weight;
  }

  /**
   * Whether this layer's forward pass in training mode changes its buffers; by default it does not.
   */
  protected boolean movesBuffers() {
    return false;
  }

  /**
   * Whether this layer and all under it make the same of an input throughout training: nothing in
   * them is trained, drops at random or moves its buffers.
   */
  final boolean isFixed() {
    return !movesBuffers()
        && weights().values().stream().allMatch(Weight::isFixed)
        && children.values().stream().allMatch(Layer::isFixed);
  }

  /** Whether this layer or one under it has parameters. */
  final boolean hasParameters() {
    return !parameters.isEmpty() || children.values().stream().anyMatch(Layer::hasParameters);
  }

  /** What kind of layer it is, for people and for names in files. */
  String kind() {
    return getClass().getSimpleName();
  }

  /** Where adapters can attach to this layer itself; by default they cannot. */
  Optional<WeightSite> site(String path) {
    return Optional.empty();
  }

  /** What this layer itself has, as the seam shows it. */
  final Weights.Module module(String path) {
    return new Weights.Module(
        Collections.unmodifiableMap(parameters),
        Collections.unmodifiableMap(buffers),
        this::movesBuffers,
        site(path));
  }

  /**
   * The layer's function in TorchScript: lines that make {@code x} of {@code x}, in evaluation
   * mode.
   *
   * @throws IllegalArgumentException if it has none
   */
  protected List<String> script() {
    throw new IllegalArgumentException(kind() + " has no form in TorchScript");
  }

  /** A child's function of {@code x} in TorchScript, where a name may be a number. */
  protected static String called(String child) {
    return "getattr(self, \"%s\").forward(x)".formatted(child);
  }

  /** Registers a child layer. */
  protected final <L extends Layer> L child(String name, L layer) {
    children.put(name, layer);
    return layer;
  }

  /** This layer's own parameters, as they were trained or loaded, by their last name. */
  public final Map<String, Tensor> parameters() {
    return originals(parameters);
  }

  /** This layer's own buffers by their last name. */
  public final Map<String, Tensor> buffers() {
    return originals(buffers);
  }

  /** This layer's own parameters and buffers by their last name, with what sits on them. */
  public final Map<String, Weight> weights() {
    Map<String, Weight> all = new LinkedHashMap<>(parameters);
    all.putAll(buffers);
    return all;
  }

  private static Map<String, Tensor> originals(Map<String, Weight> weights) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    weights.forEach((name, weight) -> tensors.put(name, weight.original()));
    return tensors;
  }

  /** The layers directly under this one. */
  public final Map<String, Layer> children() {
    return Collections.unmodifiableMap(children);
  }

  /** Whether dropout drops and batch normalisation uses the batch's own statistics. */
  public final boolean isTraining() {
    return training;
  }

  /** Sets the mode of this layer and everything under it. */
  public final void setTraining(boolean on) {
    training = on;
    children.values().forEach(layer -> layer.setTraining(on));
  }

  /** Puts another layer in the place of this child. */
  final void replace(String name, Layer other) {
    if (children.replace(name, other) == null) {
      throw new IllegalArgumentException("no child " + name);
    }
  }

  final void tapInput(Consumer<Tensor> listener) {
    inputTap = listener;
  }

  final void tapOutput(Consumer<Tensor> listener) {
    outputTap = listener;
  }

  /** Whether anyone listens at this layer itself or takes its place. */
  final boolean isTapped() {
    return inputTap != null || outputTap != null || detour != null;
  }

  final void detour(Detour other) {
    detour = other;
  }

  @Override
  public void close() {
    weights().values().forEach(Weight::close);
    parameters.clear();
    buffers.clear();
    children.values().forEach(Layer::close);
  }
}
