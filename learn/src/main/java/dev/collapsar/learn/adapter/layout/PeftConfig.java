package dev.collapsar.learn.adapter.layout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsar.InvalidInputException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.PatternSyntaxException;

/**
 * The part of adapter_config.json that decides what trained tensors compute. A missing key takes
 * PEFT's default; which modules were targets need not be known, the tensors say so.
 */
final class PeftConfig {
  private static final int LONGEST_QUOTE = 200;

  private final JsonNode json;
  private final Map<String, NameExpression> expressions = new HashMap<>();
  private final Map<String, NamePatterns<JsonNode>> patterns = new HashMap<>();
  private final String file;

  PeftConfig(Optional<JsonNode> json, String file) {
    this.file = file;
    this.json =
        json.orElseThrow(
            () -> new InvalidInputException(file + ": there is no adapter_config.json beside it"));
  }

  static String type(Optional<JsonNode> json) {
    return json.map(node -> node.path("peft_type").asText("")).orElse("");
  }

  String text(String name, String otherwise) {
    if (json.hasNonNull(name) && !json.get(name).isTextual()) {
      throw bad(name, "text");
    }
    return json.hasNonNull(name) ? json.get(name).textValue() : otherwise;
  }

  boolean flag(String name, boolean otherwise) {
    if (json.hasNonNull(name) && !json.get(name).isBoolean()) {
      throw bad(name, "true or false");
    }
    return json.hasNonNull(name) ? json.get(name).booleanValue() : otherwise;
  }

  double number(String name, double otherwise) {
    if (json.hasNonNull(name) && !json.get(name).isNumber()) {
      throw bad(name, "a number");
    }
    return json.hasNonNull(name) ? json.get(name).doubleValue() : otherwise;
  }

  int positive(String name, int otherwise) {
    double value = number(name, otherwise);
    if (value != (int) value || value < 1) {
      throw bad(name, "an integer of at least 1");
    }
    return (int) value;
  }

  /** Whether a key has a value that switches something on. */
  boolean isSet(String name) {
    JsonNode value = json.path(name);
    boolean empty =
        value.isMissingNode()
            || value.isNull()
            || value.isBoolean() && !value.booleanValue()
            || value.isTextual() && value.textValue().isEmpty()
            || value.isContainerNode() && value.isEmpty();
    return !empty;
  }

  /** The value as it stands, for words. */
  String spelled(String name) {
    String text = json.path(name).asText(json.path(name).toString());
    String line = text.replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]+", " ");
    return line.length() <= LONGEST_QUOTE ? line : line.substring(0, LONGEST_QUOTE) + "...";
  }

  boolean isText(String name) {
    return json.path(name).isTextual();
  }

  /** A list of texts; one text is a list of it. */
  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    JsonNode value = json.path(name);
    if (value.isTextual()) {
      return List.of(value.textValue());
    }
    for (JsonNode item : value) {
      if (!item.isTextual()) {
        throw bad(name, "a list of names");
      }
      texts.add(item.textValue());
    }
    return texts;
  }

  /** Indices of tokens for a module: a list for the input embedding, or lists by name. */
  Optional<int[]> indices(String name, String module) {
    JsonNode value = json.path(name);
    if (value.isArray()) {
      return Optional.of(indices(name, value));
    }
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      if (isSuffix(entry.getKey(), module)) {
        return Optional.of(indices(name, entry.getValue()));
      }
    }
    return Optional.empty();
  }

  /** Those of the only module that has a list; empty if there are several. */
  Optional<int[]> onlyIndices(String name) {
    JsonNode value = json.path(name);
    return value.isObject() && value.size() == 1
        ? Optional.of(indices(name, value.elements().next()))
        : Optional.empty();
  }

  private int[] indices(String name, JsonNode list) {
    int[] indices = new int[list.size()];
    for (int i = 0; i < indices.length; i++) {
      if (!list.get(i).canConvertToInt() || list.get(i).intValue() < 0) {
        throw bad(name, "lists of token numbers");
      }
      indices[i] = list.get(i).intValue();
    }
    return indices;
  }

  /**
   * What {@code rank_pattern} or {@code alpha_pattern} says of a module: the first key, in the
   * file's order, that matches the whole name or what follows one of its dots.
   */
  OptionalDouble pattern(String name, String module) {
    Optional<JsonNode> found = patterns(name).first(module);
    if (found.isPresent() && !found.get().isNumber()) {
      throw bad(name, "an object of numbers");
    }
    return found.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(found.get().doubleValue());
  }

  private NamePatterns<JsonNode> patterns(String name) {
    try {
      return patterns.computeIfAbsent(name, n -> new NamePatterns<>(values(n)));
    } catch (PatternSyntaxException e) {
      throw bad(e);
    }
  }

  private InvalidInputException bad(PatternSyntaxException failure) {
    return new InvalidInputException(
        "%s: '%s' is no regular expression: %s"
            .formatted(file, failure.getPattern(), failure.getDescription()),
        failure);
  }

  private Map<String, JsonNode> values(String name) {
    Map<String, JsonNode> values = new LinkedHashMap<>();
    json.path(name).properties().forEach(entry -> values.put(entry.getKey(), entry.getValue()));
    return values;
  }

  /** Python's {@code re.fullmatch}. */
  boolean matches(String expression, String name) {
    try {
      return expressions.computeIfAbsent(expression, NameExpression::of).matches(name);
    } catch (PatternSyntaxException e) {
      throw bad(e);
    }
  }

  /** PEFT's rule of names in lists: equal, or behind a dot. */
  static boolean isSuffix(String entry, String module) {
    return module.equals(entry) || module.endsWith("." + entry);
  }

  InvalidInputException bad(String name, String allowed) {
    return new InvalidInputException(
        "%s: %s is %s, must be %s".formatted(file, name, spelled(name), allowed));
  }
}
