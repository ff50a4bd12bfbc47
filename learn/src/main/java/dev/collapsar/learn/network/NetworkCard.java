package dev.collapsar.learn.network;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.InputSpec;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * The card of a network, which says what it is, expects and has learnt, as plain data: the metadata
 * {@value #KEY} of the files that it is kept in.
 *
 * @param architecture all that it takes to build it anew but the classes: {@code name} and numbers
 *     and texts by name
 * @param head the dotted name of the module whose input is the representation
 * @param input what one sample is; empty if nobody said
 * @param classes their names by index
 * @param training how the values came about; empty of initial ones
 * @param testAccuracy share of test samples right, if it was measured
 * @param further what a file's card said besides, by key; it is kept
 */
public record NetworkCard(
    Map<String, Object> architecture,
    String head,
    Optional<InputSpec> input,
    List<String> classes,
    Optional<Training> training,
    OptionalDouble testAccuracy,
    Map<String, Object> further) {
  /** The metadata key of safetensors files. */
  public static final String KEY = "collapsar.card";

  /** The version of the JSON that is written and read. */
  public static final int FORMAT = 1;

  private static final String TRAINING = "training";
  private static final String SAMPLES = "samples";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * How a network was trained.
   *
   * @param recipe its name
   * @param sha256 of the files that the data were read from, by role and file, such as {@code
   *     train/train-images-idx3-ubyte}
   */
  public record Training(String recipe, long seed, Map<String, String> sha256) {
    public Training {
      sha256 = Collections.unmodifiableMap(new LinkedHashMap<>(sha256));
    }
  }

  public NetworkCard {
    architecture = Collections.unmodifiableMap(new LinkedHashMap<>(architecture));
    classes = List.copyOf(classes);
    further = Collections.unmodifiableMap(new LinkedHashMap<>(further));
    if (!(architecture.get("name") instanceof String)) {
      throw new IllegalArgumentException("an architecture has a name, got " + architecture);
    }
  }

  /** Of an untrained network whose classes have no names. */
  public static NetworkCard of(
      Map<String, Object> architecture, String head, Optional<InputSpec> input, int classes) {
    return new NetworkCard(
        architecture,
        head,
        input,
        numbered(classes),
        Optional.empty(),
        OptionalDouble.empty(),
        Map.of());
  }

  private static List<String> numbered(int classes) {
    return IntStream.range(0, classes).mapToObj(String::valueOf).toList();
  }

  /** The architecture's name, such as {@code resnet18}. */
  public String name() {
    return (String) architecture.get("name");
  }

  /** With what one sample is. */
  public NetworkCard withInput(InputSpec other) {
    return new NetworkCard(
        architecture,
        head,
        Optional.of(other),
        classes,
        training,
        testAccuracy,
        without(further, "input"));
  }

  /** With the classes' names, of which there are as many. */
  public NetworkCard withClasses(List<String> names) {
    if (names.size() != classes.size()) {
      throw new IllegalArgumentException(
          "the network has %s classes, got names of %s".formatted(classes.size(), names.size()));
    }
    return new NetworkCard(architecture, head, input, names, training, testAccuracy, further);
  }

  /** With what trained it and how it did. */
  public NetworkCard withTraining(Training how, OptionalDouble accuracy) {
    return new NetworkCard(
        architecture, head, input, classes, Optional.of(how), accuracy, without(further, TRAINING));
  }

  /** With how many samples there were by role, such as {@code train}. */
  public NetworkCard withTrainingCounts(Map<String, Long> counts) {
    return withFurther(TRAINING, Map.of(SAMPLES, counts));
  }

  /** How many samples there were by role; empty if the card does not say. */
  public Map<String, Long> trainingCounts() {
    Map<String, Long> counts = new LinkedHashMap<>();
    if (further.get(TRAINING) instanceof Map<?, ?> more
        && more.get(SAMPLES) instanceof Map<?, ?> said) {
      said.forEach(
          (role, count) -> {
            if (count instanceof Number number) {
              counts.put(String.valueOf(role), number.longValue());
            }
          });
    }
    return counts;
  }

  /** Of a network of the same kind that has learnt nothing. */
  public NetworkCard untrained() {
    return new NetworkCard(
        architecture,
        head,
        input,
        classes,
        Optional.empty(),
        OptionalDouble.empty(),
        without(further, TRAINING));
  }

  /** With an untrained head for so many classes without names. */
  public NetworkCard withNewHead(int count) {
    return new NetworkCard(
        architecture,
        head,
        input,
        numbered(count),
        Optional.empty(),
        OptionalDouble.empty(),
        without(further, TRAINING));
  }

  /** With one thing more that is said besides. */
  public NetworkCard withFurther(String key, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(further);
    more.put(key, value);
    return new NetworkCard(architecture, head, input, classes, training, testAccuracy, more);
  }

  private static Map<String, Object> without(Map<String, Object> map, String key) {
    Map<String, Object> rest = new LinkedHashMap<>(map);
    rest.remove(key);
    return rest;
  }

  /** As a file's metadata keeps it. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(CardFields.merged(CardFields.of(this), further));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the architecture is no plain data: " + architecture, e);
    }
  }

  /**
   * Reads {@link #toJson}; what is not known here goes to {@link #further}.
   *
   * @param source the file as the user spelled it
   * @throws InvalidInputException if it is no card, or one of another format
   */
  public static NetworkCard parse(String json, String source) {
    Map<String, Object> raw;
    try {
      raw = JSON.readValue(json, new TypeReference<LinkedHashMap<String, Object>>() {});
    } catch (JsonProcessingException e) {
      throw new InvalidInputException("%s: its %s is no JSON object".formatted(source, KEY), e);
    }
    return new CardFields(raw == null ? Map.of() : raw, source).card();
  }
}
