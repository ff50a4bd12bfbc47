package dev.collapsar.learn.network.script;

import static org.bytedeco.pytorch.global.torch.load;

import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.network.ScriptOutput;
import dev.collapsar.learn.tensor.TensorScope;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Argument;
import org.bytedeco.pytorch.GraphFunction;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueOptional;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.NamedJitModule;
import org.bytedeco.pytorch.NamedTensor;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.named_buffer_iterator;
import org.bytedeco.pytorch.named_module_iterator;
import org.bytedeco.pytorch.named_parameter_iterator;

/**
 * LibTorch's own object of a TorchScript file: its parts by dotted path, the slots that hold their
 * tensors, its code. Owns the native memory.
 */
final class ScriptModule implements AutoCloseable {
  private final Map<String, JitModule> parts = new LinkedHashMap<>(); // "" is the whole
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Map<String, Tensor> buffers = new LinkedHashMap<>();

  /** Loads a file that {@link ScriptArchive} let pass. */
  static ScriptModule read(Path file) {
    return TensorScope.withinWithoutGradients(() -> new ScriptModule(load(file.toString())));
  }

  /** Another object with copies of all tensors; the code is the same. */
  ScriptModule copy() {
    return TensorScope.withinWithoutGradients(() -> new ScriptModule(whole().deepcopy()));
  }

  private ScriptModule(JitModule whole) {
    collectParts(whole);
    named_parameter_iterator parameter = whole.named_parameters(true).begin();
    for (named_parameter_iterator end = whole.named_parameters(true).end();
        parameter.notEquals(end);
        parameter.increment()) {
      collect(parameter.multiply(), parameters);
    }
    named_buffer_iterator buffer = whole.named_buffers(true).begin();
    for (named_buffer_iterator end = whole.named_buffers(true).end();
        buffer.notEquals(end);
        buffer.increment()) {
      collect(buffer.multiply(), buffers);
    }
  }

  private void collectParts(JitModule whole) {
    parts.put("", kept(whole));
    named_module_iterator part = whole.named_modules().begin();
    for (named_module_iterator end = whole.named_modules().end();
        part.notEquals(end);
        part.increment()) {
      NamedJitModule named = part.multiply();
      if (named.name() != null) { // the whole's name is empty
        parts.put(named.name().getString(), kept(named.value()));
      }
    }
  }

  private static JitModule kept(JitModule module) {
    JitModule kept = new JitModule(module);
    kept.retainReference();
    return kept;
  }

  private static void collect(NamedTensor named, Map<String, Tensor> into) {
    into.put(named.name().getString(), TensorScope.keep(named.value()));
  }

  /** The paths of all parts in the network's order, the whole's, which is empty, first. */
  List<String> paths() {
    return List.copyOf(parts.keySet());
  }

  /** Parameters by dotted name; handles that the caller does not own. */
  Map<String, Tensor> parameters() {
    return parameters;
  }

  /** Buffers likewise. */
  Map<String, Tensor> buffers() {
    return buffers;
  }

  /** Puts a tensor into the slot of this dotted name, in place of what it held. */
  void put(String slot, Tensor tensor) {
    parts.get(SlotNames.module(slot)).setattr(SlotNames.last(slot), new IValue(tensor));
  }

  /** Whether a part has a mode of its own. */
  boolean hasMode(String path) {
    return parts.get(path).hasattr("training");
  }

  /** Sets a part's mode, not that of what is inside it. */
  void setMode(String path, boolean training) {
    parts.get(path).setattr("training", new IValue(training));
  }

  /** The code of a part's method; it belongs to the caller's scope. */
  GraphFunction method(String path, String name) {
    return new GraphFunction(parts.get(path).get_method(name).function());
  }

  /** The module as the first argument of its graphs. */
  IValue self() {
    return new IValue(whole()._ivalue());
  }

  /** What stands for the argument {@code i} of forward if it is not given; null if it must be. */
  IValue defaultArgument(int i) {
    Argument argument = method("", "forward").getSchema().arguments().getPointer(i + 1);
    IValueOptional value = argument.default_value();
    return value.has_value() ? new IValue(value.get()) : null;
  }

  IValue forward(List<IValue> inputs) {
    return whole().forward(new IValueVector(inputs.toArray(IValue[]::new)));
  }

  /** Writes a TorchScript file with the slots as they are, and a card beside the code. */
  void save(Path file, NetworkCard card) {
    ScriptOutput.write(whole(), card, file);
  }

  private JitModule whole() {
    return parts.get("");
  }

  @Override
  public void close() {
    parts.values().forEach(Pointer::releaseReference);
    parameters.values().forEach(TensorScope::free);
    buffers.values().forEach(TensorScope::free);
  }
}
