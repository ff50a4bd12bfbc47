package dev.collapsar.learn.network.architecture;

import dev.collapsar.learn.network.layer.NetworkSpec;
import java.util.List;

/**
 * The network of ours that tensors of such names and shapes are of.
 *
 * @param weights how many its matrices and convolutions have at least, from its numbers alone
 * @param assumptions sentences, each one thing that names and shapes do not say
 */
public record ArchitectureGuess(NetworkSpec spec, double weights, List<String> assumptions) {
  public ArchitectureGuess {
    assumptions = List.copyOf(assumptions);
  }
}
