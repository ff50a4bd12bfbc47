package dev.collapsar.learn.network.script;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Block;
import org.bytedeco.pytorch.Graph;
import org.bytedeco.pytorch.GraphFunction;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.JitNode;
import org.bytedeco.pytorch.Symbol;
import org.bytedeco.pytorch.Value;
import org.bytedeco.pytorch.ValueVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.TypeKind;
import org.bytedeco.pytorch.graph_node_list_iterator;

/**
 * A copy of a module's graph in which the calls of its parts are replaced by their code, one level
 * after the other, so that what enters and leaves each part can be had; branches whose condition is
 * written in the code are replaced by the one that is taken. Calls within other branches and loops
 * stay. Every native object belongs to the caller's scope.
 */
final class Inlining {
  /** How a type is printed whose first tensor stands at the beginning. */
  private static final Pattern TENSOR_FIRST = Pattern.compile("^\\(*Tensor(?!\\[|\\?)");

  private final ScriptModule module;
  private final Graph graph;
  private final Map<String, Integer> calls = new HashMap<>();

  /** Told of each call of a part before and after it is replaced. */
  interface Listener {
    /**
     * @param inputOrNull what enters, unless it is no tensor
     */
    void entering(String name, JitNode call, Value inputOrNull);

    /**
     * @param outputOrNull gives what leaves, of a tuple the first tensor, unless there is none. It
     *     is to be registered at once: replacing an inner call destroys it, and only the graph's
     *     own references follow
     * @param next what comes behind the call
     */
    void leaving(String name, Supplier<Value> outputOrNull, JitNode next);
  }

  Inlining(ScriptModule module) {
    this.module = module;
    this.graph = module.method("", "forward").graph().copy();
  }

  Graph graph() {
    return graph;
  }

  GraphText text() {
    return GraphText.of(graph.toString());
  }

  /** Replaces calls until none is left at the top level. */
  void run(Listener listener) {
    while (pass(listener)) {
      // Each pass uncovers the calls inside those that it replaced.
    }
  }

  private boolean pass(Listener listener) {
    GraphText text = text();
    List<JitNode> nodes = nodes();
    if (nodes.size() != text.nodes().size()) {
      throw new IllegalStateException(
          "a graph of %s operations prints %s".formatted(nodes.size(), text.nodes().size()));
    }
    boolean found = false;
    for (int i = 0; i < nodes.size(); i++) {
      GraphText.Node call = text.nodes().get(i);
      if (call.is("prim::CallMethod") && text.paths().containsKey(call.inputs().get(0))) {
        replace(text, call, nodes.get(i), listener);
        found = true;
      } else if (call.is("prim::If") && text.constant(call.inputs().get(0)).isPresent()) {
        take(nodes.get(i), text.isConstant(call.inputs().get(0), "1") ? 0 : 1);
        found = true;
      }
    }
    return found;
  }

  /** Puts the operations of one of a branching's blocks in its place. */
  private static void take(JitNode branching, int which) {
    Block taken = branching.blocks().get(which);
    for (JitNode node : nodes(taken)) {
      node.moveBefore(branching);
    }
    for (int i = 0; i < branching.outputs().size(); i++) {
      branching.outputs().get(i).replaceAllUsesWith(taken.outputs().get(i));
    }
    branching.destroy();
  }

  private void replace(GraphText text, GraphText.Node call, JitNode node, Listener listener) {
    String path = text.paths().get(call.inputs().get(0));
    GraphFunction code = module.method(path, call.name());
    boolean part = call.name().startsWith("forward") && !path.isEmpty();
    String name = part ? numbered(path) : "";
    if (part) {
      boolean tensor = call.inputs().size() > 1 && text.isTensor(call.inputs().get(1));
      listener.entering(name, node, tensor ? node.input(1) : null);
    }
    JitNode next = node.next();
    ValueVector outputs = torch.inlineCallTo(node, code, false);
    if (part) {
      boolean tensor = call.types().size() == 1 && TENSOR_FIRST.matcher(call.types().get(0)).find();
      listener.leaving(name, tensor ? () -> firstTensor(outputs.get(0), next) : null, next);
    }
  }

  /** The value itself, or the first element of a tuple, at any depth. */
  private Value firstTensor(Value value, JitNode before) {
    Value tensor = value;
    while (tensor.type().get().kind().value == TypeKind.TupleType.value) {
      setInsertPoint(before);
      Value zero = graph.insertConstant(new IValue(0L));
      tensor =
          graph
              .insertNode(
                  graph.createTupleIndex(tensor, zero, tensor.type().get().containedType(0)))
              .output();
      graph.setInsertPoint(graph.block());
    }
    return tensor;
  }

  private void setInsertPoint(JitNode before) {
    if (before.address() == graph.return_node().address()) {
      graph.setInsertPoint(graph.block());
    } else {
      graph.setInsertPoint(before);
    }
  }

  /** A part that is called again has a number. */
  private String numbered(String path) {
    int number = calls.merge(path, 1, Integer::sum);
    return number == 1 ? path : path + "#" + number;
  }

  /** The operations of the top level. */
  List<JitNode> nodes() {
    return nodes(graph.block());
  }

  private static List<JitNode> nodes(Block block) {
    List<JitNode> nodes = new ArrayList<>();
    long end = block.return_node().address();
    graph_node_list_iterator at = block.nodes().begin();
    for (JitNode node = at.multiply(); node.address() != end; node = at.multiply()) {
      nodes.add(node);
      at.increment();
    }
    return nodes;
  }

  /** A copy of the value, taken before this operation: what follows may change it in place. */
  Value copied(Value value, JitNode before) {
    setInsertPoint(before);
    Value none = graph.insertNode(graph.createNone()).output();
    JitNode copy =
        graph.create(Symbol.fromQualString("aten::clone"), new ValueVector(value, none), 1);
    graph.insertNode(copy);
    // An insert point that a later inlining deletes would end the process.
    graph.setInsertPoint(graph.block());
    return copy.output();
  }

  /** Takes these operations away, the last first, as far as nobody uses what they make. */
  static void removeUnused(List<JitNode> nodes) {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      if (!nodes.get(i).hasUses()) {
        nodes.get(i).destroy();
      }
    }
  }
}
