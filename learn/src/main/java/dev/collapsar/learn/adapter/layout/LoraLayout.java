package dev.collapsar.learn.adapter.layout;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.part.AddedVector;
import dev.collapsar.learn.adapter.part.DoraPart;
import dev.collapsar.learn.adapter.part.ExpertsPart;
import dev.collapsar.learn.adapter.part.Lengths;
import dev.collapsar.learn.adapter.part.LowRankPart;
import dev.collapsar.learn.adapter.part.Part;
import dev.collapsar.learn.adapter.part.ResidualPart;
import dev.collapsar.learn.adapter.part.TokenRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * PEFT's LORA with DoRA, rsLoRA, biases, embeddings, experts and token rows; its factors' scale is
 * alpha / r, with {@code use_rslora} alpha / sqrt(r).
 */
final class LoraLayout extends PeftMethod {
  private static final String A = "lora_A.weight";
  private static final String B = "lora_B.weight";
  private static final String B_BIAS = "lora_B.bias";
  private static final String EMBEDDING_A = "lora_embedding_A";
  private static final String EMBEDDING_B = "lora_embedding_B";
  private static final String MAGNITUDE = "lora_magnitude_vector";
  private static final String TOKENS = "token_adapter.trainable_tokens_delta";

  /** Starts that leave the base as it is. */
  private static final Set<String> PLAIN_STARTS =
      Set.of("true", "false", "gaussian", "eva", "orthogonal", "mica");

  /** What changes the meaning of the factors. */
  private static final List<String> NOT_IMPLEMENTED =
      List.of(
          "use_qalora",
          "alora_invocation_tokens",
          "use_bdlora",
          "kasa_config",
          "monteclora_config",
          "arrow_config",
          "layer_replication",
          "megatron_config");

  LoraLayout() {
    super("LORA", A, B, B_BIAS, EMBEDDING_A, EMBEDDING_B, MAGNITUDE, TOKENS, "lora_A", "lora_B");
  }

  @Override
  Optional<String> obstacle(PeftConfig config, PeftNames names) {
    for (String key : NOT_IMPLEMENTED) {
      if (config.isSet(key)) {
        return Optional.of(
            "%s is %s: what PEFT does with it is not implemented here"
                .formatted(key, config.spelled(key)));
      }
    }
    String start = start(config);
    boolean known = PLAIN_STARTS.contains(start) || start.equals("pissa") || start.equals("olora");
    return known
        ? Optional.empty()
        : Optional.of(
            ("init_lora_weights is %s, which took its first factors out of the base in a way that"
                    + " the files do not tell; save the adapter with"
                    + " path_initial_model_for_weight_conversion, which makes it one for the"
                    + " original base")
                .formatted(start));
  }

  private static String start(PeftConfig config) {
    return config.isSet("init_lora_weights") ? config.spelled("init_lora_weights") : "true";
  }

  @Override
  List<Target> targets(
      String path, Map<String, FileTensor> found, PeftNames names, PeftConfig config) {
    String module = PeftNames.plain(path);
    Map<String, FileTensor> tensors = new TreeMap<>();
    found.forEach(
        (part, tensor) -> tensors.put(part.matches("lora_[AB]") ? part + ".weight" : part, tensor));
    List<Target> targets = new ArrayList<>();
    if (tensors.containsKey(TOKENS)) {
      targets.add(tokens(module, tensors.get(TOKENS), config));
    }
    if (tensors.size() > (tensors.containsKey(TOKENS) ? 1 : 0)) {
      targets.add(weight(module, tensors, config));
    }
    if (tensors.containsKey(B_BIAS)) {
      FileTensor bias = tensors.get(B_BIAS);
      double scale = scale(module, PeftNames.require(module, tensors, A), config);
      Part part = new AddedVector(bias, scale);
      boolean idle = Arrays.stream(bias.toDoubles()).allMatch(v -> v == 0);
      targets.add(idle ? Target.ifPresent(module, "bias", part) : Target.of(module, "bias", part));
    }
    return targets;
  }

  static Target tokens(String module, FileTensor rows, PeftConfig config) {
    String key = config.isSet("token_indices") ? "token_indices" : "trainable_token_indices";
    int[] indices =
        config
            .indices(key, module)
            .or(() -> config.onlyIndices(key)) // a head that is tied to the one embedding
            .orElseThrow(() -> config.bad(key, "the indices of the rows of " + module));
    Lengths.require(
        rows.shape().length == 2 && rows.shape()[0] == indices.length,
        module,
        "%s %s for".formatted(indices.length, key),
        rows);
    return Target.of(module, "weight", new TokenRows(rows, indices));
  }

  private static Target weight(String module, Map<String, FileTensor> tensors, PeftConfig config) {
    if (tensors.containsKey(EMBEDDING_A) || tensors.containsKey(EMBEDDING_B)) {
      FileTensor a = PeftNames.require(module, tensors, EMBEDDING_A);
      FileTensor b = PeftNames.require(module, tensors, EMBEDDING_B);
      LowRankPart factors = LowRankPart.ofEmbedding(module, a, b, scale(module, a, config));
      return Target.of(module, "weight", decomposed(factors, tensors, true, config));
    }
    FileTensor a = PeftNames.require(module, tensors, A);
    FileTensor b = PeftNames.require(module, tensors, B);
    List<Target.Choice> choices = new ArrayList<>();
    boolean named = false; // by its module; PEFT's all-linear says "down_proj" of whoever has one
    for (String entry : config.texts("target_parameters")) {
      int dot = entry.lastIndexOf('.');
      if (dot < 0 || PeftConfig.isSuffix(entry.substring(0, dot), module)) {
        choices.addAll(parameter(module, entry.substring(dot + 1), a, b, config));
        named |= dot >= 0;
      }
    }
    double told = config.pattern("rank_pattern", module).orElse(config.number("r", 8));
    boolean there = choices.stream().anyMatch(choice -> choice.parameter().equals("weight"));
    if (choices.isEmpty() || !named && !there && a.shape()[0] == told) {
      Part part =
          decomposed(
              LowRankPart.of(module, a, b, scale(module, a, config)), tensors, false, config);
      choices.add(new Target.Choice("weight", part));
      choices.add(new Target.Choice("in_proj_weight", part)); // of MultiheadAttention
    }
    return new Target("", module, false, choices, false);
  }

  /** A parameter of two dimensions, or one of three with as many experts as its first says. */
  private static List<Target.Choice> parameter(
      String module, String parameter, FileTensor a, FileTensor b, PeftConfig config) {
    String name = module + "." + parameter;
    LowRankPart plain = LowRankPart.of(module, a, b, plainScale(name, (int) a.shape()[0], config));
    List<Target.Choice> choices = new ArrayList<>();
    choices.add(new Target.Choice(parameter, plain));
    for (boolean turned : new boolean[] {false, true}) {
      Part part = new ExpertsPart(a, b, turned, rank -> plainScale(name, rank, config));
      choices.add(new Target.Choice(parameter, part));
    }
    return choices;
  }

  private static Part decomposed(
      LowRankPart factors, Map<String, FileTensor> tensors, boolean embedding, PeftConfig config) {
    FileTensor magnitude = tensors.get(MAGNITUDE);
    if (config.flag("use_dora", false) != (magnitude != null)) {
      throw new InvalidInputException(
          magnitude == null
              ? "use_dora is true and %s has no magnitude vector".formatted(tensors.values())
              : "%s, and use_dora is not true".formatted(magnitude));
    }
    Part part = factors;
    if (start(config).equals("pissa")) {
      part = new ResidualPart(factors, ResidualPart.Start.PISSA);
    } else if (start(config).equals("olora")) {
      part = new ResidualPart(factors, ResidualPart.Start.OLORA);
    }
    return magnitude == null ? part : new DoraPart(part, magnitude, embedding);
  }

  /** The scale, after a check that the rank is the configuration's. */
  private static double scale(String module, FileTensor a, PeftConfig config) {
    int rank = Lengths.index(a.shape()[0]);
    double told = config.pattern("rank_pattern", module).orElse(config.number("r", 8));
    if (rank != told) {
      throw new InvalidInputException(
          "module %s: its rank is %s and the configuration's %s"
              .formatted(module, rank, Double.toString(told).replaceFirst("\\.0$", "")));
    }
    return plainScale(module, rank, config);
  }

  static double plainScale(String name, int rank, PeftConfig config) {
    double alpha = config.pattern("alpha_pattern", name).orElse(config.number("lora_alpha", 8));
    return config.flag("use_rslora", false) ? alpha / Math.sqrt(rank) : alpha / rank;
  }
}
