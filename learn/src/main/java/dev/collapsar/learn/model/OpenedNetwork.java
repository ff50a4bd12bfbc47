package dev.collapsar.learn.model;

import dev.collapsar.learn.network.Network;
import java.util.List;

/**
 * A network that came from a file, with what the file did not say.
 *
 * @param assumptions sentences, each one thing that was taken for granted; empty of a file with a
 *     card
 */
public record OpenedNetwork(Network network, List<String> assumptions) implements AutoCloseable {
  public OpenedNetwork {
    assumptions = List.copyOf(assumptions);
  }

  @Override
  public void close() {
    network.close();
  }
}
