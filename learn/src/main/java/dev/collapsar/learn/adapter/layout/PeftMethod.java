package dev.collapsar.learn.adapter.layout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsar.data.FileTensor;
import dev.collapsar.data.TensorFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A layout of PEFT's: told by {@code peft_type}, one wrapper's tensors a module. */
abstract class PeftMethod implements AdapterLayout {
  static final String PEFT = "PEFT";
  private final String type;
  private final List<String> parts;

  /**
   * @param parts the names of a wrapper's tensors; of two that end alike the longer first
   */
  PeftMethod(String type, String... parts) {
    this.type = type;
    this.parts = List.of(parts);
  }

  @Override
  public final String name() {
    return PEFT;
  }

  @Override
  public final boolean fits(Set<String> tensors, Optional<JsonNode> config) {
    return PeftConfig.type(config).equals(type);
  }

  @Override
  public final AdapterTensors parse(TensorFile file, Optional<JsonNode> json) {
    PeftConfig config = new PeftConfig(json, file.name());
    PeftNames names = PeftNames.of(file, parts);
    List<Target> targets = new ArrayList<>();
    names
        .modules()
        .forEach((module, tensors) -> targets.addAll(targets(module, tensors, names, config)));
    return new AdapterTensors(
        name(),
        type,
        targets,
        saved(names),
        names.baseCopies(),
        config.flag("fan_in_fan_out", false),
        obstacle(config, names).or(() -> nested(config, names)),
        List.of());
  }

  /** What the tensors of one module change. */
  abstract List<Target> targets(
      String module, Map<String, FileTensor> tensors, PeftNames names, PeftConfig config);

  /** Why such an adapter cannot be merged, if it cannot. */
  Optional<String> obstacle(PeftConfig config, PeftNames names) {
    return Optional.empty();
  }

  /**
   * What {@code modules_to_save} names inside of what it names: PEFT wraps both, saves one of the
   * two copies, and cannot load its file.
   */
  private static Optional<String> nested(PeftConfig config, PeftNames names) {
    List<String> entries = config.texts("modules_to_save");
    for (String name : names.saved().keySet()) {
      String outer = null;
      for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        String module = name.substring(0, dot);
        if (entries.stream().anyMatch(module::endsWith)) {
          if (outer != null) {
            return Optional.of(
                ("modules_to_save names %s and %s inside it: which copy PEFT ran and which it saved"
                        + " the file does not tell, and PEFT itself cannot load it; name one of them")
                    .formatted(outer, module));
          }
          outer = module;
        }
      }
    }
    return Optional.empty();
  }

  Map<String, FileTensor> saved(PeftNames names) {
    return names.saved();
  }
}
