package dev.collapsar.learn.model;

import dev.collapsar.learn.network.Network;
import java.util.List;

/**
 * A network that came from a file, with what the file did not say.
 *
 * @param origin of what is known of its architecture
 * @param assumptions sentences, each one thing that was taken for granted; empty of a file with a
 *     card
 * @param limits sentences, each one thing that its code does otherwise than a network of ours when
 *     it is trained
 * @param cautions sentences, likewise also when it is only evaluated
 */
public record OpenedNetwork(
    Network network,
    Origin origin,
    List<String> assumptions,
    List<String> limits,
    List<String> cautions)
    implements AutoCloseable {
  /** Who says what a network is. */
  public enum Origin {
    CARD("as its card says"),
    CODE("as its code says"),
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

  /** Of our own layers. */
  public OpenedNetwork(Network network, Origin origin, List<String> assumptions) {
    this(network, origin, assumptions, List.of(), List.of());
  }

  public OpenedNetwork {
    assumptions = List.copyOf(assumptions);
    limits = List.copyOf(limits);
    cautions = List.copyOf(cautions);
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
