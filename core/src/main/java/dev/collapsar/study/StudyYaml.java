package dev.collapsar.study;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.collapsar.InvalidInputException;
import dev.collapsar.Nearest;
import dev.collapsar.study.Hypothesis.Claim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** The layout of a study's YAML file. */
final class StudyYaml {
  private static final String STUDY = "study";
  private static final Set<String> KEYS =
      Set.of(
          STUDY,
          "recipe",
          "seeds",
          "adapt-seeds",
          "quick",
          "threads",
          "device",
          "settings",
          "sweep",
          "except",
          "control",
          "margin",
          "hypotheses");
  private static final Set<String> OF_HYPOTHESES =
      Set.of("title", "claim", "metric", "layer", "of", "where", "against", "margin");
  private static final long LARGEST = 1 << 20;
  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

  private final Path file;

  StudyYaml(Path file) {
    this.file = file;
  }

  static boolean isStudy(Path file) {
    try {
      return Files.isRegularFile(file)
          && Files.size(file) <= LARGEST
          && MAPPER.readTree(file.toFile()).has(STUDY);
    } catch (IOException e) {
      return false; // whoever reads it as what it is says what is wrong
    }
  }

  StudyFile read() {
    JsonNode root = tree();
    requireKnown("", root, KEYS);
    String recipe = text(root, "recipe").orElseThrow(() -> refused("recipe", "is missing"));
    String seeds = list(root, "seeds").orElseThrow(() -> refused("seeds", "is missing"));
    Map<String, String> settings = new LinkedHashMap<>();
    collect(
        "settings", "", root.path("settings"), (key, node) -> settings.put(key, value(key, node)));
    List<Axis> axes = new ArrayList<>();
    collect("sweep", "", root.path("sweep"), (key, node) -> axes.add(axis(key, node)));
    return new StudyFile(
        recipe,
        Seeds.parse(file + " seeds", seeds),
        list(root, "adapt-seeds")
            .map(list -> Seeds.parse(file + " adapt-seeds", list))
            .orElse(List.of()),
        root.path("quick").asBoolean(false),
        settings,
        axes,
        except(root.path("except")),
        root.has("threads")
            ? OptionalInt.of((int) number("threads", root.path("threads")))
            : OptionalInt.empty(),
        text(root, "device").orElse(""),
        question(root));
  }

  private List<Map<String, String>> except(JsonNode node) {
    if (!node.isMissingNode() && !node.isArray()) {
      throw refused("except", "must be a list of choices such as {lora.rank: 4, lora.init: pissa}");
    }
    List<Map<String, String>> choices = new ArrayList<>();
    for (JsonNode one : node) {
      Map<String, String> choice = new LinkedHashMap<>();
      collect("except", "", one, (key, value) -> choice.put(key, value(key, value)));
      choices.add(choice);
    }
    return choices;
  }

  private Question question(JsonNode root) {
    List<Hypothesis> hypotheses = new ArrayList<>();
    JsonNode stated = root.path("hypotheses");
    if (!stated.isMissingNode() && !stated.isArray()) {
      throw refused("hypotheses", "must be a list");
    }
    for (int i = 0; i < stated.size(); i++) {
      hypotheses.addAll(hypotheses("hypotheses[" + (i + 1) + "]", stated.get(i)));
    }
    double margin =
        root.has("margin") ? number("margin", root.path("margin")) : Question.USUAL_MARGIN;
    return new Question(text(root, STUDY).orElse(""), text(root, "control"), margin, hypotheses);
  }

  /** One for each variant that it is of. */
  private List<Hypothesis> hypotheses(String at, JsonNode node) {
    requireKnown(at + ".", node, OF_HYPOTHESES);
    Map<String, String> where = new LinkedHashMap<>();
    collect(
        at + ".where", "", node.path("where"), (key, value) -> where.put(key, value(key, value)));
    OptionalDouble margin =
        node.has("margin")
            ? OptionalDouble.of(number(at + ".margin", node.path("margin")))
            : OptionalDouble.empty();
    JsonNode of = node.path("of");
    List<String> variants = new ArrayList<>();
    if (of.isArray()) {
      of.forEach(variant -> variants.add(variant.asText()));
    } else {
      variants.add(required(at, node, "of"));
    }
    return variants.stream()
        .map(
            variant ->
                new Hypothesis(
                    required(at, node, "title"),
                    claim(at, required(at, node, "claim")),
                    required(at, node, "metric"),
                    text(node, "layer").orElse(""),
                    variant,
                    where,
                    required(at, node, "against"),
                    margin))
        .toList();
  }

  private Claim claim(String at, String text) {
    for (Claim claim : Claim.values()) {
      if (claim.name().toLowerCase(Locale.ROOT).equals(text)) {
        return claim;
      }
    }
    throw refused(at + ".claim", "must be different or unchanged, got " + text);
  }

  private String required(String at, JsonNode node, String key) {
    return text(node, key)
        .filter(text -> !text.isBlank())
        .orElseThrow(() -> refused(at + "." + key, "is missing"));
  }

  private Optional<String> text(JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (value.isMissingNode()) {
      return Optional.empty();
    }
    if (!value.isValueNode()) {
      throw refused(key, "must be one value");
    }
    return Optional.of(value.asText());
  }

  private Optional<String> list(JsonNode node, String key) {
    return node.has(key) ? Optional.of(value(key, node.path(key))) : Optional.empty();
  }

  private double number(String key, JsonNode node) {
    if (!node.isNumber()) {
      throw refused(key, "must be a number, got " + node.asText());
    }
    return node.asDouble();
  }

  /** Takes a leaf of nested keys. */
  private interface Leaf {
    void take(String key, JsonNode value);
  }

  private void collect(String what, String prefix, JsonNode node, Leaf leaf) {
    if (node.isMissingNode()) {
      return;
    }
    if (!node.isObject()) {
      throw refused(what, "must be keys with their values");
    }
    node.properties()
        .forEach(
            field -> {
              String key = prefix + field.getKey();
              if (field.getValue().isObject()) {
                collect(what, key + ".", field.getValue(), leaf);
              } else {
                leaf.take(key, field.getValue());
              }
            });
  }

  /** A plain list is what one writes with commas. */
  private String value(String key, JsonNode node) {
    if (!node.isArray()) {
      return node.asText();
    }
    List<String> parts = new ArrayList<>();
    for (JsonNode part : node) {
      if (!part.isValueNode()) {
        throw refused(key, "must be a value or a plain list");
      }
      parts.add(part.asText());
    }
    return String.join(",", parts);
  }

  private Axis axis(String key, JsonNode node) {
    if (!node.isArray() || node.isEmpty()) {
      throw refused("sweep " + key, "must be a list of values");
    }
    List<String> values = new ArrayList<>();
    node.forEach(value -> values.add(value(key, value)));
    if (values.stream().distinct().count() < values.size()) {
      throw refused("sweep " + key, "has a value twice: " + String.join("|", values));
    }
    return new Axis(key, values);
  }

  private void requireKnown(String at, JsonNode node, Set<String> known) {
    if (!node.isObject()) {
      throw refused(at.isEmpty() ? STUDY : at, "must be keys with their values");
    }
    node.fieldNames()
        .forEachRemaining(
            key -> {
              if (!known.contains(key)) {
                throw refused(
                    at + key,
                    "there is no such key; " + Nearest.suggest(key, new TreeSet<>(known)));
              }
            });
  }

  private InvalidInputException refused(String key, String problem) {
    return new InvalidInputException("%s %s: %s".formatted(file, key, problem));
  }

  private JsonNode tree() {
    try {
      if (Files.size(file) > LARGEST) {
        throw new InvalidInputException(
            "%s: %s bytes, a study's file has at most %s"
                .formatted(file, Files.size(file), LARGEST));
      }
      return MAPPER.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      String place = at == null ? "" : " line %s".formatted(at.getLineNr());
      throw new InvalidInputException(
          "%s%s: not YAML: %s"
              .formatted(file, place, e.getOriginalMessage().lines().findFirst().orElse("")),
          e);
    } catch (IOException e) {
      throw InvalidInputException.because(file + " cannot be read", e);
    }
  }
}
