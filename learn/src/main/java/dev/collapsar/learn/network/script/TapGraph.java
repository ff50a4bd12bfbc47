package dev.collapsar.learn.network.script;

import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.Reparametrization.ThinMaps;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Graph;
import org.bytedeco.pytorch.GraphExecutor;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.JitNode;
import org.bytedeco.pytorch.Value;

/**
 * A module's graph, or a part of it, that hands out what passes at some places. Owns the native
 * memory.
 */
final class TapGraph implements AutoCloseable {
  private final GraphExecutor executor;
  private final List<TapPoint> order;
  private final List<Integer> results;
  private final boolean entered;

  /**
   * @param results of each tap in order, which of the graph's results it is
   * @param entered whether a value is given in place of what the beginning would make
   */
  private TapGraph(
      GraphExecutor executor, List<TapPoint> order, List<Integer> results, boolean entered) {
    this.executor = executor;
    this.order = order;
    this.results = results;
    this.entered = entered;
  }

  /**
   * @param taps where to listen
   * @param part what of the graph is wanted
   * @param thin slots of weights to whose maps two thin ones are added, which {@link #run} is given
   * @throws IllegalArgumentException if the part does not pass one of the taps
   */
  static TapGraph of(ScriptModule module, Set<TapPoint> taps, ScriptPart part, List<String> thin) {
    return TensorScope.within(
        () -> {
          Builder builder = new Builder(new Inlining(module), taps, part, thin);
          builder.inlining.run(builder);
          return builder.finished();
        });
  }

  /** The taps in the order in which their values are made. */
  List<TapPoint> order() {
    return order;
  }

  /** What the graph returns, then the value of each tap in order; in the caller's scope. */
  List<IValue> run(ScriptModule module, List<IValue> inputs, List<ThinMaps> thin) {
    List<IValue> arguments = new ArrayList<>(List.of(module.self()));
    arguments.addAll(inputs);
    if (entered) {
      arguments.add(inputs.get(0));
    }
    for (ThinMaps maps : thin) {
      arguments.add(new IValue(maps.down()));
      arguments.add(new IValue(maps.up()));
    }
    IValueVector stack = new IValueVector(arguments.toArray(IValue[]::new));
    executor.run(stack);
    List<IValue> values = new ArrayList<>(List.of(stack.get(0)));
    results.forEach(at -> values.add(stack.get(at)));
    return values;
  }

  @Override
  public void close() {
    executor.releaseReference();
  }

  private static final class Builder implements Inlining.Listener {
    private final Inlining inlining;
    private final Graph graph;
    private final Set<TapPoint> wanted;
    private final ScriptPart part;
    private final List<String> thin;
    private final List<TapPoint> registered = new ArrayList<>();
    private boolean cut;

    Builder(Inlining inlining, Set<TapPoint> wanted, ScriptPart part, List<String> thin) {
      this.inlining = inlining;
      this.graph = inlining.graph();
      this.wanted = new LinkedHashSet<>(wanted);
      this.part = part;
      this.thin = thin;
    }

    @Override
    public void entering(String name, JitNode call, Value inputOrNull) {
      if (inputOrNull == null) {
        return;
      }
      Value input = inputOrNull;
      if (name.equals(part.module())) {
        cut = true;
        if (part.isBeginning()) {
          end(input, call);
          return;
        }
        input = enter(input, call);
      }
      register(TapPoint.input(name), input, call);
    }

    @Override
    public void leaving(String name, Supplier<Value> outputOrNull, JitNode next) {
      if (outputOrNull != null && wanted.contains(TapPoint.output(name))) {
        register(TapPoint.output(name), outputOrNull.get(), next);
      }
    }

    private void register(TapPoint tap, Value value, JitNode before) {
      if (wanted.remove(tap)) {
        graph.registerOutput(inlining.copied(value, before));
        registered.add(tap);
      }
    }

    /** Gives a new argument in place of the value; what made it, and checked it, goes. */
    private Value enter(Value value, JitNode call) {
      Value given = graph.addInput();
      JitNode first = inlining.nodes().get(0);
      Value copy = inlining.copied(given, first);
      value.replaceAllUsesWith(copy);
      List<JitNode> nodes = inlining.nodes();
      List<Long> addresses = nodes.stream().map(JitNode::address).toList();
      Inlining.removeUnused(nodes.subList(2, addresses.indexOf(call.address())));
      return copy;
    }

    /** Returns the value instead of what the module returns. */
    private void end(Value value, JitNode call) {
      graph.return_node().replaceInput(0, inlining.copied(value, call));
    }

    TapGraph finished() {
      if (!part.module().isEmpty() && !cut) {
        throw new IllegalArgumentException(
            "the network cannot be entered at %s: no single tensor enters there"
                .formatted(part.module()));
      }
      addThinMaps();
      tapOperations();
      if (!wanted.isEmpty()) {
        throw new IllegalArgumentException("nothing passes at %s".formatted(wanted));
      }
      if (part.isBeginning()) {
        Inlining.removeUnused(inlining.nodes().subList(place(inlining.text(), 0), nodeCount()));
      }
      GraphText text = inlining.text();
      List<Integer> order =
          IntStream.range(0, registered.size())
              .boxed()
              .sorted(Comparator.comparing(i -> place(text, i + 1)))
              .toList();
      GraphExecutor executor = new GraphExecutor(graph, "taps");
      executor.retainReference();
      return new TapGraph(
          executor,
          order.stream().map(registered::get).toList(),
          order.stream().map(i -> i + 1).toList(), // what the graph returns comes first
          cut && !part.isBeginning());
    }

    private int nodeCount() {
      return inlining.nodes().size();
    }

    /** Which operation makes a result. */
    private static int place(GraphText text, int result) {
      String value = text.results().get(result);
      int at = 0;
      while (!text.nodes().get(at).outputs().contains(value)) {
        at++;
      }
      return at;
    }

    /** y + up(down(x)) in place of y = W x, wherever y is used. */
    private void addThinMaps() {
      GraphText text = inlining.text();
      List<JitNode> nodes = inlining.nodes();
      for (String slot : thin) {
        Value down = graph.addInput();
        Value up = graph.addInput();
        for (int i = 0; i < nodes.size(); i++) {
          GraphText.Node node = text.nodes().get(i);
          if (Anatomy.place(text, node).filter(place -> place.slot().equals(slot)).isPresent()) {
            new ThinInsertion(graph, nodes.get(i)).add(node.is("aten::linear"), down, up);
          }
        }
      }
    }

    /**
     * Layers that are no parts of their own, such as attention's: the operation on their weight.
     */
    private void tapOperations() {
      GraphText text = inlining.text();
      List<JitNode> nodes = inlining.nodes();
      for (TapPoint tap : List.copyOf(wanted)) {
        for (int i = 0; i < nodes.size(); i++) {
          GraphText.Node node = text.nodes().get(i);
          boolean linear = node.is("aten::linear");
          if (linear && (tap.layer() + ".weight").equals(text.paths().get(node.inputs().get(1)))) {
            boolean input = tap.side() == TapPoint.Side.INPUT;
            JitNode at = nodes.get(i);
            register(tap, input ? at.input(0) : at.output(), input ? at : at.next());
          }
        }
      }
    }
  }
}
