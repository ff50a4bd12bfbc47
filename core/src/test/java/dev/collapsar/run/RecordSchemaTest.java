package dev.collapsar.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.RunRecord.ClassRow;
import dev.collapsar.run.RunRecord.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** docs/record.schema.json, by a validator of JSON Schema that is not ours. */
class RecordSchemaTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static String text;
  private static Schema schema;

  @BeforeAll
  static void read() throws IOException {
    text = Files.readString(Path.of("../docs/record.schema.json"));
    schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(text, InputFormat.JSON);
  }

  @Test
  void everyRecordIsAsTheSchemaSays() throws IOException {
    for (RunRecord record :
        List.of(
            RunRecords.domainShift(),
            RunRecords.withText(" <é\u0001\n"),
            RecipeRecords.loraRanks(""),
            RecipeRecords.collapseLayers(""),
            RecipeRecords.feedbackNull(""),
            ofClasses())) {
      assertEquals("", problems(json(record)), record.recipe());
    }
  }

  @Test
  void whatTheReaderRefusesTheSchemaRefusesToo() throws IOException {
    assertRefused(record -> record.put("format", 3));
    assertRefused(record -> record.put("status", "DONE"));
    assertRefused(record -> record.put("colour", "red"));
    assertRefused(record -> record.remove("exhibits"));
    assertRefused(record -> record.put("started", "yesterday"));
    assertRefused(record -> first(record, "measurements").putNull("value").putNull("note"));
    assertRefused(record -> first(record, "measurements").put("value", "NaN"));
    assertRefused(record -> first(record, "exhibits").put("kind", "film"));
    assertRefused(record -> first(record, "exhibits").putNull("title"));
    assertRefused(record -> first(record, "metrics").put("direction", "UP"));
  }

  @Test
  void theSchemaKnowsEveryWord() throws IOException {
    JsonNode root = MAPPER.readTree(text);
    assertWords(Status.values(), root.at("/properties/status/enum"));
    JsonNode metric = root.at("/$defs/metric/properties");
    assertWords(MetricInfo.Group.values(), metric.at("/group/enum"));
    assertWords(MetricInfo.Axis.values(), metric.at("/axis/enum"));
    assertWords(MetricInfo.Direction.values(), metric.at("/direction/enum"));
    assertWords(MetricInfo.Column.values(), metric.at("/calibrated/properties/column/enum"));
    assertWords(MetricInfo.Samples.values(), metric.at("/headline/properties/samples/enum"));
    assertWords(ReportItem.Axis.Scale.values(), root.at("/$defs/axis/properties/scale/enum"));
    assertEquals(RunRecord.FORMAT, root.at("/properties/format/const").intValue());
  }

  private static void assertWords(Enum<?>[] words, JsonNode said) {
    assertEquals(
        Arrays.stream(words).map(Enum::name).toList(), MAPPER.convertValue(said, List.class));
  }

  private static void assertRefused(Consumer<ObjectNode> damage) throws IOException {
    ObjectNode record = json(RecipeRecords.loraRanks(""));
    assertEquals("", problems(record));
    damage.accept(record);
    assertFalse(problems(record).isEmpty());
  }

  private static ObjectNode first(ObjectNode record, String list) {
    return (ObjectNode) record.get(list).get(0);
  }

  private static RunRecord ofClasses() {
    return RecordDraft.of(RunRecords.domainShift())
        .classes(
            List.of(
                new ClassRow("base", "pretrain", 5, "", 0, 12, .5, 1.25, null, null, null, null),
                new ClassRow("base", "pretrain", 5, "", 1, 12, .5, 1.25, -.5, 12L, 11L, 10L)))
        .record();
  }

  private static ObjectNode json(RunRecord record) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RecordJson.write(record, out);
    return (ObjectNode) MAPPER.readTree(out.toString(StandardCharsets.UTF_8));
  }

  private static String problems(JsonNode record) {
    return String.join("\n", schema.validate(record).stream().map(Object::toString).toList());
  }
}
