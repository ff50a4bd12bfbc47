package dev.collapsar.learn.network.script;

import java.util.Optional;

/**
 * The choices that a TorchScript file leaves open.
 *
 * @param head the dotted name of the Linear that classifies; if absent the one that makes the
 *     returned value
 * @param output which part of a returned tuple (a number, counted from 0) or dictionary (a key) is
 *     meant; if absent the first of a tuple, the only one of a dictionary
 * @param anySize whether samples of another shape than the traced one may enter
 */
public record ScriptOptions(Optional<String> head, Optional<String> output, boolean anySize) {
  /** The file's own head and first output, samples as they were traced. */
  public static ScriptOptions defaults() {
    return new ScriptOptions(Optional.empty(), Optional.empty(), false);
  }

  public ScriptOptions withHead(String name) {
    return new ScriptOptions(Optional.of(name), output, anySize);
  }

  public ScriptOptions withOutput(String name) {
    return new ScriptOptions(head, Optional.of(name), anySize);
  }

  public ScriptOptions withAnySize() {
    return new ScriptOptions(head, output, true);
  }
}
