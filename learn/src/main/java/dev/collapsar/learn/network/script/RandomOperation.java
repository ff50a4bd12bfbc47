package dev.collapsar.learn.network.script;

import dev.collapsar.learn.network.script.GraphText.Node;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.pytorch.OperatorVector;
import org.bytedeco.pytorch.Symbol;
import org.bytedeco.pytorch.TagArrayRef;
import org.bytedeco.pytorch.global.torch;

/**
 * An operation that draws at random, which LibTorch itself says of each of its operators, unless it
 * is told not to by an input: the mode, or a probability of zero.
 *
 * @param mode the input that says whether it is training; -1 if none does
 * @param probability the input that says how likely it drops what it is given; -1 if none does
 */
record RandomOperation(GraphText text, Node node, int mode, int probability) {
  private static final Map<String, Boolean> DRAWING = new ConcurrentHashMap<>();

  /** The node as such an operation, if its operator ever draws. */
  static Optional<RandomOperation> of(GraphText text, Node node) {
    if (!DRAWING.computeIfAbsent(node.operation(), RandomOperation::isSeeded)) {
      return Optional.empty();
    }
    String name = node.operation().replaceFirst("^aten::(.*?)_?$", "$1");
    return Optional.of(
        switch (name) {
          case "dropout",
              "alpha_dropout",
              "feature_dropout",
              "feature_alpha_dropout",
              "native_dropout" ->
              new RandomOperation(text, node, 2, 1);
          // Of packed sequences the two stand one further on; those count as drawing.
          case "lstm", "gru", "rnn_tanh", "rnn_relu" -> new RandomOperation(text, node, 6, 5);
          case "rrelu" -> new RandomOperation(text, node, 3, -1);
          case "scaled_dot_product_attention" -> new RandomOperation(text, node, -1, 4);
          default -> new RandomOperation(text, node, -1, -1);
        });
  }

  private static boolean isSeeded(String operation) {
    if (!operation.contains("::")) {
      return false;
    }
    OperatorVector overloads = torch.getAllOperatorsFor(Symbol.fromQualString(operation));
    for (long i = 0; i < overloads.size(); i++) {
      TagArrayRef tags = overloads.get(i).getTags();
      for (long j = 0; j < tags.size(); j++) {
        if (tags.at(j).intern() == torch.Tag.nondeterministic_seeded) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether it draws in training or in evaluation, or in both. */
  boolean draws() {
    return !isOfMode("0") && !isImpossible();
  }

  /** Whether it draws in every mode: it is not told which it is, and drops by a given chance. */
  boolean drawsAlways() {
    boolean computed = probability >= 0 && text.constant(node.inputs().get(probability)).isEmpty();
    return mode < 0 && !computed && !isImpossible();
  }

  /** Whether it would drop something, but is told for good that this is no training. */
  boolean isDropoutInEvaluation() {
    return probability >= 0 && isOfMode("0") && !isImpossible();
  }

  /** Whether it draws at any time, being told for good that this is training. */
  boolean isInTraining() {
    return isOfMode("1") && !isImpossible();
  }

  /** Whether its mode is the constant of this text. */
  private boolean isOfMode(String constant) {
    return mode >= 0 && text.isConstant(node.inputs().get(mode), constant);
  }

  private boolean isImpossible() {
    return probability >= 0 && text.isConstant(node.inputs().get(probability), "0.");
  }
}
