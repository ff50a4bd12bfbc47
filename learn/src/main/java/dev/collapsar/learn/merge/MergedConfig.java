package dev.collapsar.learn.merge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** A base's config.json, if there is one, as it must be beside the merged tensors. */
final class MergedConfig {
  private static final int MOST_LABELS = 1 << 20;

  private final Optional<ObjectNode> node;

  MergedConfig(Optional<ObjectNode> base) {
    node = base.map(ObjectNode::deepCopy);
  }

  Optional<ObjectNode> node() {
    return node;
  }

  /** The head has a weight of its own. */
  void untie() {
    node.ifPresent(all -> all.put(TiedHead.SETTING, false));
  }

  /** So many tokens; what changed, if anything did. */
  Optional<String> vocabulary(long before, long after) {
    if (node.isEmpty() || before == after) {
      return Optional.empty();
    }
    ObjectNode all = node.get();
    ObjectNode holder =
        all.path("text_config").has("vocab_size") ? (ObjectNode) all.get("text_config") : all;
    holder.put("vocab_size", after);
    return Optional.of("config.json: vocab_size is %s, was %s".formatted(after, before));
  }

  /** So many labels, by number; what changed, if anything did. */
  Optional<String> labels(long classes) {
    if (node.isEmpty()) {
      return Optional.empty();
    }
    ObjectNode all = node.get();
    long before = all.path("id2label").isObject() ? all.path("id2label").size() : 2;
    if (classes == before || classes > MOST_LABELS) {
      return Optional.empty();
    }
    ObjectNode byId = all.putObject("id2label");
    ObjectNode byLabel = all.putObject("label2id");
    for (int i = 0; i < classes; i++) {
      byId.put(Integer.toString(i), "LABEL_" + i);
      byLabel.put("LABEL_" + i, i);
    }
    return Optional.of(
        "config.json: %s labels, were %s; their names are not known".formatted(classes, before));
  }
}
