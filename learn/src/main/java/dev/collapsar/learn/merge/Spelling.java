package dev.collapsar.learn.merge;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Another version's names of the same modules. Files of transformers' vision transformer (ViT) keep
 * those of version 4 ({@code encoder.layer.0.attention.attention.query}), while adapters made with
 * version 5 have those of its modules ({@code layers.0.attention.q_proj}).
 *
 * @param note what is said where it was needed
 */
record Spelling(String note, Map<Pattern, String> patterns) {
  /** As they are. */
  static final Spelling SAME = new Spelling("", Map.of());

  /** All there are, to be tried in order. */
  static final List<Spelling> ALL = List.of(SAME, older(), newer());

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
