package dev.collapsar.study;

import java.util.List;

/**
 * A setting that is not the same in all runs.
 *
 * @param key dotted, as in recipe.yaml
 * @param values as text, each once, in the order in which runs have them; empty text where a run
 *     has no such setting
 */
public record Axis(String key, List<String> values) {
  public Axis {
    values = List.copyOf(values);
  }
}
