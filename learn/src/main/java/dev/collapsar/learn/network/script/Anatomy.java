package dev.collapsar.learn.network.script;

import dev.collapsar.learn.network.script.GraphText.Node;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.bytedeco.pytorch.JitNode;
import org.bytedeco.pytorch.Value;

/**
 * The use that a file's code makes of its tensors: which slots it reads, which of them are weights
 * of linear maps, where the classes come from, where it can be entered.
 *
 * @param whole with everything inlined
 * @param parts with the calls of parts inlined, their inputs and outputs among the results
 * @param calls in the network's order of its parts, each before those inside it
 */
record Anatomy(GraphText whole, GraphText parts, List<Call> calls) {
  /** Operations that a value passes unchanged, or only in another form. */
  private static final Set<String> TRANSPARENT =
      Set.of(
          "aten::view",
          "aten::reshape",
          "aten::flatten",
          "aten::squeeze",
          "aten::contiguous",
          "aten::clone",
          "aten::to",
          "aten::dropout");

  /** Operations through which LibTorch passes no gradient. */
  private static final Set<String> WITHOUT_GRADIENT =
      Set.of(
          "aten::_native_multi_head_attention",
          "aten::_transformer_encoder_layer_fwd",
          "aten::_triton_multi_head_attention");

  /**
   * A part's call.
   *
   * @param input what enters, a value of {@link #parts}, if it is a tensor
   * @param isTap whether what leaves is a tensor
   */
  record Call(String name, Optional<String> input, boolean isTap) {}

  /**
   * A weight that acts linearly on what enters.
   *
   * @param slot its dotted name
   */
  record Place(String slot, Kind kind, int groups) {}

  static Anatomy of(ScriptModule module) {
    return TensorScope.within(
        () -> {
          GraphText whole = GraphText.of(module.method("", "forward").optimized_graph().toString());
          Inlining inlining = new Inlining(module);
          Calls calls = new Calls(inlining);
          inlining.run(calls);
          GraphText parts = inlining.text();
          return new Anatomy(whole, parts, calls.found(parts, module.paths()));
        });
  }

  private static final class Calls implements Inlining.Listener {
    private final Inlining inlining;
    private final Map<String, Long> inputs = new LinkedHashMap<>();
    private final Set<String> outputs = new LinkedHashSet<>();

    Calls(Inlining inlining) {
      this.inlining = inlining;
    }

    @Override
    public void entering(String name, JitNode call, Value inputOrNull) {
      inputs.put(name, inputOrNull == null ? 0 : inlining.graph().registerOutput(inputOrNull));
    }

    @Override
    public void leaving(String name, Supplier<Value> outputOrNull, JitNode next) {
      if (outputOrNull != null) {
        outputs.add(name);
      }
    }

    List<Call> found(GraphText parts, List<String> paths) {
      List<Call> found = new ArrayList<>();
      inputs.forEach(
          (name, result) ->
              found.add(
                  new Call(
                      name,
                      result == 0
                          ? Optional.empty()
                          : Optional.of(parts.results().get(Math.toIntExact(result))),
                      outputs.contains(name))));
      found.sort(Comparator.comparingInt(call -> paths.indexOf(call.name.split("#")[0])));
      return found;
    }
  }

  /** The slots that the code reads, tensors and others, by dotted name. */
  Set<String> read() {
    return new HashSet<>(whole.paths().values());
  }

  /** The weights of linear maps, by the slot's name. */
  Map<String, Place> places() {
    Map<String, Place> places = new LinkedHashMap<>();
    for (Node node : whole.all()) {
      place(whole, node).ifPresent(place -> places.putIfAbsent(place.slot, place));
    }
    return places;
  }

  /** Slots of ungrouped Linear and Conv2d weights that one operation reads, outside of branches. */
  Set<String> readOnce() {
    Map<String, Integer> readers = new HashMap<>();
    for (Node node : parts.all()) {
      node.inputs().stream()
          .map(parts.paths()::get)
          .filter(Objects::nonNull)
          .distinct()
          .forEach(slot -> readers.merge(slot, 1, Integer::sum));
    }
    Set<String> once = new HashSet<>();
    for (Node node : parts.nodes()) {
      place(parts, node)
          .filter(place -> place.kind != Kind.EMBEDDING && place.groups == 1)
          .filter(place -> readers.get(place.slot) == 1)
          .ifPresent(place -> once.add(place.slot));
    }
    return once;
  }

  /** What an operation does with a slot's tensor, if it is linear in it. */
  static Optional<Place> place(GraphText text, Node node) {
    return switch (node.operation()) {
      case "aten::linear" -> place(text, node, 1, Kind.LINEAR, 1);
      case "aten::embedding" -> place(text, node, 0, Kind.EMBEDDING, 1);
      case "aten::conv2d" -> place(text, node, 1, Kind.CONV2D, text.number(node.inputs().get(6)));
      case "aten::_convolution" ->
          text.number(node.inputs().get(6)) == 0
              ? place(text, node, 1, Kind.CONV2D, text.number(node.inputs().get(8)))
              : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static Optional<Place> place(
      GraphText text, Node node, int weight, Kind kind, int groups) {
    return Optional.ofNullable(text.paths().get(node.inputs().get(weight)))
        .map(slot -> new Place(slot, kind, groups));
  }

  /**
   * The slot of the Linear's weight that makes the returned value.
   *
   * @param output which part of a tuple or dictionary
   */
  Optional<String> headWeight(Optional<String> output) {
    Map<String, Node> makers = whole.makers();
    Node maker = makers.get(returned(makers, output));
    while (maker != null && TRANSPARENT.contains(maker.operation())) {
      maker = makers.get(maker.inputs().get(0));
    }
    return Optional.ofNullable(maker)
        .filter(node -> node.is("aten::linear"))
        .map(node -> whole.paths().get(node.inputs().get(1)));
  }

  private String returned(Map<String, Node> makers, Optional<String> output) {
    String result = whole.results().get(0);
    Node maker = makers.get(result);
    if (maker != null && maker.is("prim::TupleConstruct")) {
      int at = output.filter(name -> name.matches("\\d+")).map(Integer::parseInt).orElse(0);
      return at < maker.inputs().size() ? maker.inputs().get(at) : result;
    }
    if (maker != null && maker.is("prim::DictConstruct")) {
      for (int i = 0; i < maker.inputs().size(); i += 2) {
        String key = whole.constant(maker.inputs().get(i)).orElse("");
        if (output.isEmpty() || key.equals('"' + output.get() + '"')) {
          return maker.inputs().get(i + 1);
        }
      }
    }
    return result;
  }

  /** What of its training and evaluation modes was fixed when it was traced. */
  TracedModes modes() {
    return new TracedModes(whole);
  }

  /** The slots of what a gradient would have to pass an operation for that passes none. */
  Set<String> withoutGradient() {
    Set<String> values = new HashSet<>();
    for (Node node : whole.nodes()) {
      boolean blocked =
          node.all().stream()
              .anyMatch(
                  inner ->
                      WITHOUT_GRADIENT.contains(inner.operation())
                          || inner.operation().startsWith("quantized::"));
      if (blocked) {
        values.addAll(node.reads());
      }
    }
    return slots(whole, whole.ancestors(values, Set.of()));
  }

  private static Set<String> slots(GraphText text, List<Node> nodes) {
    Set<String> slots = new HashSet<>();
    for (Node top : nodes) {
      top.all().forEach(node -> node.outputs().forEach(v -> addSlot(text, v, slots)));
    }
    return slots;
  }

  private static void addSlot(GraphText text, String value, Set<String> slots) {
    if (text.paths().containsKey(value)) {
      slots.add(text.paths().get(value));
    }
  }

  /** The names of the parts whose output is a tensor. */
  List<String> modules() {
    return calls.stream().filter(Call::isTap).map(Call::name).toList();
  }

  /**
   * What happens before a part is entered.
   *
   * @param slots that are read
   * @param isRandom whether anything draws
   * @param length how many operations it has
   */
  record Prefix(Set<String> slots, boolean isRandom, int length) {}

  /** Where the network can be entered: parts whose input all ways to the result pass. */
  Map<String, Prefix> entries() {
    Map<String, Prefix> entries = new LinkedHashMap<>();
    String result = parts.results().get(0);
    List<String> arguments = parts.arguments().subList(1, parts.arguments().size());
    for (Call call : calls) {
      if (call.input.isEmpty() || parts.arguments().contains(call.input.get())) {
        continue;
      }
      String input = call.input.get();
      Set<String> behind = reads(parts.ancestors(Set.of(result), Set.of(input)), input);
      if (Collections.disjoint(behind, arguments)) {
        List<Node> before = parts.ancestors(Set.of(input), Set.of());
        entries.put(call.name, new Prefix(slots(parts, before), isRandom(before), before.size()));
      }
    }
    return entries;
  }

  private static Set<String> reads(List<Node> nodes, String except) {
    Set<String> reads = new HashSet<>();
    nodes.forEach(node -> reads.addAll(node.reads()));
    reads.remove(except);
    return reads;
  }

  /** Calls that were not inlined may draw too, if anything does. */
  private boolean isRandom(List<Node> nodes) {
    return modes().draw()
        && (TracedModes.draws(parts, nodes)
            || nodes.stream()
                .flatMap(node -> node.all().stream())
                .anyMatch(node -> node.operation().startsWith("prim::Call")));
  }
}
