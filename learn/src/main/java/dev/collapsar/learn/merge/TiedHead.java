package dev.collapsar.learn.merge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

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

  /** What networks are called that have a head over the vocabulary. */
  private static final List<String> HEADED =
      List.of(
          "ForCausalLM",
          "LMHeadModel",
          "ForMaskedLM",
          "ForPreTraining",
          "ForConditionalGeneration");

  /** Causal language models whose heads have another name. */
  private static final Map<String, String> NAMED_OTHERWISE =
      Map.ofEntries(
          Map.entry("BioGptForCausalLM", "output_projection.weight"),
          Map.entry("TrOCRForCausalLM", "output_projection.weight"),
          Map.entry("WhisperForCausalLM", "proj_out.weight"),
          Map.entry("WhisperForConditionalGeneration", "proj_out.weight"),
          Map.entry("GPTNeoXJapaneseForCausalLM", "embed_out.weight"),
          Map.entry("RwkvForCausalLM", "head.weight"),
          Map.entry("GitForCausalLM", "output.weight"),
          Map.entry("XLNetLMHeadModel", "lm_loss.weight"),
          Map.entry("ElectraForCausalLM", "generator_lm_head.weight"),
          Map.entry("ModernBertDecoderForCausalLM", "decoder.weight"),
          Map.entry("XLMWithLMHeadModel", "pred_layer.proj.weight"),
          Map.entry("FlaubertWithLMHeadModel", "pred_layer.proj.weight"));

  /** Causal language models whose heads have a bias that is tied as well, or are made otherwise. */
  private static final List<String> BOUND_OTHERWISE =
      List.of(
          "BertLMHeadModel",
          "BigBirdForCausalLM",
          "BlipTextLMHeadModel",
          "BltForCausalLM",
          "CamembertForCausalLM",
          "Data2VecTextForCausalLM",
          "ErnieForCausalLM",
          "MegatronBertForCausalLM",
          "RoCBertForCausalLM",
          "RoFormerForCausalLM",
          "RobertaForCausalLM",
          "RobertaPreLayerNormForCausalLM",
          "RobertaXLForCausalLM",
          "XmodForCausalLM");

  private static final List<String> NAMES_OF_OTHERS =
      List.of("lm_head.weight", "decoder.weight", "vocab_projector.weight", "proj_out.weight");

  private final Optional<ObjectNode> config;
  private final Map<String, FileTensor> base;
  private final String architecture;
  private final String head;
  private final Optional<String> embedding;

  TiedHead(Optional<ObjectNode> config, Map<String, FileTensor> base) {
    this.config = config;
    this.base = base;
    this.architecture = config.map(node -> node.path("architectures").path(0).asText()).orElse("");
    this.head = NAMED_OTHERWISE.getOrDefault(architecture, HEAD);
    List<String> all = base.keySet().stream().filter(TiedHead::isEmbedding).toList();
    all = all.isEmpty() ? ofVocabulary() : all;
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

  /** Weights with as many rows as the configuration says words, of names that are none of those. */
  private List<String> ofVocabulary() {
    long words = config.map(node -> node.path("vocab_size").asLong(0)).orElse(0L);
    return base.keySet().stream()
        .filter(name -> name.endsWith(".weight") && !name.equals(head))
        .filter(name -> base.get(name).shape().length == 2 && base.get(name).shape()[0] == words)
        .toList();
  }

  /** The input embedding's name in the base, if there is one alone. */
  Optional<String> embedding() {
    return embedding;
  }

  /** The embedding's tensor for the name of a head that the base keeps in no file of its own. */
  Optional<FileTensor> sourceOf(String name) {
    boolean isHead = name.equals(head) || name.endsWith("." + head);
    return isHead && !base.containsKey(name) && isTied()
        ? embedding.map(base::get)
        : Optional.empty();
  }

  /** The head's name, if the network has a head that is the embedding. */
  Optional<String> head() {
    boolean languageModel =
        (architecture.contains("ForCausalLM")
                || architecture.contains("LMHeadModel")
                || architecture.equals("WhisperForConditionalGeneration"))
            && BOUND_OTHERWISE.stream().noneMatch(architecture::endsWith);
    return languageModel && !base.containsKey(head) && isTied() && embedding.isPresent()
        ? Optional.of(head)
        : Optional.empty();
  }

  /** What the configuration says, true by transformers' default. */
  private boolean isTied() {
    return config.map(node -> node.path(SETTING).asBoolean(true)).orElse(true);
  }

  /** Whether both stand in files and the configuration ties them all the same. */
  boolean isTiedInFiles() {
    return base.containsKey(head)
        && config.map(node -> node.path(SETTING).asBoolean(false)).orElse(false);
  }

  /**
   * To be asked where the embedding alone changes and {@link #head} is none.
   *
   * @throws InvalidInputException if a head of another kind follows it in the files, which it does
   *     not in PEFT's network
   */
  void requireUntied() {
    if (isShared()) {
      throw new InvalidInputException(
          ("%s: the adapter changes it, and in %s it is the head's weight too (%s), which PEFT's"
                  + " network leaves as it was and these files cannot; save the base with a head of"
                  + " its own, or leave the embedding out of the adapter")
              .formatted(embedding.orElseThrow(), architecture, SETTING));
    }
  }

  /** Whether the network has a head that is the embedding's weight and in no file. */
  boolean isShared() {
    boolean own =
        base.containsKey(head)
            || base.keySet().stream()
                .anyMatch(name -> NAMES_OF_OTHERS.stream().anyMatch(name::endsWith));
    return config.isPresent()
        && HEADED.stream().anyMatch(architecture::contains)
        && isTied()
        && !own
        && embedding.isPresent();
  }

  /** The name of a shared head that an adapter can hold beside the embedding. */
  Optional<String> separable() {
    boolean sides = embedding.filter(name -> name.endsWith("shared.weight")).isPresent();
    return sides ? Optional.of(head) : head();
  }

  /**
   * That embedding and head have as many rows as one another if they had in the base.
   *
   * @param result the tensors as they will be, by name
   * @throws InvalidInputException if they have not: the adapter's network was resized, and its file
   *     holds one of the two
   */
  void requireAlike(Function<String, Optional<FileTensor>> result) {
    Optional<FileTensor> input = embedding.flatMap(result);
    Optional<FileTensor> output = result.apply(head);
    boolean both = config.isPresent() && input.isPresent() && output.isPresent();
    if (!both || words(input.get()) == words(output.get())) {
      return;
    }
    FileTensor before = base.get(embedding.orElseThrow());
    if (words(before) == words(base.getOrDefault(head, before))) {
      boolean isHead = words(output.get()) == words(before);
      throw new InvalidInputException(
          ("the adapter resizes %s to %s rows and holds no %s of that size, as its network had;"
                  + " save the network it was trained on after resize_token_embeddings, and give"
                  + " that as the base")
              .formatted(
                  isHead ? embedding.get() : head,
                  words(isHead ? input.get() : output.get()),
                  isHead ? head : embedding.get()));
    }
  }

  private static long words(FileTensor tensor) {
    long[] shape = tensor.shape();
    return shape.length == 0 ? 0 : shape[0];
  }

  /** What is in no file either and shares the embedding only as long as the head does (BART). */
  List<String> followers() {
    return embedding
        .filter(name -> name.endsWith("model.shared.weight"))
        .map(name -> name.substring(0, name.length() - "shared.weight".length()))
        .map(
            model ->
                Stream.of("encoder", "decoder").map(side -> model + side + ".embed_tokens.weight"))
        .orElse(Stream.empty())
        .filter(name -> !base.containsKey(name))
        .toList();
  }

  /** The name that the head has, or would have. */
  String headName() {
    return head;
  }
}
