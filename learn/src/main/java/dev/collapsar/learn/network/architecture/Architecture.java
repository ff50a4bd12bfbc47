package dev.collapsar.learn.network.architecture;

import dev.collapsar.learn.network.layer.NetworkSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A kind of network by name.
 *
 * @param read the network of a card's numbers
 * @param guess the one that tensors of such names and shapes may be of
 */
record Architecture(
    String name,
    Function<CardNumbers, NetworkSpec> read,
    Function<Map<String, long[]>, Optional<ArchitectureGuess>> guess) {
  /** The shape of a tensor that is not there. */
  static final long[] ABSENT = {};

  /** How many numbers a sample of this shape has. */
  static long size(List<Long> sample) {
    return sample.stream().reduce(1L, Math::multiplyExact);
  }
}
