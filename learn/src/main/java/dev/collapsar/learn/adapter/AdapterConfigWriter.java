package dev.collapsar.learn.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.core.util.Separators.Spacing;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes adapter_config.json as PEFT does. */
final class AdapterConfigWriter {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** PEFT's fields that no {@link AdapterConfig} holds, with the values they have by default. */
  static final Map<String, JsonNode> DEFAULTS = new TreeMap<>();

  static {
    for (String absent :
        List.of(
            "layers_to_transform",
            "layers_pattern",
            "megatron_config",
            "trainable_token_indices",
            "eva_config",
            "corda_config",
            "lora_ga_config",
            "velora_config",
            "kasa_config",
            "monteclora_config",
            "arrow_config",
            "use_bdlora",
            "alora_invocation_tokens",
            "layer_replication",
            "target_parameters")) {
      DEFAULTS.put(absent, JSON.nullNode());
    }
    DEFAULTS.put("megatron_core", JSON.textNode("megatron.core"));
    DEFAULTS.put("loftq_config", JSON.objectNode());
    DEFAULTS.put("use_qalora", JSON.booleanNode(false));
    DEFAULTS.put("qalora_group_size", JSON.numberNode(16));
    DEFAULTS.put("ensure_weight_tying", JSON.booleanNode(false));
  }

  private static final ObjectWriter WRITER = writer();

  private AdapterConfigWriter() {}

  static ObjectNode json(AdapterConfig config) {
    return JSON.objectNode().setAll(fields(config));
  }

  /** The text that PEFT writes for such a configuration: every field, sorted, indented by two. */
  static String write(AdapterConfig config) {
    try {
      return WRITER.writeValueAsString(json(config));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values is always JSON", e);
    }
  }

  /** Every field of PEFT's, by name. */
  static Map<String, JsonNode> fields(AdapterConfig config) {
    Map<String, JsonNode> fields = new TreeMap<>(DEFAULTS);
    fields.put("peft_type", JSON.textNode("LORA"));
    fields.put("inference_mode", JSON.booleanNode(true));
    fields.put("r", JSON.numberNode(config.rank()));
    fields.put("lora_alpha", number(config.alpha()));
    fields.put("use_rslora", JSON.booleanNode(config.rankStabilized()));
    ObjectNode ranks = JSON.objectNode();
    config.rankPattern().forEach(ranks::put);
    fields.put("rank_pattern", ranks);
    ObjectNode alphas = JSON.objectNode();
    config.alphaPattern().forEach((pattern, alpha) -> alphas.set(pattern, number(alpha)));
    fields.put("alpha_pattern", alphas);
    fields.put("target_modules", selector(config.targets()));
    fields.put(
        "exclude_modules",
        config.excluded().map(AdapterConfigWriter::selector).orElseGet(JSON::nullNode));
    fields.put("lora_dropout", JSON.numberNode(config.dropout()));
    fields.put("bias", JSON.textNode(config.bias().spelling()));
    fields.put("lora_bias", JSON.booleanNode(config.loraBias()));
    fields.put("use_dora", JSON.booleanNode(config.dora()));
    fields.put("fan_in_fan_out", JSON.booleanNode(config.fanInFanOut()));
    fields.put(
        "modules_to_save",
        config.modulesToSave().isEmpty() ? JSON.nullNode() : texts(config.modulesToSave()));
    fields.put("init_lora_weights", initialization(config.initialization()));
    BaseModel base = config.base();
    fields.put("base_model_name_or_path", JSON.textNode(base.nameOrPath()));
    fields.put("revision", JSON.textNode(base.revision()));
    fields.put("task_type", JSON.textNode(base.taskType()));
    fields.put("peft_version", JSON.textNode(base.peftVersion()));
    JsonNode mapping = JSON.nullNode();
    if (base.autoMapping() != null) {
      ObjectNode entries = JSON.objectNode();
      base.autoMapping().forEach(entries::put);
      mapping = entries;
    }
    fields.put("auto_mapping", mapping);
    fields.replaceAll((name, value) -> value == null ? JSON.nullNode() : value);
    return fields;
  }

  // Patterns are matched in their order, so their keys, unlike the fields, must not be sorted.
  private static ObjectWriter writer() {
    Separators python =
        Separators.createDefaultInstance()
            .withObjectFieldValueSpacing(Spacing.AFTER)
            .withObjectEmptySeparator("")
            .withArrayEmptySeparator("");
    DefaultIndenter two = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter(python).withArrayIndenter(two).withObjectIndenter(two);
    return JsonMapper.builder()
        .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
        .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
        .build()
        .writer(printer);
  }

  private static JsonNode selector(ModuleSelector selector) {
    return selector instanceof ModuleSelector.Named named
        ? texts(named.names())
        : JSON.textNode(selector.toString());
  }

  private static JsonNode texts(List<String> values) {
    ArrayNode array = JSON.arrayNode();
    values.forEach(array::add);
    return array;
  }

  private static JsonNode initialization(Initialization start) {
    return switch (start) {
      case DEFAULT -> JSON.booleanNode(true);
      case RANDOM -> JSON.booleanNode(false);
      default -> start.isPeft() ? JSON.textNode(start.spelling()) : JSON.booleanNode(true);
    };
  }

  /** A whole number without a fraction, as PEFT's own alphas are. */
  private static JsonNode number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1L << 53
        ? JSON.numberNode((long) value)
        : JSON.numberNode(value);
  }
}
