package dev.collapsar.learn.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.InvalidInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.PatternSyntaxException;

/** Reads adapter_config.json as PEFT does, its fields taken by name and type. */
final class AdapterConfigReader {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int LONGEST_QUOTE = 200;

  /**
   * Those of {@link AdapterConfigWriter#DEFAULTS} that do not change what trained factors compute.
   */
  private static final List<String> WITHOUT_EFFECT =
      List.of(
          "megatron_core",
          "loftq_config",
          "eva_config",
          "corda_config",
          "lora_ga_config",
          "velora_config",
          "qalora_group_size",
          "ensure_weight_tying");

  /** Read and never written: how PEFT runs, and what it sets itself. */
  private static final List<String> NEVER_WRITTEN = List.of("runtime_config");

  private final ObjectNode object;
  private final String file;

  private AdapterConfigReader(ObjectNode object, String file) {
    this.object = object;
    this.file = file;
  }

  /** A configuration, and a line on each key that was not understood. */
  record Read(AdapterConfig config, List<String> warnings) {}

  /**
   * Parses a configuration.
   *
   * @param file its name, for messages
   * @throws InvalidInputException if it is no JSON object, lacks {@code peft_type} or {@code
   *     target_modules}, has a value of another type or out of its range, or uses something of
   *     PEFT's that changes the result and is not implemented here
   */
  static Read read(String json, String file) {
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(file + ": no JSON: " + printable(e.getOriginalMessage()), e);
    }
    if (!(root instanceof ObjectNode object)) {
      throw new InvalidInputException(file + ": not a JSON object");
    }
    return new AdapterConfigReader(object, file).read();
  }

  private Read read() {
    if (!text("peft_type", "").equals("LORA")) {
      throw bad("peft_type", "LORA; others are merged into a base (adapter merge) at most");
    }
    refuseWhatIsNotImplemented();
    AdapterConfig config;
    try {
      AdapterConfig.Builder builder =
          AdapterConfig.of(targets(), integer("r", 8), number("lora_alpha", 8))
              .rankStabilized(flag("use_rslora"))
              .rankPattern(ranks())
              .alphaPattern(alphas())
              .dropout(number("lora_dropout", 0))
              .bias(bias())
              .loraBias(flag("lora_bias"))
              .dora(flag("use_dora"))
              .fanInFanOut(flag("fan_in_fan_out"))
              .modulesToSave(present("modules_to_save") ? texts("modules_to_save") : List.of())
              .initialization(initialization())
              .base(base());
      if (present("exclude_modules")) {
        builder.excluded(selector("exclude_modules"));
      }
      config = builder.build();
    } catch (PatternSyntaxException e) {
      throw new InvalidInputException(
          "%s: '%s' is no regular expression: %s"
              .formatted(file, printable(e.getPattern()), e.getDescription()),
          e);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(file + ": " + printable(e.getMessage()), e);
    }
    return new Read(config, warnings(config));
  }

  private void refuseWhatIsNotImplemented() {
    AdapterConfigWriter.DEFAULTS.forEach(
        (name, usual) -> {
          boolean off = !present(name) || isEmpty(object.get(name));
          if (!off && !object.get(name).equals(usual) && !WITHOUT_EFFECT.contains(name)) {
            throw bad(name, "null; such an adapter is merged into a base at most");
          }
        });
  }

  private List<String> warnings(AdapterConfig config) {
    Map<String, JsonNode> written = AdapterConfigWriter.fields(config);
    List<String> warnings = new ArrayList<>();
    object
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!written.containsKey(name) && !NEVER_WRITTEN.contains(name)) {
                warnings.add("%s: unknown key '%s' is ignored".formatted(file, printable(name)));
              } else if (WITHOUT_EFFECT.contains(name)
                  && present(name)
                  && !object.get(name).equals(AdapterConfigWriter.DEFAULTS.get(name))) {
                warnings.add(
                    "%s: key '%s' has no effect on a trained adapter and is not kept"
                        .formatted(file, name));
              }
            });
    return List.copyOf(warnings);
  }

  private ModuleSelector targets() {
    if (!present("target_modules")) {
      throw bad("target_modules", "a list of names, a regular expression or \"all-linear\"");
    }
    return selector("target_modules");
  }

  private ModuleSelector selector(String name) {
    return object.get(name).isTextual()
        ? ModuleSelector.matching(object.get(name).textValue())
        : new ModuleSelector.Named(texts(name));
  }

  private Map<String, Integer> ranks() {
    Map<String, Integer> ranks = new LinkedHashMap<>();
    entries("rank_pattern")
        .forEach(
            (pattern, rank) -> {
              if (!rank.canConvertToInt() || !rank.isIntegralNumber()) {
                throw bad("rank_pattern", "an object of integers");
              }
              ranks.put(pattern, rank.intValue());
            });
    return ranks;
  }

  private Map<String, Double> alphas() {
    Map<String, Double> alphas = new LinkedHashMap<>();
    entries("alpha_pattern")
        .forEach(
            (pattern, alpha) -> {
              if (!alpha.isNumber()) {
                throw bad("alpha_pattern", "an object of numbers");
              }
              alphas.put(pattern, alpha.doubleValue());
            });
    return alphas;
  }

  private BiasMode bias() {
    String spelled = text("bias", "none");
    return Arrays.stream(BiasMode.values())
        .filter(mode -> mode.spelling().equals(spelled))
        .findFirst()
        .orElseThrow(() -> bad("bias", "none, all or lora_only"));
  }

  private Initialization initialization() {
    if (!present("init_lora_weights")) {
      return Initialization.DEFAULT;
    }
    String spelled = object.get("init_lora_weights").asText();
    return Arrays.stream(Initialization.values())
        .filter(start -> start.isPeft() && start.spelling().equals(spelled))
        .findFirst()
        .orElseThrow(
            () ->
                bad(
                    "init_lora_weights",
                    "one that leaves the base weights alone ("
                        + String.join(
                            ", ",
                            Arrays.stream(Initialization.values())
                                .filter(Initialization::isPeft)
                                .map(Initialization::spelling)
                                .toList())
                        + "); let PEFT convert it on saving"
                        + " (path_initial_model_for_weight_conversion)"));
  }

  private BaseModel base() {
    Map<String, String> mapping = null;
    if (present("auto_mapping")) {
      mapping = new TreeMap<>();
      for (Map.Entry<String, JsonNode> entry : entries("auto_mapping").entrySet()) {
        mapping.put(entry.getKey(), entry.getValue().asText());
      }
    }
    return new BaseModel(
        text("base_model_name_or_path", null),
        text("revision", null),
        text("task_type", null),
        text("peft_version", null),
        mapping,
        null);
  }

  private boolean present(String name) {
    return object.hasNonNull(name);
  }

  private static boolean isEmpty(JsonNode value) {
    return value.isContainerNode() && value.isEmpty()
        || value.isBoolean() && !value.booleanValue()
        || value.isTextual() && value.textValue().isEmpty();
  }

  private boolean flag(String name) {
    if (present(name) && !object.get(name).isBoolean()) {
      throw bad(name, "true or false");
    }
    return present(name) && object.get(name).booleanValue();
  }

  private int integer(String name, int otherwise) {
    JsonNode value =
        present(name) ? object.get(name) : MAPPER.getNodeFactory().numberNode(otherwise);
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw bad(name, "an integer");
    }
    return value.intValue();
  }

  private double number(String name, double otherwise) {
    JsonNode value =
        present(name) ? object.get(name) : MAPPER.getNodeFactory().numberNode(otherwise);
    if (!value.isNumber()) {
      throw bad(name, "a number");
    }
    return value.doubleValue();
  }

  private String text(String name, String otherwise) {
    if (present(name) && !object.get(name).isTextual()) {
      throw bad(name, "text");
    }
    return present(name) ? object.get(name).textValue() : otherwise;
  }

  private List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (JsonNode item : object.get(name)) {
      if (!item.isTextual()) {
        throw bad(name, "a list of names");
      }
      texts.add(item.textValue());
    }
    if (!object.get(name).isArray()) {
      throw bad(name, "a list of names");
    }
    return texts;
  }

  private Map<String, JsonNode> entries(String name) {
    Map<String, JsonNode> entries = new LinkedHashMap<>();
    if (present(name)) {
      if (!object.get(name).isObject()) {
        throw bad(name, "an object");
      }
      object.get(name).properties().forEach(e -> entries.put(e.getKey(), e.getValue()));
    }
    return entries;
  }

  private InvalidInputException bad(String name, String allowed) {
    return new InvalidInputException(
        "%s: %s is %s, must be %s"
            .formatted(file, name, printable(String.valueOf(object.get(name))), allowed));
  }

  /** A stranger's text, fit for one line. */
  private static String printable(String text) {
    String line = text.replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]+", " ");
    return line.length() <= LONGEST_QUOTE ? line : line.substring(0, LONGEST_QUOTE) + "...";
  }
}
