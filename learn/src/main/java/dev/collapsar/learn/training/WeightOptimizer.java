package dev.collapsar.learn.training;

import static org.bytedeco.pytorch.global.torch.scalar_tensor;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Changes parameters by their gradients, in one pass over each parameter's memory: LibTorch's fused
 * kernels, reached through its dispatcher because neither its C++ optimizers nor the Java bindings
 * use them. Owns its state.
 */
public final class WeightOptimizer implements AutoCloseable {
  private final OptimizerSpec spec;
  private final List<Group> groups;
  private final OperatorHandle kernel;
  private double learningRate;

  /** A parameter and its state; what the rule does not have is null. */
  private record Slot(Tensor parameter, Tensor first, Tensor second, Tensor step) {}

  /** Parameters whose learning rate is a multiple of the optimizer's. */
  private record Group(double factor, List<Slot> slots) {}

  public WeightOptimizer(OptimizerSpec spec, Collection<Tensor> parameters) {
    this(spec, Map.of(1.0, parameters));
  }

  /**
   * Parameters in groups of their own learning rates.
   *
   * @param parameters by what the learning rate is multiplied with for them
   */
  public WeightOptimizer(OptimizerSpec spec, Map<Double, ? extends Collection<Tensor>> parameters) {
    this.spec = spec;
    this.learningRate = spec.learningRate();
    this.groups = new ArrayList<>();
    TensorScope.runWithoutGradients(
        () ->
            parameters.forEach(
                (factor, members) ->
                    groups.add(new Group(factor, members.stream().map(this::slot).toList()))));
    this.kernel = Dispatcher.singleton().findSchemaOrThrow(kernelName(), "");
    kernel.retainReference();
  }

  private String kernelName() {
    if (spec instanceof OptimizerSpec.Sgd) {
      return "aten::_fused_sgd_";
    }
    return spec instanceof OptimizerSpec.AdamW ? "aten::_fused_adamw_" : "aten::_fused_adam_";
  }

  private Slot slot(Tensor parameter) {
    if (spec instanceof OptimizerSpec.Sgd sgd && sgd.momentum() == 0) {
      return new Slot(parameter, null, null, null);
    }
    Tensor first = TensorScope.keep(zeros_like(parameter));
    if (spec instanceof OptimizerSpec.Sgd) {
      return new Slot(parameter, first, null, null);
    }
    Tensor second = TensorScope.keep(zeros_like(parameter));
    Tensor step =
        TensorScope.keep(
            scalar_tensor(TensorBridge.scalar(0)).to(parameter.device(), ScalarType.Float));
    return new Slot(parameter, first, second, step);
  }

  /** Replaces the learning rate that the spec began with, in every group: for schedules. */
  public void setLearningRate(double rate) {
    learningRate = rate;
  }

  /**
   * What is remembered from step to step of a parameter, by kind: {@code first} and {@code second}
   * moment and number of {@code step}s, as far as the rule has them. Writing into these tensors
   * goes on from another optimizer's.
   */
  public Map<String, Tensor> state(Tensor parameter) {
    Slot slot =
        slots()
            .filter(s -> s.parameter == parameter)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no parameter of this optimizer"));
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("first", slot.first);
    state.put("second", slot.second);
    state.put("step", slot.step);
    state.values().removeIf(Objects::isNull);
    return state;
  }

  /** Forgets all gradients. */
  public void zeroGradients() {
    slots().forEach(slot -> slot.parameter.mutable_grad().reset());
  }

  /** One update of every parameter that has a gradient. */
  public void step() {
    TensorScope.runWithoutGradients(() -> groups.forEach(this::step));
  }

  private void step(Group group) {
    List<Slot> moving = group.slots.stream().filter(s -> s.parameter.grad().defined()).toList();
    if (moving.isEmpty()) {
      return;
    }
    double rate = learningRate * group.factor;
    if (spec instanceof OptimizerSpec.Adam adam) {
      step(moving, adam, rate);
    } else if (spec instanceof OptimizerSpec.AdamW decoupled) {
      step(moving, decoupled.adam(), rate);
    } else if (spec instanceof OptimizerSpec.Sgd sgd) {
      step(moving, sgd, rate);
    }
  }

  private void step(List<Slot> moving, OptimizerSpec.Sgd sgd, double rate) {
    // With zero buffers and no dampening the first step is momentum * 0 + gradient:
    // PyTorch's first step.
    kernel.callBoxed(
        new IValueVector(
            list(moving.stream().map(Slot::parameter).toList()),
            list(moving.stream().map(s -> s.parameter.grad()).toList()),
            list(moving.stream().map(Slot::first).filter(Objects::nonNull).toList()),
            new IValue(sgd.weightDecay()),
            new IValue(sgd.momentum()),
            new IValue(rate),
            new IValue(0.0),
            new IValue(false),
            new IValue(false),
            new IValue(false),
            new IValue(),
            new IValue()));
  }

  /** The kernels of Adam and AdamW take the same. */
  private void step(List<Slot> moving, OptimizerSpec.Adam adam, double rate) {
    moving.forEach(slot -> slot.step.add_(TensorBridge.scalar(1)));
    kernel.callBoxed(
        new IValueVector(
            list(moving.stream().map(Slot::parameter).toList()),
            list(moving.stream().map(s -> s.parameter.grad()).toList()),
            list(moving.stream().map(Slot::first).toList()),
            list(moving.stream().map(Slot::second).toList()),
            list(List.of()),
            list(moving.stream().map(Slot::step).toList()),
            new IValue(rate),
            new IValue(adam.beta1()),
            new IValue(adam.beta2()),
            new IValue(adam.weightDecay()),
            new IValue(adam.epsilon()),
            new IValue(false),
            new IValue(false),
            new IValue(),
            new IValue()));
  }

  private Stream<Slot> slots() {
    return groups.stream().flatMap(group -> group.slots.stream());
  }

  private static IValue list(List<Tensor> tensors) {
    GenericList list = new GenericList(new Type.TypePtr(TensorType.get()));
    tensors.forEach(tensor -> list.push_back(new IValue(tensor)));
    return new IValue(list);
  }

  @Override
  public void close() {
    slots()
        .flatMap(slot -> Stream.of(slot.first, slot.second, slot.step))
        .filter(Objects::nonNull)
        .forEach(TensorScope::free);
    groups.clear();
    kernel.releaseReference();
  }
}
