package dev.collapsar.learn.network.layer;

import dev.collapsar.learn.batch.InputSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The kind of a network, in numbers: enough to build it anew. */
public interface NetworkSpec {
  /** The architecture's name as recipes spell it. */
  default String name() {
    return (String) architecture().get("name");
  }

  /**
   * The dotted name of the last Linear layer, whose input is the representation and whose rows are
   * the classifier.
   */
  String head();

  /**
   * The dotted names of the layers whose outputs are the hidden states h_0 .. h_L, in order: the
   * places that direct feedback reaches, each once on every way from the input to the head.
   */
  List<String> hidden();

  /** The layers, uninitialised. */
  Layer build();

  /**
   * The numbers but the classes as a card keeps them.
   *
   * @return {@code name} first
   */
  Map<String, Object> architecture();

  /** What one sample is, pixels in [0, 1]; empty if only the layers know. */
  Optional<InputSpec> input();

  /** The same with a head of so many classes. */
  NetworkSpec withClasses(int classes);

  /** Whether the layers take samples of this shape. */
  boolean takes(List<Long> sample);

  /** Whether a network of the other has tensors of the same names and shapes. */
  default boolean hasTensorsOf(NetworkSpec other) {
    return equals(other);
  }
}
