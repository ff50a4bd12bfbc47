package dev.collapsar.learn.merge;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A base's names for an adapter's modules. They are the same, unless one of the two was saved
 * inside of a wrapper, as GPT-2 is with {@code transformer.} before its names and on the hub
 * without: then that prefix is left out or put before, if exactly one such change gives all modules
 * a place.
 *
 * @param left what the adapter's names begin with and the base's do not, maybe nothing
 * @param put what the base's names begin with and the adapter's do not, maybe nothing
 */
record BaseNames(String left, String put) {
  private static final BaseNames SAME = new BaseNames("", "");

  /**
   * @throws InvalidInputException if several changes of the names fit and none does without
   */
  static BaseNames of(Map<String, StoredTensor> base, AdapterFile adapter) {
    Set<String> modules = adapter.modules().keySet();
    if (modules.stream().allMatch(module -> base.containsKey(module + ".weight"))) {
      return SAME;
    }
    Map<String, BaseNames> fitting = new LinkedHashMap<>();
    String first = modules.iterator().next();
    for (int dot = first.indexOf('.'); dot >= 0; dot = first.indexOf('.', dot + 1)) {
      keepIfFits(new BaseNames(first.substring(0, dot + 1), ""), base, adapter, fitting);
    }
    String suffix = "." + first + ".weight";
    for (String name : base.keySet()) {
      if (name.endsWith(suffix)) {
        String put = name.substring(0, name.length() - suffix.length() + 1);
        keepIfFits(new BaseNames("", put), base, adapter, fitting);
      }
    }
    if (fitting.size() > 1) {
      throw new InvalidInputException(
          "%s may be any of %s in the base: the adapter does not say which"
              .formatted(first, fitting.keySet()));
    }
    return fitting.values().stream().findFirst().orElse(SAME);
  }

  private static void keepIfFits(
      BaseNames names,
      Map<String, StoredTensor> base,
      AdapterFile adapter,
      Map<String, BaseNames> into) {
    boolean fits =
        adapter.modules().entrySet().stream()
            .allMatch(
                entry ->
                    entry.getKey().startsWith(names.left)
                        && fits(base.get(names.of(entry.getKey()) + ".weight"), entry.getValue()));
    if (fits) {
      into.put(names.of(adapter.modules().keySet().iterator().next()), names);
    }
  }

  private static boolean fits(StoredTensor weight, LoraFactors factors) {
    return weight != null
        && (Arrays.equals(weight.shape(), factors.weightShape())
            || Orientation.isTurned(weight, factors));
  }

  /** The base's name of a module or tensor of the adapter's. */
  String of(String name) {
    return name.startsWith(left) ? put + name.substring(left.length()) : name;
  }

  /** What was changed, for the user. */
  Optional<String> note() {
    if (!left.isEmpty()) {
      return Optional.of("the base's names are the adapter's without '%s'".formatted(left));
    }
    return put.isEmpty()
        ? Optional.empty()
        : Optional.of("the base's names are the adapter's behind '%s'".formatted(put));
  }
}
