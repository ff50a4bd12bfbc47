package dev.collapsar.cli;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Classes that depend on each other, directly or by others: the strongly connected components of
 * our top-level classes, by Tarjan's algorithm. Nested classes count as the one that holds them.
 */
final class Circles {
  private final Map<String, Set<String>> edges = new TreeMap<>();
  private final Map<String, Integer> number = new HashMap<>();
  private final Map<String, Integer> lowest = new HashMap<>();
  private final Deque<String> open = new ArrayDeque<>();
  private final List<List<String>> found = new ArrayList<>();

  private Circles(JavaClasses classes) {
    for (JavaClass type : classes) {
      Set<String> seen = edges.computeIfAbsent(topLevel(type), name -> new TreeSet<>());
      type.getDirectDependenciesFromSelf().stream()
          .map(edge -> edge.getTargetClass())
          .filter(target -> classes.contain(target.getName()))
          .forEach(target -> seen.add(topLevel(target)));
    }
  }

  /** Those of two classes and more: names within the project, in alphabetical order. */
  static List<List<String>> of(JavaClasses classes) {
    Circles circles = new Circles(classes);
    for (String name : circles.edges.keySet()) {
      if (!circles.number.containsKey(name)) {
        circles.visit(name);
      }
    }
    return circles.found;
  }

  private void visit(String name) {
    number.put(name, number.size());
    lowest.put(name, number.get(name));
    open.push(name);
    for (String next : edges.get(name)) {
      if (!number.containsKey(next)) {
        visit(next);
        lowest.merge(name, lowest.get(next), Math::min);
      } else if (open.contains(next)) {
        lowest.merge(name, number.get(next), Math::min);
      }
    }
    if (lowest.get(name).equals(number.get(name))) {
      Set<String> circle = new TreeSet<>();
      String member;
      do {
        member = open.pop();
        circle.add(member);
      } while (!member.equals(name));
      if (circle.size() > 1) {
        found.add(List.copyOf(circle));
      }
    }
  }

  private static String topLevel(JavaClass type) {
    return type.getName().replaceFirst("\\$.*", "").replaceFirst("^dev\\.collapsar\\.", "");
  }
}
