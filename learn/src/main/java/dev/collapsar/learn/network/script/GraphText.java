package dev.collapsar.learn.network.script;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A TorchScript graph by its printed text: which operation makes which value of which others, and
 * which slot of the module a value was read from. LibTorch's own accessors of names hand out freed
 * memory; its text is safe.
 *
 * @param arguments the values that enter, the module first
 * @param nodes the operations of the top level, in order
 * @param results the values that leave
 * @param paths of values read from the module, as they are or in another element type, the dotted
 *     path of the slot; the module itself is the empty path
 */
record GraphText(
    List<String> arguments, List<Node> nodes, List<String> results, Map<String, String> paths) {
  private static final Pattern VALUE = Pattern.compile("%[A-Za-z0-9_.]+");
  private static final Pattern TYPED = Pattern.compile("(%[A-Za-z0-9_.]+) : ");
  private static final Pattern NAMED = Pattern.compile("\\[name=\"([^\"]*)\"\\]");
  private static final Pattern OPERATION = Pattern.compile("^([A-Za-z0-9_]+::[A-Za-z0-9_]+)");
  private static final Pattern INPUTS = Pattern.compile("\\(([^()]*)\\)");
  private static final Pattern CONSTANT = Pattern.compile("\\[value=(.*)\\]\\(\\)");

  /**
   * One operation.
   *
   * @param operation such as {@code aten::linear}
   * @param name what its attribute {@code name} says, else empty
   * @param text of a constant, else empty
   * @param types of its outputs, as they are printed
   * @param inner the operations of its blocks, at any depth
   * @param yielded the values that its blocks end with
   */
  record Node(
      String operation,
      String name,
      String text,
      List<String> types,
      List<String> inputs,
      List<String> outputs,
      List<Node> inner,
      List<String> yielded) {
    boolean is(String other) {
      return operation.equals(other);
    }

    /** Everything that it reads, inside its blocks too. */
    Set<String> reads() {
      Set<String> reads = new HashSet<>(inputs);
      reads.addAll(yielded);
      inner.forEach(node -> reads.addAll(node.inputs));
      return reads;
    }

    /** Itself and the operations of its blocks. */
    List<Node> all() {
      List<Node> all = new ArrayList<>(List.of(this));
      all.addAll(inner);
      return all;
    }
  }

  GraphText {
    arguments = List.copyOf(arguments);
    nodes = List.copyOf(nodes);
    results = List.copyOf(results);
    paths = Collections.unmodifiableMap(new LinkedHashMap<>(paths));
  }

  /** Reads what LibTorch prints of a graph. */
  static GraphText of(String printed) {
    List<String> arguments = new ArrayList<>();
    List<Node> nodes = new ArrayList<>();
    List<String> results = new ArrayList<>();
    boolean header = true;
    for (String line : printed.lines().toList()) {
      String content = line.strip();
      if (header) {
        arguments.addAll(found(TYPED, content, 1));
        header = !content.endsWith("):");
      } else if (line.startsWith("  return (")) {
        results.addAll(found(VALUE, content, 0));
      } else if (isNode(content)) {
        Node node = node(content);
        if (isTopLevel(line)) {
          nodes.add(node);
        } else {
          nodes.get(nodes.size() - 1).inner.add(node);
        }
      } else if (content.startsWith("-> (")) {
        nodes.get(nodes.size() - 1).yielded.addAll(found(VALUE, content, 0));
      }
    }
    return new GraphText(arguments, nodes, results, paths(arguments.get(0), nodes));
  }

  private static boolean isNode(String content) {
    return content.startsWith("%") || content.startsWith("= ");
  }

  /** Two blanks before a value, three before an operation that makes none. */
  private static boolean isTopLevel(String line) {
    return line.startsWith("  %") || line.startsWith("   = ");
  }

  private static Node node(String content) {
    int split = content.startsWith("= ") ? 0 : content.indexOf(" = ") + 1;
    String left = content.substring(0, split);
    String right = content.substring(split + 2);
    Matcher operation = OPERATION.matcher(right);
    String name = operation.find() ? operation.group(1) : right;
    boolean constant = name.equals("prim::Constant");
    String rest = right.substring(constant ? right.length() : name.length());
    Matcher named = NAMED.matcher(rest);
    boolean hasName = named.lookingAt();
    Matcher inputs = INPUTS.matcher(hasName ? rest.substring(named.end()) : rest);
    Matcher value = CONSTANT.matcher(right);
    return new Node(
        name,
        hasName ? named.group(1) : "",
        constant && value.find() ? value.group(1) : "",
        types(left),
        inputs.find() ? found(VALUE, inputs.group(1), 0) : List.of(),
        found(TYPED, left, 1),
        new ArrayList<>(),
        new ArrayList<>());
  }

  private static List<String> types(String left) {
    return Arrays.stream(TYPED.split(left))
        .map(type -> type.strip().replaceAll(",$", ""))
        .filter(type -> !type.isEmpty())
        .toList();
  }

  private static List<String> found(Pattern pattern, String in, int group) {
    return pattern.matcher(in).results().map(match -> match.group(group)).toList();
  }

  private static Map<String, String> paths(String self, List<Node> nodes) {
    Map<String, String> paths = new LinkedHashMap<>();
    paths.put(self, "");
    for (Node top : nodes) {
      for (Node node : top.all()) {
        if (node.is("prim::GetAttr") && paths.containsKey(node.inputs.get(0))) {
          paths.put(node.outputs.get(0), SlotNames.join(paths.get(node.inputs.get(0)), node.name));
        } else if (node.is("aten::to") && paths.containsKey(node.inputs.get(0))) {
          paths.put(node.outputs.get(0), paths.get(node.inputs.get(0)));
        }
      }
    }
    return paths;
  }

  /** The names of what enters besides the module, as its source has them. */
  List<String> inputNames() {
    return arguments.stream()
        .skip(1)
        .map(value -> value.substring(1).replaceFirst("\\.\\d+$", ""))
        .toList();
  }

  /** All operations, at any depth, in order. */
  List<Node> all() {
    return nodes.stream().flatMap(node -> node.all().stream()).toList();
  }

  /** The operation that makes each value, at any depth. */
  Map<String, Node> makers() {
    Map<String, Node> makers = new HashMap<>();
    all().forEach(node -> node.outputs.forEach(value -> makers.put(value, node)));
    return makers;
  }

  /** Whether a value of the top level is a tensor. */
  boolean isTensor(String value) {
    return arguments.contains(value)
        ? !value.equals(arguments.get(0))
        : nodes.stream()
            .anyMatch(
                node -> {
                  int at = node.outputs.indexOf(value);
                  return at >= 0 && node.types.get(at).equals("Tensor");
                });
  }

  /** The text of a constant, such as {@code 1} or {@code 0.5}; empty if the value is none. */
  Optional<String> constant(String value) {
    return all().stream()
        .filter(node -> node.is("prim::Constant") && node.outputs.contains(value))
        .map(Node::text)
        .findFirst();
  }

  /** The whole number that a value is in the code; -1 if it is computed. */
  int number(String value) {
    return constant(value)
        .filter(constant -> constant.matches("-?\\d{1,9}"))
        .map(Integer::parseInt)
        .orElse(-1);
  }

  /** Whether the value is the constant of this text. */
  boolean isConstant(String value, String text) {
    return constant(value).filter(text::equals).isPresent();
  }

  /**
   * The operations of the top level that a value depends on, in order, without looking beyond the
   * values {@code at}.
   */
  List<Node> ancestors(Set<String> values, Set<String> at) {
    Set<String> needed = new HashSet<>(values);
    List<Node> found = new ArrayList<>();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node node = nodes.get(i);
      if (node.outputs.stream().anyMatch(value -> needed.contains(value) && !at.contains(value))) {
        needed.addAll(node.reads());
        found.add(0, node);
      }
    }
    return found;
  }
}
