package dev.collapsar.learn.network.script;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parameters that are one tensor under several names. */
record TiedParameters(ScriptModule module, Set<String> read) {
  /** Which there are, and what follows for adapters; a sentence each. */
  List<String> sentences() {
    Map<Long, List<String>> names = new LinkedHashMap<>();
    module
        .parameters()
        .forEach(
            (name, tensor) -> {
              if (tensor.numel() > 0) {
                long at = tensor.data_ptr().address();
                names.computeIfAbsent(at, first -> new ArrayList<>()).add(name);
              }
            });
    return names.values().stream().filter(same -> same.size() > 1).map(this::sentence).toList();
  }

  private String sentence(List<String> names) {
    List<String> used = names.stream().filter(read::contains).toList();
    return "%s are one tensor; %s"
        .formatted(
            String.join(" and ", names),
            used.size() == 1
                ? "the code reads it as %s, where an adapter acts on all that uses it"
                    .formatted(used.get(0))
                : "an adapter on one of the names acts there alone, training all of it on each");
  }
}
