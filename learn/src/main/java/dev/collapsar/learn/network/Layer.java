package dev.collapsar.learn.network;

import dev.collapsar.learn.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.Tensor;

/**
 * The unit that a network is made of: a function of one tensor with named parameters, buffers and
 * child layers. Names join to torchvision's dotted ones ({@code layer1.0.conv1.weight}). A layer
 * owns the native memory of its parameters and buffers.
 */
public abstract class Layer implements AutoCloseable {
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Map<String, Tensor> buffers = new LinkedHashMap<>();
  private final Map<String, Layer> children = new LinkedHashMap<>();
  private boolean training;
  private Consumer<Tensor> inputTap;
  private Consumer<Tensor> outputTap;

  /** The layer's function, with whatever listens at its input and output told. */
  public final Tensor apply(Tensor input) {
    if (inputTap != null) {
      inputTap.accept(input);
    }
    Tensor output = forward(input);
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
  protected final Tensor parameter(String name, Tensor value) {
    Tensor kept = TensorScope.keep(value.detach().requires_grad_(true));
    parameters.put(name, kept);
    return kept;
  }

  /** Registers a buffer (state that is not trained), which this layer owns from now on. */
  protected final Tensor buffer(String name, Tensor value) {
    Tensor kept = TensorScope.keep(value.detach());
    buffers.put(name, kept);
    return kept;
  }

  /** Registers a child layer. */
  protected final <L extends Layer> L child(String name, L layer) {
    children.put(name, layer);
    return layer;
  }

  /** This layer's own parameters by their last name. */
  public final Map<String, Tensor> parameters() {
    return java.util.Collections.unmodifiableMap(parameters);
  }

  /** This layer's own buffers by their last name. */
  public final Map<String, Tensor> buffers() {
    return java.util.Collections.unmodifiableMap(buffers);
  }

  /** The layers directly under this one. */
  public final Map<String, Layer> children() {
    return java.util.Collections.unmodifiableMap(children);
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

  final void tapInput(Consumer<Tensor> listener) {
    inputTap = listener;
  }

  final void tapOutput(Consumer<Tensor> listener) {
    outputTap = listener;
  }

  @Override
  public void close() {
    parameters.values().forEach(TensorScope::free);
    buffers.values().forEach(TensorScope::free);
    parameters.clear();
    buffers.clear();
    children.values().forEach(Layer::close);
  }
}
