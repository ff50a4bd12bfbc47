package dev.collapsar.learn.network;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.batch.InputSpec.Array;
import dev.collapsar.learn.batch.InputSpec.Image;
import dev.collapsar.learn.batch.InputSpec.Tokens;
import dev.collapsar.learn.batch.Preparation;
import dev.collapsar.learn.network.NetworkCard.Training;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A card as JSON has it.
 *
 * @param fields of an object
 * @param source the file as the user spelled it
 */
record CardFields(Map<String, Object> fields, String source) {
  private static final String KIND = "kind";
  private static final String RESIZE = "resize";
  private static final String SHORT_SIDE = "short_side";

  static Map<String, Object> of(NetworkCard card) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("format", NetworkCard.FORMAT);
    fields.put("architecture", card.architecture());
    fields.put("head", card.head());
    card.input().ifPresent(input -> fields.put("input", of(input)));
    fields.put("classes", card.classes());
    card.training().ifPresent(training -> fields.put("training", of(training)));
    card.testAccuracy().ifPresent(accuracy -> fields.put("test_accuracy", accuracy));
    return fields;
  }

  private static Map<String, Object> of(InputSpec input) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (input instanceof Image image) {
      fields.put(KIND, "image");
      fields.put("channels", image.channels());
      fields.put("height", image.height());
      fields.put("width", image.width());
      fields.put("mean", image.mean());
      fields.put("std", image.std());
      image.preparation().ifPresent(how -> fields.put(RESIZE, Map.of(SHORT_SIDE, how.shortSide())));
    } else if (input instanceof Tokens tokens) {
      fields.put(KIND, "tokens");
      fields.put("length", tokens.length());
      fields.put("vocabulary", tokens.vocabulary());
    } else {
      fields.put(KIND, "array");
      fields.put("shape", input.shape());
    }
    return fields;
  }

  private static Map<String, Object> of(Training training) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("recipe", training.recipe());
    fields.put("seed", training.seed());
    fields.put("sha256", training.sha256());
    return fields;
  }

  NetworkCard card() {
    if (integer("format") != NetworkCard.FORMAT) {
      throw bad("format", String.valueOf(NetworkCard.FORMAT));
    }
    Map<String, Object> architecture = object("architecture").fields;
    if (!(architecture.get("name") instanceof String)) {
      throw bad("architecture", "an object with a name");
    }
    NetworkCard known =
        new NetworkCard(
            architecture,
            text("head"),
            fields.containsKey("input") ? Optional.of(object("input").input()) : Optional.empty(),
            list("classes").stream().map(String::valueOf).toList(),
            fields.containsKey("training")
                ? Optional.of(object("training").training())
                : Optional.empty(),
            fields.containsKey("test_accuracy")
                ? OptionalDouble.of(number(fields.get("test_accuracy"), "test_accuracy"))
                : OptionalDouble.empty(),
            Map.of());
    return new NetworkCard(
        known.architecture(),
        known.head(),
        known.input(),
        known.classes(),
        known.training(),
        known.testAccuracy(),
        unknown(fields, of(known)));
  }

  private InputSpec input() {
    try {
      return switch (text(KIND)) {
        case "image" ->
            new Image(
                integer("channels"),
                integer("height"),
                integer("width"),
                numbers("mean"),
                numbers("std"),
                fields.containsKey(RESIZE)
                    ? Optional.of(new Preparation(object(RESIZE).integer(SHORT_SIDE)))
                    : Optional.empty());
        case "tokens" -> new Tokens(integer("length"), integer("vocabulary"));
        case "array" -> new Array(numbers("shape").stream().map(size -> size.longValue()).toList());
        default -> throw bad(KIND, "image, tokens or array");
      };
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(
          "%s: %s input: %s".formatted(source, NetworkCard.KEY, e.getMessage()), e);
    }
  }

  private Training training() {
    Map<String, String> sha256 = new LinkedHashMap<>();
    object("sha256").fields.forEach((role, hash) -> sha256.put(role, String.valueOf(hash)));
    return new Training(text("recipe"), whole("seed"), sha256);
  }

  private String text(String key) {
    if (fields.get(key) instanceof String text) {
      return text;
    }
    throw bad(key, "a text");
  }

  private int integer(String key) {
    if (fields.get(key) instanceof Integer value) {
      return value;
    }
    throw bad(key, "an integer");
  }

  private long whole(String key) {
    if (fields.get(key) instanceof Integer || fields.get(key) instanceof Long) {
      return ((Number) fields.get(key)).longValue();
    }
    throw bad(key, "an integer");
  }

  private double number(Object value, String key) {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    throw bad(key, "a number");
  }

  private List<?> list(String key) {
    if (fields.get(key) instanceof List<?> list) {
      return list;
    }
    throw bad(key, "a list");
  }

  private List<Double> numbers(String key) {
    return list(key).stream().map(value -> number(value, key)).toList();
  }

  private CardFields object(String key) {
    if (fields.get(key) instanceof Map<?, ?> map) {
      return new CardFields(textKeys(map), source);
    }
    throw bad(key, "an object");
  }

  private InvalidInputException bad(String key, String allowed) {
    return new InvalidInputException(
        "%s: %s has %s=%s; it must be %s"
            .formatted(source, NetworkCard.KEY, key, fields.get(key), allowed));
  }

  private static Map<String, Object> textKeys(Map<?, ?> map) {
    Map<String, Object> fields = new LinkedHashMap<>();
    map.forEach((key, value) -> fields.put(String.valueOf(key), value));
    return fields;
  }

  /** What is in {@code all} and not in {@code known}, at any depth. */
  private static Map<String, Object> unknown(Map<String, Object> all, Map<String, Object> known) {
    Map<String, Object> rest = new LinkedHashMap<>();
    all.forEach(
        (key, value) -> {
          if (!known.containsKey(key)) {
            rest.put(key, value);
          } else if (value instanceof Map<?, ?> inner && known.get(key) instanceof Map<?, ?> own) {
            Map<String, Object> below = unknown(textKeys(inner), textKeys(own));
            if (!below.isEmpty()) {
              rest.put(key, below);
            }
          }
        });
    return rest;
  }

  /** Both, at any depth; where both say something, {@code own}. */
  static Map<String, Object> merged(Map<String, Object> own, Map<String, Object> further) {
    Map<String, Object> all = new LinkedHashMap<>(own);
    further.forEach(
        (key, value) -> {
          Object there = own.get(key);
          if (there instanceof Map<?, ?> map && value instanceof Map<?, ?> more) {
            all.put(key, merged(textKeys(map), textKeys(more)));
          } else {
            all.putIfAbsent(key, value);
          }
        });
    return all;
  }
}
