package dev.collapsar.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsar.InvalidInputException;
import dev.collapsar.run.RecipeRecords;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A null anywhere in a record is refused in one line that names its place, or can be shown. */
class NullsInRecordsTest {
  private final ObjectMapper mapper = new ObjectMapper();
  @TempDir private Path folder;

  @Test
  void aNullAnywhereIsRefusedByItsPlaceOrShown() throws IOException {
    TreeMap<String, String> failures = new TreeMap<>();
    for (RunRecord record : List.of(RunRecords.domainShift(), RecipeRecords.loraRanks("Q"))) {
      JsonNode whole = mapper.readTree(written(record));
      List<List<String>> places = new ArrayList<>();
      collect(whole, List.of(), places);
      for (List<String> place : places) {
        try {
          Files.write(
              folder.resolve("record.json"), mapper.writeValueAsBytes(nulled(whole, place)));
          RunRecord read = RunDirectory.open(folder).record();
          HtmlReport.render(List.of(new NamedRun("run", read), new NamedRun("whole", record)));
          RecordDiff.between(read, record).toText("a", "b", true);
        } catch (InvalidInputException e) {
          if (e.getMessage().lines().count() != 1 || !isNamed(e.getMessage())) {
            failures.put(place.toString(), e.getMessage());
          }
        } catch (RuntimeException e) {
          failures.put(place.toString(), e + " at " + e.getStackTrace()[0]);
        }
      }
    }
    assertEquals(
        "", String.join("\n", failures.entrySet().stream().map(Object::toString).toList()));
  }

  private static boolean isNamed(String message) {
    return message.contains("null") || message.endsWith("it has no format number");
  }

  private byte[] written(RunRecord record) throws IOException {
    try (RunDirectory made = RunDirectory.create(folder.resolve(record.recipe()))) {
      made.write(record);
    }
    return Files.readAllBytes(folder.resolve(record.recipe()).resolve("record.json"));
  }

  /** Every field, of the first element of each list. */
  private static void collect(JsonNode node, List<String> at, List<List<String>> places) {
    if (!at.isEmpty()) {
      places.add(at);
    }
    Iterator<String> names =
        node.isArray() && !node.isEmpty() ? List.of("0").iterator() : node.fieldNames();
    while (names.hasNext()) {
      String name = names.next();
      List<String> below = new ArrayList<>(at);
      below.add(name);
      collect(node.isArray() ? node.get(0) : node.get(name), below, places);
    }
  }

  private static JsonNode nulled(JsonNode whole, List<String> place) {
    JsonNode copy = whole.deepCopy();
    JsonNode parent = copy;
    for (String name : place.subList(0, place.size() - 1)) {
      parent = parent.isArray() ? parent.get(0) : parent.get(name);
    }
    String last = place.get(place.size() - 1);
    if (parent instanceof ArrayNode list) {
      list.set(0, NullNode.instance);
    } else {
      ((ObjectNode) parent).set(last, NullNode.instance);
    }
    return copy;
  }
}
