package dev.collapsar.learn.adapter.layout;

import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.part.HiraPart;
import dev.collapsar.learn.adapter.part.LowRankPart;
import java.util.List;
import java.util.Map;

/** PEFT's HIRA. */
final class HiraLayout extends PeftMethod {
  HiraLayout() {
    super("HIRA", "hira_A", "hira_B", "hira_embedding_A", "hira_embedding_B");
  }

  @Override
  List<Target> targets(
      String path, Map<String, FileTensor> tensors, PeftNames names, PeftConfig config) {
    String module = PeftNames.plain(path);
    boolean embedding = tensors.containsKey("hira_embedding_A");
    String kind = embedding ? "hira_embedding_" : "hira_";
    FileTensor a = PeftNames.require(module, tensors, kind + "A");
    FileTensor b = PeftNames.require(module, tensors, kind + "B");
    LowRankPart factors =
        embedding ? LowRankPart.ofEmbedding(module, a, b, 1) : LowRankPart.of(module, a, b, 1);
    return List.of(Target.of(module, "weight", new HiraPart(factors)));
  }
}
