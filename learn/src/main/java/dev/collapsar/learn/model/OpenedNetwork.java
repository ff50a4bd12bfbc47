package dev.collapsar.learn.model;

import dev.collapsar.learn.network.Network;
import java.util.List;

/**
 * A network that came from a file, with what the file did not say.
 *
 * @param origin of what is known of its architecture
 * @param assumptions sentences, each one thing that was taken for granted; empty of a file with a
 *     card
 */
public record OpenedNetwork(Network network, Origin origin, List<String> assumptions)
    implements AutoCloseable {
  /** Who says what a network is. */
  public enum Origin {
    CARD("as its card says"),
    TENSORS("as its tensors' names and shapes say"),
    CHOICE("as the settings choose: it has no card");

    private final String words;

    Origin(String words) {
      this.words = words;
    }

    /** To stand after what it is. */
    public String words() {
      return words;
    }
  }

  public OpenedNetwork {
    assumptions = List.copyOf(assumptions);
  }

  /** Whether the file said what it is. */
  public boolean hasCard() {
    return origin == Origin.CARD;
  }

  @Override
  public void close() {
    network.close();
  }
}
