package dev.collapsar.learn.adapter.layout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsar.data.TensorFile;
import java.util.Optional;
import java.util.Set;

/** One tool's tensor names, to an adapter of typed parts. Needs no base. */
public interface AdapterLayout {
  /** Whose names it has, in a word. */
  String name();

  /** Whether a file of these tensors, beside this configuration if there is one, is of it. */
  boolean fits(Set<String> tensors, Optional<JsonNode> config);

  /**
   * The adapter. Reads names, shapes and single numbers; what the parts hold is read when a weight
   * is updated.
   *
   * @throws dev.collapsar.InvalidInputException if the tensors contradict one another or the
   *     configuration
   */
  AdapterTensors parse(TensorFile file, Optional<JsonNode> config);
}
