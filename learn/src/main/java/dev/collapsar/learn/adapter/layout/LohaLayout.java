package dev.collapsar.learn.adapter.layout;

import dev.collapsar.data.FileTensor;
import java.util.List;
import java.util.Map;

/** PEFT's LOHA: the scale is alpha / r. */
final class LohaLayout extends PeftMethod {
  LohaLayout() {
    super("LOHA", HadaTensors.NAMES.toArray(String[]::new));
  }

  @Override
  List<Target> targets(
      String path, Map<String, FileTensor> tensors, PeftNames names, PeftConfig config) {
    String module = PeftNames.plain(path);
    double alpha = config.pattern("alpha_pattern", module).orElse(config.number("alpha", 8));
    double scale = alpha / HadaTensors.rank(module, tensors);
    return List.of(Target.of(module, "weight", HadaTensors.part(module, tensors, scale)));
  }
}
