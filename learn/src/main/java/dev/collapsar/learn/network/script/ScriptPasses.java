package dev.collapsar.learn.network.script;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.weight.Reparametrization.ThinMaps;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Passes of inputs through a file's code, or through a part of it, with the effective tensors in
 * their slots. Owns the graphs that were made for them.
 */
final class ScriptPasses implements AutoCloseable {
  private final ScriptFile file;
  private final ScriptModule module;
  private final ScriptPart part;
  private final Slots slots;
  private final CodeDraws draws;
  private final Map<Wanted, TapGraph> graphs = new LinkedHashMap<>();

  /** What a graph was made for: where to listen, which weights have thin maps beside them. */
  private record Wanted(Set<TapPoint> taps, List<String> thin) {}

  ScriptPasses(
      ScriptFile file, ScriptModule module, ScriptPart part, Slots slots, CodeDraws draws) {
    this.file = file;
    this.module = module;
    this.part = part;
    this.slots = slots;
    this.draws = draws;
  }

  /** Logits (n,K), or what enters behind a part that is a beginning. */
  Tensor of(Input input) {
    if (part.module().isEmpty() && slots.thin().isEmpty()) {
      List<IValue> entering = entering(input);
      return computed(() -> logits(module.forward(entering)), Set.of());
    }
    return of(input, List.of(), (tap, value) -> {});
  }

  /** Likewise, telling the listener what passes at each tap. */
  Tensor of(Input input, Iterable<TapPoint> taps, BiConsumer<TapPoint, Tensor> listener) {
    List<IValue> entering = entering(input);
    Map<String, ThinMaps> thin = slots.thin();
    Set<TapPoint> wanted = new LinkedHashSet<>();
    taps.forEach(wanted::add);
    TapGraph graph = graph(new Wanted(wanted, List.copyOf(thin.keySet())));
    List<IValue> values =
        computed(() -> graph.run(module, entering, List.copyOf(thin.values())), thin.keySet());
    for (int i = 0; i < graph.order().size(); i++) {
      listener.accept(graph.order().get(i), new Tensor(values.get(i + 1).toTensor()));
    }
    return part.isBeginning() ? new Tensor(values.get(0).toTensor()) : logits(values.get(0));
  }

  private TapGraph graph(Wanted wanted) {
    TapGraph graph = graphs.get(wanted);
    if (graph == null) {
      graph = TapGraph.of(module, wanted.taps, part, wanted.thin);
      graphs.put(wanted, graph);
    }
    return graph;
  }

  /**
   * What the code computes with the effective tensors in their slots.
   *
   * @param beside the slots of weights that have their updates beside them
   */
  private <T> T computed(Supplier<T> pass, Set<String> beside) {
    if (GradMode.is_enabled()) {
      slots.requireTrainable(file.name());
    }
    Device device = slots.anchor().map(Tensor::device).orElseGet(() -> new Device("cpu"));
    return NativeErrors.explained(
        file.name(),
        () -> draws.during(slots.isTraining(), device, () -> slots.withEffective(pass, beside)));
  }

  private List<IValue> entering(Input input) {
    return file.inputs().arguments(input, module, this::entering, file.name());
  }

  private Tensor entering(Tensor tensor) {
    Optional<Tensor> anchor = slots.anchor();
    if (anchor.isEmpty()) {
      return tensor;
    }
    boolean numbers = tensor.is_floating_point() && anchor.get().is_floating_point();
    return tensor.to(
        anchor.get().device(), numbers ? anchor.get().scalar_type() : tensor.scalar_type());
  }

  private Tensor logits(IValue returned) {
    Tensor logits = file.output().of(returned, file.name());
    return logits.is_floating_point() ? logits.to(ScalarType.Float) : logits;
  }

  @Override
  public void close() {
    graphs.values().forEach(TapGraph::close);
    graphs.clear();
  }
}
