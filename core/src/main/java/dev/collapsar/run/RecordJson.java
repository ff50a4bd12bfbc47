package dev.collapsar.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.InputFile;
import dev.collapsar.metric.MetricInfo;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;

/** The layout of record.json. */
final class RecordJson {
  private static final int LARGEST = 1 << 29;
  private static final Set<String> MAY_BE_NULL = Set.of("variant", "bands");

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .annotationIntrospector(new AllRequired())
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT) // epoch 1.5 is none
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER) // to the same bits
          .build();

  static {
    // What does not apply is empty, and then left out.
    MAPPER
        .configOverride(MetricInfo.class)
        .setInclude(JsonInclude.Value.construct(Include.NON_EMPTY, Include.ALWAYS));
  }

  /** The same for the thousands of rows of hundreds of records, which are read by hand. */
  private static final ObjectMapper GLANCING =
      MAPPER
          .copy()
          .registerModule(new SimpleModule().addDeserializer(RunRecord.Row.class, new RowReader()));

  private RecordJson() {}

  /** A record has every property but those said not to be required, or of a metric's words. */
  private static final class AllRequired extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public Boolean hasRequiredMarker(AnnotatedMember member) {
      return !Boolean.FALSE.equals(super.hasRequiredMarker(member))
          && member.getDeclaringClass() != MetricInfo.class;
    }
  }

  static String text(Object part) {
    try {
      return MAPPER.writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsString(part);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("no JSON expresses " + part, e);
    }
  }

  static <T> T parse(String json, Class<T> type) {
    try {
      return MAPPER.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(problem(e), e);
    }
  }

  static void write(RunRecord record, OutputStream out) throws IOException {
    out.write(MAPPER.writeValueAsBytes(record));
    out.write('\n');
  }

  /**
   * @throws InvalidInputException if the file is absent, is not such a record, or was written by a
   *     newer version
   */
  static RunRecord read(Path file) {
    if (Files.notExists(file)) {
      throw new InvalidInputException(
          file + " does not exist; name the directory of a run, which holds one");
    }
    try {
      byte[] bytes = InputFile.bytes(file, LARGEST);
      JsonNode tree = MAPPER.readTree(bytes);
      JsonNode format = tree.path("format");
      if (!format.isInt()) {
        throw new InvalidInputException(file + " is no run record: it has no format number");
      }
      if (format.intValue() < 1 || format.intValue() > RunRecord.FORMAT) {
        throw new InvalidInputException(
            "%s has format %s, and this version of Collapsar reads formats 1 to %s"
                .formatted(file, format.intValue(), RunRecord.FORMAT));
      }
      requireNoNull(file, "exhibits", tree.path("exhibits"));
      RunRecord record = MAPPER.readValue(bytes, RunRecord.class);
      if (record.format() == 1) {
        return RecordDraft.of(record).metrics(FormatOne.infos(record.measurements())).record();
      }
      return record.metrics().stream().allMatch(metric -> metric.headline() == null)
          ? RecordDraft.of(record).metrics(FormatOne.headlined(record.metrics())).record()
          : record;
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      String place =
          at == null ? "" : "line %s, column %s: ".formatted(at.getLineNr(), at.getColumnNr());
      throw new InvalidInputException(
          "%s is no run record: %s%s".formatted(file, place, problem(e)), e);
    } catch (IOException e) {
      throw InvalidInputException.because(file + " cannot be read", e);
    }
  }

  /** A recipe's exhibits are shown as they are; only a curve's variant and its bands may lack. */
  private static void requireNoNull(Path file, String place, JsonNode node) {
    if (node.isNull()) {
      throw new InvalidInputException("%s is no run record: %s is null".formatted(file, place));
    }
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      requireNoNull(file, "%s[%s]".formatted(place, i), node.get(i));
    }
    node.properties()
        .forEach(
            field -> {
              if (!MAY_BE_NULL.contains(field.getKey())) {
                requireNoNull(file, place + "." + field.getKey(), field.getValue());
              }
            });
  }

  /** What is wrong, in words of the file rather than of the classes that it is read into. */
  private static String problem(JsonProcessingException e) {
    if (!(e instanceof JsonMappingException mapping)) {
      return oneLine(e.getOriginalMessage());
    }
    String place =
        mapping.getPath().stream()
            .map(
                at ->
                    at.getFieldName() == null ? "[%s]".formatted(at.getIndex()) : at.getFieldName())
            .collect(Collectors.joining("."))
            .replace(".[", "[");
    if (e instanceof UnrecognizedPropertyException) {
      return "unknown field " + place;
    }
    if (e instanceof InvalidFormatException format) {
      return "%s is '%s', which is no %s"
          .formatted(place, format.getValue(), format.getTargetType().getSimpleName());
    }
    if (e instanceof ValueInstantiationException && e.getCause() instanceof NullPointerException) {
      return (place.isEmpty() ? "" : place + ".") + e.getCause().getMessage() + " is null";
    }
    if (e.getOriginalMessage().startsWith("Cannot map `null`")) {
      return place + " is null";
    }
    return oneLine(e.getOriginalMessage());
  }

  /**
   * Reads what a glance needs; what is no such record is refused as {@link #read} refuses it.
   *
   * @throws InvalidInputException as there
   */
  static RunGlance glance(Path file) {
    try {
      RunGlance glance = GLANCING.readValue(InputFile.bytes(file, LARGEST), RunGlance.class);
      if (glance.format() == RunRecord.FORMAT) {
        return glance.metrics().stream().allMatch(metric -> metric.headline() == null)
            ? glance.describedBy(FormatOne.headlined(glance.metrics()))
            : glance;
      }
    } catch (IOException | InvalidInputException e) {
      // The whole reading says what is wrong, or reads what this one cannot.
    }
    return RunGlance.of(read(file));
  }

  private static String oneLine(String message) {
    // Where a bracket was opened is said with words for programmers.
    return message
        .lines()
        .findFirst()
        .orElse("unreadable")
        .replaceFirst(" \\(start marker at.*", "");
  }
}
