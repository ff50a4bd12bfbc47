package dev.collapsar.learn.adapter.layout;

import dev.collapsar.data.FileTensor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** PEFT's LN_TUNING: normalisation layers saved in full. */
final class LnTuningLayout extends PeftMethod {
  private static final String WRAPPER = ".ln_tuning_layers.";

  LnTuningLayout() {
    super("LN_TUNING");
  }

  @Override
  List<Target> targets(
      String path, Map<String, FileTensor> tensors, PeftNames names, PeftConfig config) {
    return List.of();
  }

  @Override
  Map<String, FileTensor> saved(PeftNames names) {
    Map<String, FileTensor> saved = new TreeMap<>();
    names.saved().forEach((name, tensor) -> saved.put(name.replace(WRAPPER, "."), tensor));
    return saved;
  }
}
