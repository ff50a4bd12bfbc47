package dev.collapsar.learn.merge;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Another version's names of the same modules. Files of transformers' vision transformer (ViT), for
 * example, keep those of version 4 ({@code encoder.layer.0.attention.attention.query}), while
 * adapters made with version 5 have those of its modules ({@code layers.0.attention.q_proj}).
 *
 * @param note what is said where it was needed
 */
record Spelling(String note, Map<Pattern, String> patterns) {
  /** As they are. */
  static final Spelling SAME = new Spelling("", Map.of());

  /** All there are, to be tried in order. */
  static final List<Spelling> ALL =
      List.of(
          SAME,
          older(),
          newer(),
          dinov2(),
          swin(),
          segformer(),
          composite("vision_tower."),
          composite("vision_tower.vision_model."),
          qwen2Vl(),
          mixtral(),
          phimoe(),
          graniteMoe(),
          detr());

  private static Spelling older() {
    String layer = "(^|\\.)layers\\.(\\d+)\\.";
    String old = "$1encoder.layer.$2.";
    Map<Pattern, String> patterns = new LinkedHashMap<>();
    patterns.put(
        Pattern.compile(layer + "attention\\.q_proj\\b"), old + "attention.attention.query");
    patterns.put(Pattern.compile(layer + "attention\\.k_proj\\b"), old + "attention.attention.key");
    patterns.put(
        Pattern.compile(layer + "attention\\.v_proj\\b"), old + "attention.attention.value");
    patterns.put(Pattern.compile(layer + "attention\\.o_proj\\b"), old + "attention.output.dense");
    patterns.put(Pattern.compile(layer + "mlp\\.fc1\\b"), old + "intermediate.dense");
    patterns.put(Pattern.compile(layer + "mlp\\.fc2\\b"), old + "output.dense");
    patterns.put(Pattern.compile(layer + "layernorm"), old + "layernorm");
    return new Spelling(
        "the adapter's names are those of transformers 5's ViT, the base's those of 4", patterns);
  }

  private static Spelling newer() {
    String layer = "(^|\\.)encoder\\.layer\\.(\\d+)\\.";
    String now = "$1layers.$2.";
    Map<Pattern, String> patterns = new LinkedHashMap<>();
    patterns.put(
        Pattern.compile(layer + "attention\\.attention\\.query\\b"), now + "attention.q_proj");
    patterns.put(
        Pattern.compile(layer + "attention\\.attention\\.key\\b"), now + "attention.k_proj");
    patterns.put(
        Pattern.compile(layer + "attention\\.attention\\.value\\b"), now + "attention.v_proj");
    patterns.put(
        Pattern.compile(layer + "attention\\.output\\.dense\\b"), now + "attention.o_proj");
    patterns.put(Pattern.compile(layer + "intermediate\\.dense\\b"), now + "mlp.fc1");
    patterns.put(Pattern.compile(layer + "output\\.dense\\b"), now + "mlp.fc2");
    patterns.put(Pattern.compile(layer + "layernorm"), now + "layernorm");
    return new Spelling(
        "the adapter's names are those of transformers 4's ViT, the base's those of 5", patterns);
  }

  private static Spelling dinov2() {
    Map<Pattern, String> patterns = new LinkedHashMap<>();
    attention(patterns, "(^|\\.)encoder\\.layer\\.(\\d+)\\.", "$1encoder.layer.$2.", "attention");
    return new Spelling(of5("DINOv2"), patterns);
  }

  private static Spelling swin() {
    String block = "(^|\\.)layers\\.(\\d+)\\.blocks\\.(\\d+)\\.";
    String old = "$1layers.$2.blocks.$3.";
    Map<Pattern, String> patterns = new LinkedHashMap<>();
    attention(patterns, block, old, "self");
    patterns.put(Pattern.compile(block + "mlp\\.fc1\\b"), old + "intermediate.dense");
    patterns.put(Pattern.compile(block + "mlp\\.fc2\\b"), old + "output.dense");
    return new Spelling(of5("Swin"), patterns);
  }

  private static Spelling segformer() {
    String block = "(^|\\.)stages\\.(\\d+)\\.blocks\\.(\\d+)\\.";
    String old = "$1encoder.block.$2.$3.";
    Map<Pattern, String> patterns = new LinkedHashMap<>();
    attention(patterns, block, old, "self");
    String reduction = block + "attention\\.sequence_reduction\\.";
    patterns.put(Pattern.compile(reduction + "sequence_reduction\\b"), old + "attention.self.sr");
    patterns.put(Pattern.compile(reduction + "layer_norm\\b"), old + "attention.self.layer_norm");
    patterns.put(Pattern.compile(block + "mlp\\.fc(\\d)\\b"), old + "mlp.dense$4");
    patterns.put(Pattern.compile(block + "layernorm_before\\b"), old + "layer_norm_1");
    patterns.put(Pattern.compile(block + "layernorm_after\\b"), old + "layer_norm_2");
    patterns.put(
        Pattern.compile("(^|\\.)stages\\.(\\d+)\\.(patch_embeddings|layer_norm)\\b"),
        "$1encoder.$3.$2");
    patterns.put(Pattern.compile("^decode_head\\.linear_projections\\b"), "decode_head.linear_c");
    return new Spelling(of5("SegFormer"), patterns);
  }

  private static void attention(
      Map<Pattern, String> patterns, String module, String old, String inner) {
    Map.of("q", "query", "k", "key", "v", "value")
        .forEach(
            (letter, word) ->
                patterns.put(
                    Pattern.compile(module + "attention\\." + letter + "_proj\\b"),
                    old + "attention.%s.%s".formatted(inner, word)));
    patterns.put(Pattern.compile(module + "attention\\.o_proj\\b"), old + "attention.output.dense");
  }

  /**
   * Language models with eyes, as LLaVA, PaliGemma, Gemma 3: their files keep the parts side by
   * side.
   */
  private static Spelling composite(String tower) {
    Map<Pattern, String> patterns = new LinkedHashMap<>();
    patterns.put(Pattern.compile("^model\\.language_model\\."), "language_model.model.");
    patterns.put(Pattern.compile("^lm_head\\b"), "language_model.lm_head");
    patterns.put(Pattern.compile("^model\\.vision_tower\\."), tower);
    patterns.put(
        Pattern.compile("^model\\.(vision_model|multi_modal_projector|image_newline)\\b"), "$1");
    return new Spelling(of5("language models with images"), patterns);
  }

  private static Spelling qwen2Vl() {
    Map<Pattern, String> patterns = new LinkedHashMap<>();
    patterns.put(Pattern.compile("^model\\.language_model\\."), "model.");
    patterns.put(Pattern.compile("^model\\.visual\\."), "visual.");
    return new Spelling(of5("Qwen2-VL"), patterns);
  }

  /** Experts themselves are mapped where they are taken apart. */
  private static Spelling mixtral() {
    return new Spelling(
        of5("Mixtral"),
        Map.of(Pattern.compile("(^|\\.)mlp\\.gate\\b(?!_)"), "$1block_sparse_moe.gate"));
  }

  private static Spelling phimoe() {
    return new Spelling(
        of5("PhiMoE"),
        Map.of(Pattern.compile("(^|\\.)mlp\\.router\\b"), "$1block_sparse_moe.gate"));
  }

  private static Spelling graniteMoe() {
    String block = "(^|\\.)block_sparse_moe\\.";
    String old = "$1block_sparse_moe.";
    return new Spelling(
        of5("GraniteMoE"),
        Map.of(
            Pattern.compile(block + "experts\\.gate_up_proj$"), old + "input_linear.weight",
            Pattern.compile(block + "experts\\.down_proj$"), old + "output_linear.weight",
            Pattern.compile(block + "router\\.weight$"), old + "router.layer.weight"));
  }

  private static Spelling detr() {
    return new Spelling(
        of5("DETR"),
        Map.of(
            Pattern.compile("\\.(self_attn|encoder_attn)\\.o_proj\\b"), ".$1.out_proj",
            Pattern.compile("\\.layers\\.(\\d+)\\.mlp\\.fc([12])\\b"), ".layers.$1.fc$2"));
  }

  private static String of5(String model) {
    return "the adapter's names are those of transformers 5's %s, the base's those of its files"
        .formatted(model);
  }

  /** The name so spelled; itself if nothing of it is spelled otherwise. */
  String of(String name) {
    for (Map.Entry<Pattern, String> pattern : patterns.entrySet()) {
      String spelled = pattern.getKey().matcher(name).replaceFirst(pattern.getValue());
      if (!spelled.equals(name)) {
        return spelled;
      }
    }
    return name;
  }
}
