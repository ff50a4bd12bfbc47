package dev.collapsar.learn.merge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.layout.Part;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which weights stand as (in,out): those of transformers' Conv1D, in GPT-2 and its kin. Decided
 * layer by layer from the model's type, the layer's name and the shape; {@code fan_in_fan_out} is
 * one flag for all layers, wrong in many files, and counts where nothing else tells.
 */
final class Conv1dNames {
  private static final Set<String> MODELS =
      Set.of("gpt2", "openai-gpt", "imagegpt", "decision_transformer", "clvp", "clvp_decoder");
  private static final Set<String> LAYERS = Set.of("c_attn", "c_proj", "c_fc", "q_attn");

  private final Optional<String> model;
  private final boolean looksLikeGpt2;
  private final boolean fanInFanOut;

  Conv1dNames(Optional<ObjectNode> config, Map<String, FileTensor> base, boolean fanInFanOut) {
    this.model =
        config.map(node -> node.path("model_type").asText("")).filter(type -> !type.isEmpty());
    this.looksLikeGpt2 =
        base.entrySet().stream()
            .anyMatch(
                entry -> {
                  long[] shape = entry.getValue().shape();
                  return entry.getKey().endsWith(".c_attn.weight")
                      && shape.length == 2
                      && shape[1] == 3 * shape[0];
                });
    this.fanInFanOut = fanInFanOut;
  }

  /**
   * Whether a part is for the weight's transpose; empty if it fits neither way.
   *
   * @throws InvalidInputException if it fits both ways and nothing tells which is right
   */
  Optional<Boolean> turned(String name, Part part, long[] shape) {
    boolean straight = part.fits(shape);
    boolean turned =
        shape.length == 2 && name.endsWith(".weight") && part.fits(new long[] {shape[1], shape[0]});
    boolean named = isNamed(name);
    if (straight && turned && named) {
      return Optional.of(true);
    }
    if (straight && turned && fanInFanOut && model.isEmpty() && !looksLikeGpt2) {
      throw new InvalidInputException(
          ("%s: fan_in_fan_out is true, so a square weight may stand as (in,out) or as (out,in);"
                  + " set it to false if the base is (out,in), as PyTorch's Linear")
              .formatted(name));
    }
    if (straight) {
      return Optional.of(false);
    }
    return turned && (named || fanInFanOut) ? Optional.of(true) : Optional.empty();
  }

  private boolean isNamed(String name) {
    String module = name.substring(0, Math.max(0, name.lastIndexOf('.')));
    String last = module.substring(module.lastIndexOf('.') + 1);
    return LAYERS.contains(last) && model.map(MODELS::contains).orElse(looksLikeGpt2);
  }
}
