package dev.collapsar.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.InputFile;
import dev.collapsar.metric.MetricInfo;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The layout of record.json. */
final class RecordJson {
  private static final int LARGEST = 1 << 29;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .annotationIntrospector(new AllRequired())
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  static {
    // What does not apply is empty, and then left out.
    MAPPER
        .configOverride(MetricInfo.class)
        .setInclude(JsonInclude.Value.construct(Include.NON_EMPTY, Include.ALWAYS));
  }

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
      throw new IllegalArgumentException(oneLine(e.getOriginalMessage()), e);
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
      JsonNode format = MAPPER.readTree(bytes).path("format");
      if (!format.isInt()) {
        throw new InvalidInputException(file + " is no run record: it has no format number");
      }
      if (format.intValue() < 1 || format.intValue() > RunRecord.FORMAT) {
        throw new InvalidInputException(
            "%s has format %s, and this version of Collapsar reads formats 1 to %s"
                .formatted(file, format.intValue(), RunRecord.FORMAT));
      }
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
          "%s is no run record: %s%s".formatted(file, place, oneLine(e.getOriginalMessage())), e);
    } catch (IOException e) {
      throw InvalidInputException.because(file + " cannot be read", e);
    }
  }

  /**
   * Reads what a glance needs; what is no such record is refused as {@link #read} refuses it.
   *
   * @throws InvalidInputException as there
   */
  static RunGlance glance(Path file) {
    try {
      RunGlance glance = MAPPER.readValue(Files.readAllBytes(file), RunGlance.class);
      if (glance.format() == RunRecord.FORMAT) {
        return glance.metrics().stream().allMatch(metric -> metric.headline() == null)
            ? glance.describedBy(FormatOne.headlined(glance.metrics()))
            : glance;
      }
    } catch (IOException e) {
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
