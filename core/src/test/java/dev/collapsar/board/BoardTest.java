package dev.collapsar.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.InvalidInputException;
import dev.collapsar.run.RecipeRecords;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoardTest {
  @TempDir Path runs;

  @Test
  void runsAndThoseOfStudiesAreFound() throws IOException {
    write("a", RunRecords.domainShift());
    write("study/seed=1", RunRecords.domainShift(1, List.of(8)));
    Files.createDirectories(runs.resolve("photographs/cats"));
    Files.writeString(runs.resolve("notes.txt"), "no run");
    JsonNode state = json(new Board(runs));
    assertEquals(List.of("a", "study/seed=1"), names(state));
    assertEquals("study", state.at("/runs/1/study").asText());
  }

  @Test
  void theLastNumbersAreThoseOfTheRecordAndTheirCurvesEndThere() {
    RunRecord record = RunRecords.domainShift();
    write("a", record);
    JsonNode lora = json(new Board(runs)).at("/runs/0/variants/3");
    assertEquals("lora-r8", lora.get("name").asText());
    double last =
        record.measurements().stream()
            .filter(row -> row.variant().equals("lora-r8") && row.metric().equals("nc1_pinv"))
            .reduce((a, b) -> b)
            .orElseThrow()
            .value();
    JsonNode number = lora.at("/numbers/nc1_pinv");
    assertEquals(last, number.get("value").asDouble());
    assertEquals(6, number.get("curve").size());
    // Four digits of a curve are finer than a pixel.
    assertEquals(last, number.get("curve").get(5).get(1).asDouble(), 5e-4 * last);
  }

  @Test
  void onlySettingsThatDifferWithinARecipeAreColumns() {
    write("a", RunRecords.domainShift(1, List.of(8)));
    write("b", RunRecords.domainShift(2, List.of(4)));
    JsonNode settings = json(new Board(runs)).get("settings");
    assertEquals("[\"lora.rank\",\"seed\"]", settings.toString());
  }

  @Test
  void aNewRunLeavesTheOthersTheirColours() {
    write("b", RunRecords.domainShift());
    Board board = new Board(runs);
    JsonNode before = json(board).get("colours");
    write("a", RecipeRecords.feedbackNull("")); // begun at the same time, and named before
    board.look();
    JsonNode after = json(board).get("colours");
    assertEquals("a", names(json(board)).get(0));
    before
        .fieldNames()
        .forEachRemaining(name -> assertEquals(before.get(name), after.get(name), name));
  }

  @Test
  void whatCannotBeReadIsNamedWithTheReason() throws IOException {
    write("good", RunRecords.domainShift());
    Files.createDirectories(runs.resolve("cut"));
    Files.writeString(runs.resolve("cut/record.json"), "{\"format\": 2, \"recipe\": \"x");
    Files.createDirectories(runs.resolve("foreign"));
    Files.writeString(runs.resolve("foreign/record.json"), "[]");
    Files.createDirectories(runs.resolve("killed"));
    Files.writeString(runs.resolve("killed/recipe.yaml"), "recipe: collapse\n");
    Board board = new Board(runs);
    assertEquals(4, board.runs());
    assertEquals(3, board.unreadable());
    JsonNode state = json(board);
    assertEquals(List.of("good", "cut", "foreign", "killed"), names(state));
    assertTrue(state.at("/runs/1/problem").asText().contains("is no run record: line 1"));
    assertTrue(state.at("/runs/2/problem").asText().contains("it has no format number"));
    assertEquals("it has no record.json", state.at("/runs/3/problem").asText());
    assertTrue(state.at("/runs/3/page").isNull());
  }

  @Test
  void aRunGoesOnWhileAProcessHasItAndIsBrokenOffAfterwards() {
    RunRecord running =
        RunRecords.with(RunRecords.domainShift(), RunRecord.Status.RUNNING, "a title");
    Board board;
    try (RunDirectory directory = RunDirectory.create(runs.resolve("a"))) {
      board = new Board(runs);
      assertEquals("STARTING", json(board).at("/runs/0/status").asText());
      directory.write(running);
      board.look();
      assertEquals("RUNNING", json(board).at("/runs/0/status").asText());
    }
    board.look();
    assertEquals("BROKEN_OFF", json(board).at("/runs/0/status").asText());
  }

  @Test
  void aFileLinksToThePagesThatAreThere() throws IOException {
    write("a b#1", RunRecords.domainShift());
    write("c", RunRecords.domainShift());
    Files.writeString(runs.resolve("a b#1/report.html"), "page");
    String page = new Board(runs).page(runs.resolve("pages/board.html"));
    assertTrue(page.contains("\"page\":\"./../a%20b%231/report.html\""), "a link");
    assertTrue(page.contains("\"name\":\"c\",\"study\":\"\",\"page\":null"), "no link");
  }

  @Test
  void aRunIsNoDirectoryOfRuns() {
    write("a", RunRecords.domainShift());
    InvalidInputException refused =
        assertThrows(InvalidInputException.class, () -> new Board(runs.resolve("a")));
    assertTrue(refused.getMessage().contains("is one run"), refused.getMessage());
  }

  @Test
  void aServerGivesOutRunsByNameAndNothingElse() throws Exception {
    write("a", RunRecords.domainShift());
    Files.writeString(runs.resolve("secret.txt"), "secret");
    try (BoardServer server = BoardServer.start(new Board(runs), 0)) {
      assertEquals(200, get(server, "run?run=a").statusCode());
      assertTrue(get(server, "run?run=a").body().startsWith("<!DOCTYPE html>"));
      for (String path :
          List.of("secret.txt", "run?run=../a", "run?run=.", "run", "study?study=a", "a/../a")) {
        assertEquals(404, get(server, path).statusCode(), path);
      }
      assertTrue(answer(server, "evil.example").startsWith("HTTP/1.1 403"));
      assertTrue(answer(server, "localhost").startsWith("HTTP/1.1 200"));
    }
  }

  @Test
  void whoHasAskedBeforeIsToldThatNothingHasChanged() throws Exception {
    write("a", RunRecords.domainShift());
    try (BoardServer server = BoardServer.start(new Board(runs), 0)) {
      String tag = get(server, "board.json").headers().firstValue("ETag").orElseThrow();
      HttpRequest again =
          HttpRequest.newBuilder(server.address().resolve("board.json"))
              .header("If-None-Match", tag)
              .build();
      HttpClient client = HttpClient.newHttpClient();
      assertEquals(304, client.send(again, HttpResponse.BodyHandlers.ofString()).statusCode());
      write("b", RunRecords.domainShift());
      assertEquals(200, client.send(again, HttpResponse.BodyHandlers.ofString()).statusCode());
    }
  }

  @Test
  void onlyThePageOfARunThatGoesOnAsksAgain() throws Exception {
    RunRecord complete = RunRecords.domainShift();
    try (RunDirectory directory = RunDirectory.create(runs.resolve("a"))) {
      directory.write(RunRecords.with(complete, RunRecord.Status.RUNNING, "a title"));
      write("b", complete);
      try (BoardServer server = BoardServer.start(new Board(runs), 0)) {
        assertTrue(get(server, "run?run=a").headers().firstValue("Refresh").isPresent());
        assertFalse(get(server, "run?run=b").headers().firstValue("Refresh").isPresent());
        assertTrue(get(server, "run?run=a&run=b").body().contains("<title>a and b</title>"));
      }
    }
  }

  @Test
  void aPortInUseIsRefusedByItsNumber() {
    try (BoardServer server = BoardServer.start(new Board(runs), 0)) {
      int port = server.address().getPort();
      InvalidInputException refused =
          assertThrows(InvalidInputException.class, () -> BoardServer.start(new Board(runs), port));
      assertTrue(refused.getMessage().startsWith("--port " + port + ": is in use"));
    }
  }

  private void write(String name, RunRecord record) {
    try (RunDirectory directory = RunDirectory.create(runs.resolve(name))) {
      directory.write(record);
    }
  }

  private static JsonNode json(Board board) {
    try {
      return new ObjectMapper().readTree(board.json());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> names(JsonNode state) {
    List<String> names = new ArrayList<>();
    state.get("runs").forEach(run -> names.add(run.get("name").asText()));
    return names;
  }

  private static HttpResponse<String> get(BoardServer server, String path) throws Exception {
    URI address = URI.create(server.address() + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
  }

  /** What one gets who calls the server by this name. */
  private static String answer(BoardServer server, String host) throws IOException {
    int port = server.address().getPort();
    try (Socket socket = new Socket("127.0.0.1", port)) {
      String asked = "GET / HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n\r\n";
      byte[] request =
          asked.formatted(host, Integer.toString(port)).getBytes(StandardCharsets.UTF_8);
      socket.getOutputStream().write(request);
      return new String(socket.getInputStream().readNBytes(12), StandardCharsets.UTF_8);
    }
  }
}
