package dev.collapsar.learn.merge;

import dev.collapsar.data.FileTensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Gives a head that was the embedding's weight its own where the two are no longer equal. */
final class Untying {
  private final BaseNetwork base;
  private final TiedHead tied;
  private final Map<String, MergedTensor> results;
  private final List<String> notes;
  private final MergedConfig config;

  /**
   * @param results every tensor of the result by name; changed by what is untied
   * @param notes what was done, a sentence each; added to
   */
  Untying(
      BaseNetwork base,
      TiedHead tied,
      Map<String, MergedTensor> results,
      List<String> notes,
      MergedConfig config) {
    this.base = base;
    this.tied = tied;
    this.results = results;
    this.notes = notes;
    this.config = config;
  }

  void untie() {
    String head = tied.head().orElse(tied.headName());
    MergedTensor own = results.get(head);
    Optional<MergedTensor> embedding = tied.embedding().map(results::get);
    boolean ties = tied.head().isPresent() || own != null && tied.sourceOf(head).isPresent();
    if (ties && embedding.isPresent()) {
      MergedTensor input = resizedWith(own, embedding.get());
      if (own != null
          && own.isCopy()
          && input.isCopy()
          && own.source().hasContentOf(input.source())) {
        results.remove(head);
        notes.removeIf(note -> note.startsWith(head + ": new"));
      } else if (own != null) {
        setUntied(head, "gets a weight of its own beside the embedding's");
      } else if (changesAlone(input)) {
        boolean updated = !input.parts().isEmpty(); // of what it was resized to, if it was
        FileTensor before = updated ? input.source() : base.tensors().get(input.name());
        results.put(head, MergedTensor.copy(head, before));
        setUntied(head, "keeps the embedding's old weight, which only the embedding leaves");
      }
    } else if (tied.isTiedInFiles()
        && (changesAlone(own) || embedding.filter(this::changesAlone).isPresent())) {
      setUntied(head, "is no longer the embedding's weight");
    } else if (embedding.filter(this::changesAlone).isPresent()) {
      tied.requireUntied();
    }
  }

  /** The embedding; of a head that was resized with it and saved alone, what that one was. */
  private MergedTensor resizedWith(MergedTensor ownOrNull, MergedTensor input) {
    FileTensor before = base.tensors().get(input.name());
    boolean alone =
        ownOrNull != null
            && !ownOrNull.isCopy()
            && input.source() == before
            && ownOrNull.source().shape()[0] != before.shape()[0];
    if (!alone) {
      return input;
    }
    MergedTensor resized = input.from(ownOrNull.source());
    results.put(input.name(), resized);
    notes.add("%s: resized, %s".formatted(input.name(), input.becoming(resized.source())));
    return resized;
  }

  /**
   * Whether a tensor is other than the base's, not counting rows of tokens, which a head follows.
   */
  private boolean changesAlone(MergedTensor tensor) {
    FileTensor before = base.tensors().get(tensor.name());
    boolean replaced =
        tensor.source() != before
            && before != null
            && Arrays.equals(before.shape(), tensor.source().shape());
    return replaced || tensor.parts().stream().anyMatch(part -> !part.isTokenRows());
  }

  private void setUntied(String head, String reason) {
    tied.followers()
        .forEach(
            name -> {
              FileTensor shared = results.get(tied.embedding().orElseThrow()).source();
              results.put(name, MergedTensor.copy(name, shared));
              notes.add("%s: new, the shared embedding's weight".formatted(name));
            });
    notes.add("%s: untied, it %s; %s is false".formatted(head, reason, TiedHead.SETTING));
    config.untie();
  }
}
