package dev.collapsar.learn.merge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The head of a language model that shares its weight with the input embedding and so is in no file
 * ({@code tie_word_embeddings}).
 */
final class TiedHead {
  static final String SETTING = "tie_word_embeddings";
  private static final String HEAD = "lm_head.weight";
  private static final Set<String> EMBEDDINGS =
      Set.of("embed_tokens", "wte", "word_embeddings", "embed_in", "shared", "tok_embeddings");

  private static final String DECODER = "decoder.";

  /** Networks whose heads share the embedding under names and with biases of their own. */
  private static final List<String> OTHER_HEADS = List.of("ForMaskedLM", "ForPreTraining");

  private static final List<String> NAMES_OF_OTHERS =
      List.of("lm_head.weight", "decoder.weight", "vocab_projector.weight", "proj_out.weight");

  private final Optional<ObjectNode> config;
  private final Map<String, FileTensor> base;
  private final Optional<String> embedding;

  TiedHead(Optional<ObjectNode> config, Map<String, FileTensor> base) {
    this.config = config;
    this.base = base;
    List<String> all = base.keySet().stream().filter(TiedHead::isEmbedding).toList();
    List<String> outside = all.stream().filter(name -> !name.contains(DECODER)).toList();
    List<String> found =
        outside.isEmpty() ? all : outside; // OPT and Whisper have a decoder's alone
    this.embedding = found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
  }

  private static boolean isEmbedding(String name) {
    if (!name.endsWith(".weight")) {
      return false;
    }
    String module = name.substring(0, name.length() - ".weight".length());
    return EMBEDDINGS.contains(module.substring(module.lastIndexOf('.') + 1));
  }

  /** The input embedding's name in the base, if there is one alone. */
  Optional<String> embedding() {
    return embedding;
  }

  /** The embedding's tensor for the name of a head that the base keeps in no file of its own. */
  Optional<FileTensor> sourceOf(String name) {
    boolean head = name.equals(HEAD) || name.endsWith("." + HEAD);
    return head && !base.containsKey(name) && isTied()
        ? embedding.map(base::get)
        : Optional.empty();
  }

  /** The head's name, if the network has a head that is the embedding. */
  Optional<String> head() {
    boolean languageModel =
        config
            .map(node -> node.path("architectures").toString())
            .filter(names -> names.contains("ForCausalLM") || names.contains("LMHeadModel"))
            .isPresent();
    return languageModel && !base.containsKey(HEAD) && isTied() && embedding.isPresent()
        ? Optional.of(HEAD)
        : Optional.empty();
  }

  /** What the configuration says, true by transformers' default. */
  private boolean isTied() {
    return config.map(node -> node.path(SETTING).asBoolean(true)).orElse(true);
  }

  /** Whether both stand in files and the configuration ties them all the same. */
  boolean isTiedInFiles() {
    return base.containsKey(HEAD)
        && config.map(node -> node.path(SETTING).asBoolean(false)).orElse(false);
  }

  /**
   * To be asked where the embedding alone changes and {@link #head} is none.
   *
   * @throws InvalidInputException if a head of another kind follows it in the files, which it does
   *     not in PEFT's network
   */
  void requireUntied() {
    String architectures = config.map(node -> node.path("architectures").toString()).orElse("");
    boolean shared =
        embedding
            .filter(name -> name.endsWith("shared.weight") || name.contains(DECODER))
            .isPresent();
    boolean other =
        OTHER_HEADS.stream().anyMatch(architectures::contains)
            || shared && architectures.contains("ForConditionalGeneration");
    boolean own =
        base.keySet().stream().anyMatch(name -> NAMES_OF_OTHERS.stream().anyMatch(name::endsWith));
    if (other && isTied() && !own) {
      throw new InvalidInputException(
          ("%s: the adapter changes it, and in %s it is the head's weight too (%s), which PEFT's"
                  + " network leaves as it was and these files cannot; save the base with a head of"
                  + " its own, or leave the embedding out of the adapter")
              .formatted(embedding.orElseThrow(), architectures, SETTING));
    }
  }

  static String headName() {
    return HEAD;
  }
}
