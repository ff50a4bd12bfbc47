package dev.collapsar.learn.adapter.layout;

import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.part.KroneckerPart;
import java.util.List;
import java.util.Map;

/** PEFT's LOKR: the scale is alpha / r, also where both factors are full. */
final class LokrLayout extends PeftMethod {
  LokrLayout() {
    super("LOKR", KronTensors.NAMES.toArray(String[]::new));
  }

  @Override
  List<Target> targets(
      String path, Map<String, FileTensor> tensors, PeftNames names, PeftConfig config) {
    String module = PeftNames.plain(path);
    double alpha = config.pattern("alpha_pattern", module).orElse(config.number("alpha", 8));
    double rank = config.pattern("rank_pattern", module).orElse(config.number("r", 8));
    KroneckerPart part = KronTensors.part(module, tensors, alpha / rank, true);
    return List.of(Target.of(module, "weight", part));
  }
}
