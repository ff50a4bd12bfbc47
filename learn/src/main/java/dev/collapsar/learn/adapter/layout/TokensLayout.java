package dev.collapsar.learn.adapter.layout;

import dev.collapsar.data.FileTensor;
import java.util.List;
import java.util.Map;

/** PEFT's TRAINABLE_TOKENS: rows of embeddings, in the order of {@code token_indices}. */
final class TokensLayout extends PeftMethod {
  TokensLayout() {
    super("TRAINABLE_TOKENS", "trainable_tokens_delta");
  }

  @Override
  List<Target> targets(
      String path, Map<String, FileTensor> tensors, PeftNames names, PeftConfig config) {
    String module = PeftNames.plain(path);
    return List.of(LoraLayout.tokens(module, tensors.get("trainable_tokens_delta"), config));
  }
}
