package dev.collapsar.learn.adapter.layout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsar.data.TensorFile;
import java.util.Optional;
import java.util.Set;

/**
 * PEFT's other methods (RandLoRA, FourierFT, SHiRA, RoAd, VBLoRA, prompts, ...): named, not merged.
 */
final class OtherPeftLayout implements AdapterLayout {
  @Override
  public String name() {
    return PeftMethod.PEFT;
  }

  @Override
  public boolean fits(Set<String> tensors, Optional<JsonNode> config) {
    return !PeftConfig.type(config).isEmpty();
  }

  @Override
  public AdapterTensors parse(TensorFile file, Optional<JsonNode> config) {
    String type = new PeftConfig(config, file.name()).spelled("peft_type");
    return AdapterTensors.unmergeable(
        name(), type, "peft_type is %s, which is not merged here".formatted(type));
  }
}
