package dev.collapsar.learn.adapter.layout;

import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.part.ScalingPart;
import java.util.List;
import java.util.Map;

/**
 * PEFT's IA3: feed-forward modules have their inputs scaled, the others their outputs and their
 * bias. A linear layer's numbers say which by their shape; of a convolution only the configuration
 * does: {@code feedforward_modules}, an expression for the whole name or endings of it, without
 * regard to dots.
 */
final class Ia3Layout extends PeftMethod {
  Ia3Layout() {
    super("IA3", "ia3_l");
  }

  @Override
  List<Target> targets(
      String path, Map<String, FileTensor> tensors, PeftNames names, PeftConfig config) {
    String module = PeftNames.plain(path);
    FileTensor numbers = tensors.get("ia3_l");
    long[] shape = numbers.shape();
    boolean told = shape.length == 2 && (shape[0] == 1) != (shape[1] == 1);
    boolean perInput = told ? shape[0] == 1 : isFeedForward(module, config);
    Target weight = Target.of(module, "weight", new ScalingPart(numbers, perInput));
    return perInput
        ? List.of(weight)
        : List.of(weight, Target.ifPresent(module, "bias", new ScalingPart(numbers, false)));
  }

  private static boolean isFeedForward(String module, PeftConfig config) {
    String key = "feedforward_modules";
    return config.isText(key)
        ? config.matches(config.text(key, ""), module)
        : config.texts(key).stream().anyMatch(module::endsWith);
  }
}
