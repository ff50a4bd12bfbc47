package dev.collapsar.learn.network.script;

import org.bytedeco.pytorch.Graph;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.JitNode;
import org.bytedeco.pytorch.Symbol;
import org.bytedeco.pytorch.Value;
import org.bytedeco.pytorch.ValueVector;

/**
 * Adds to what a Linear or a convolution computes what two thin maps make of the same input, so
 * that no weight of its own size is formed, nor a gradient of that size.
 *
 * @param map the operation
 */
record ThinInsertion(Graph graph, JitNode map) {

  void add(boolean linear, Value down, Value up) {
    graph.setInsertPoint(map.next());
    Value none = graph.insertNode(graph.createNone()).output();
    Value one = graph.insertConstant(new IValue(1L));
    Value hidden;
    Value change;
    if (linear) {
      hidden = made("aten::linear", map.input(0), down, none);
      change = made("aten::linear", hidden, up, none);
    } else {
      Value ones = pair(one);
      Value zeros = pair(graph.insertConstant(new IValue(0L)));
      hidden =
          made(
              "aten::conv2d",
              map.input(0),
              down,
              none,
              map.input(3), // stride, padding and dilation stand there in both operations
              map.input(4),
              map.input(5),
              one);
      change = made("aten::conv2d", hidden, up, none, ones, zeros, ones, one);
    }
    JitNode sum = node("aten::add", map.output(), change, one);
    map.output().replaceAllUsesAfterNodeWith(sum, sum.output());
    graph.setInsertPoint(graph.block());
  }

  private Value pair(Value number) {
    return made("prim::ListConstruct", number, number).setType(map.input(3).type());
  }

  private Value made(String operation, Value... inputs) {
    return node(operation, inputs).output();
  }

  private JitNode node(String operation, Value... inputs) {
    return graph.insertNode(
        graph.create(Symbol.fromQualString(operation), new ValueVector(inputs), 1));
  }
}
