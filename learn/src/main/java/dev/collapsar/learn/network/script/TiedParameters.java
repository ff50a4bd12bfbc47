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
    return groups().stream().map(this::sentence).toList();
  }

  /** The names that the code never reads, each with the one under which it reads that tensor. */
  Map<String, String> unread() {
    Map<String, String> unread = new LinkedHashMap<>();
    for (List<String> names : groups()) {
      List<String> used = names.stream().filter(read::contains).toList();
      if (used.size() == 1) {
        names.stream()
            .filter(name -> !read.contains(name))
            .forEach(name -> unread.put(name, used.get(0)));
      }
    }
    return unread;
  }

  private List<List<String>> groups() {
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
    return names.values().stream().filter(same -> same.size() > 1).toList();
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
