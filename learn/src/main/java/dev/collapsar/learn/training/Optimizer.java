package dev.collapsar.learn.training;

import static org.bytedeco.pytorch.global.torch.scalar_tensor;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
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

/**
 * Changes parameters by their gradients, in one pass over each parameter's memory: LibTorch's fused
 * kernels, reached through its dispatcher because neither its C++ optimizers nor the Java bindings
 * use them. Owns its state.
 */
public final class Optimizer implements AutoCloseable {
  private final OptimizerSpec spec;
  private final List<Slot> slots;
  private final OperatorHandle kernel;
  private double learningRate;

  /** A parameter and its state; what the rule does not have is null. */
  private record Slot(Tensor parameter, Tensor first, Tensor second, Tensor step) {}

  public Optimizer(OptimizerSpec spec, Collection<Tensor> parameters) {
    this.spec = spec;
    this.learningRate = spec.learningRate();
    this.slots = new ArrayList<>();
    TensorScope.runWithoutGradients(() -> parameters.forEach(p -> slots.add(slot(p))));
    String name = spec instanceof OptimizerSpec.Adam ? "aten::_fused_adam_" : "aten::_fused_sgd_";
    // Found inside a scope and retained, so that neither an outer scope nor the collector frees it.
    this.kernel =
        TensorScope.within(
            () -> Dispatcher.singleton().findSchemaOrThrow(name, "").retainReference());
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
    Tensor step = TensorScope.keep(scalar_tensor(TensorBridge.scalar(0)));
    return new Slot(parameter, first, second, step);
  }

  /** Replaces the learning rate that the spec began with: for schedules. */
  public void setLearningRate(double rate) {
    learningRate = rate;
  }

  /** Forgets all gradients. */
  public void zeroGradients() {
    slots.forEach(slot -> slot.parameter.mutable_grad().reset());
  }

  /** One update of every parameter that has a gradient. */
  public void step() {
    TensorScope.runWithoutGradients(
        () -> {
          List<Slot> moving = slots.stream().filter(s -> s.parameter.grad().defined()).toList();
          if (moving.isEmpty()) {
            return;
          }
          IValue parameters = list(moving.stream().map(Slot::parameter).toList());
          IValue gradients = list(moving.stream().map(s -> s.parameter.grad()).toList());
          IValue first = list(moving.stream().map(Slot::first).filter(Objects::nonNull).toList());
          IValue none = new IValue();
          if (spec instanceof OptimizerSpec.Adam adam) {
            moving.forEach(slot -> slot.step.add_(TensorBridge.scalar(1)));
            kernel.callBoxed(
                new IValueVector(
                    parameters,
                    gradients,
                    first,
                    list(moving.stream().map(Slot::second).toList()),
                    list(List.of()),
                    list(moving.stream().map(Slot::step).toList()),
                    new IValue(learningRate),
                    new IValue(adam.beta1()),
                    new IValue(adam.beta2()),
                    new IValue(adam.weightDecay()),
                    new IValue(adam.epsilon()),
                    new IValue(false),
                    new IValue(false),
                    none,
                    none));
          } else if (spec instanceof OptimizerSpec.Sgd sgd) {
            // With zero buffers and no dampening the first step is momentum * 0 + gradient:
            // PyTorch's first step.
            kernel.callBoxed(
                new IValueVector(
                    parameters,
                    gradients,
                    first,
                    new IValue(sgd.weightDecay()),
                    new IValue(sgd.momentum()),
                    new IValue(learningRate),
                    new IValue(0.0),
                    new IValue(false),
                    new IValue(false),
                    new IValue(false),
                    none,
                    none));
          }
        });
  }

  private static IValue list(List<Tensor> tensors) {
    GenericList list = new GenericList(new Type.TypePtr(TensorType.get()));
    tensors.forEach(tensor -> list.push_back(new IValue(tensor)));
    return new IValue(list);
  }

  @Override
  public void close() {
    for (Slot slot : slots) {
      Stream.of(slot.first, slot.second, slot.step)
          .filter(Objects::nonNull)
          .forEach(TensorScope::free);
    }
    slots.clear();
    kernel.releaseReference();
  }
}
