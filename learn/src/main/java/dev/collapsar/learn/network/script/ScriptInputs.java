package dev.collapsar.learn.network.script;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;

/**
 * The inputs of a file's {@code forward}.
 *
 * @param names in order, as the model's code has them
 * @param needed those without a value of their own
 */
record ScriptInputs(List<String> names, List<String> needed) {
  ScriptInputs {
    names = List.copyOf(names);
    needed = List.copyOf(needed);
  }

  static ScriptInputs of(ScriptModule module) {
    return TensorScope.within(
        () -> {
          List<String> names =
              GraphText.of(module.method("", "forward").graph().toString()).inputNames();
          List<String> needed =
              IntStream.range(0, names.size())
                  .filter(i -> module.defaultArgument(i) == null)
                  .mapToObj(names::get)
                  .toList();
          return new ScriptInputs(names, needed);
        });
  }

  /** Whether one tensor is enough, whatever it is called. */
  boolean isOne() {
    return !names.isEmpty() && (needed.isEmpty() || needed.equals(names.subList(0, 1)));
  }

  /**
   * The arguments for an input, in the caller's scope: its only tensor where that is enough, else
   * its tensors by the model's names.
   *
   * @param entering what is done with each tensor before
   * @throws InvalidInputException if one is missing, or is none of the model's
   */
  List<IValue> arguments(
      Input input, ScriptModule module, UnaryOperator<Tensor> entering, String origin) {
    Map<String, Tensor> named = input.named();
    if (isOne() && named.size() == 1 && !names.contains(named.keySet().iterator().next())) {
      named = Map.of(names.get(0), input.only());
    }
    requireNames(named.keySet(), origin);
    List<IValue> arguments = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      Tensor given = named.get(names.get(i));
      arguments.add(given == null ? module.defaultArgument(i) : new IValue(entering.apply(given)));
    }
    return arguments;
  }

  private void requireNames(Set<String> given, String origin) {
    Set<String> missing = new LinkedHashSet<>(needed);
    missing.removeAll(given);
    if (!missing.isEmpty() || !names.containsAll(given)) {
      throw new InvalidInputException(
          "%s: takes %s, got %s".formatted(origin, words(), String.join(", ", given)));
    }
  }

  /** Refuses what gives one tensor to a network of several. */
  void requireOne(String origin) {
    if (!isOne()) {
      throw new InvalidInputException(
          "%s: takes %s; images are one: wrap it in a module whose forward has one"
              .formatted(origin, words()));
    }
  }

  /** Such as {@code 2 inputs (x, y)}. */
  String words() {
    return names.equals(needed)
        ? "%s inputs (%s)".formatted(names.size(), String.join(", ", names))
        : "%s inputs (%s), of which it needs %s"
            .formatted(names.size(), String.join(", ", names), String.join(", ", needed));
  }
}
