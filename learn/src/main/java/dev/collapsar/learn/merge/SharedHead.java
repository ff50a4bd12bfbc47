package dev.collapsar.learn.merge;

import java.util.Optional;

/**
 * The head of a language model that no file holds, because its weight is the input embedding's.
 *
 * @param head its tensor's name; empty where it cannot stand by itself, as BERT's for masked words
 * @param embedding the name of the tensor that it shares
 */
public record SharedHead(Optional<String> head, String embedding) {
  /** Empty if the network has no head, or one of its own, or its configuration is not there. */
  public static Optional<SharedHead> of(BaseNetwork network) {
    TiedHead tied = new TiedHead(network.config(), network.tensors());
    return tied.isShared()
        ? Optional.of(new SharedHead(tied.separable(), tied.embedding().orElseThrow()))
        : Optional.empty();
  }
}
