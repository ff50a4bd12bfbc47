package dev.collapsar.mlflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.collapsar.InvalidInputException;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server on loopback that keeps every call and answers as MLflow 3.17 was seen to. */
class MlflowRunTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private record Call(String method, String path, String authorization, JsonNode body) {}

  @TempDir private Path folder;
  private final List<Call> calls = new ArrayList<>();
  private HttpServer http;
  private int runs;
  private boolean down;
  private boolean experimentDeleted;
  private boolean keepsFiles = true;
  private boolean refuses;

  @BeforeEach
  void start() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext("/", this::answer);
    http.start();
  }

  @AfterEach
  void stop() {
    http.stop(0);
  }

  @Test
  void everyDefinedNumberArrivesOnceWithItsEpochAndWithoutNaN() throws IOException {
    RunRecord record = record();
    assertEquals(List.of(), run().send(record));
    List<JsonNode> metrics = sent("metrics");
    long defined = record.measurements().stream().filter(row -> row.value() != null).count();
    assertEquals(defined, metrics.size());
    assertTrue(defined < record.measurements().size(), "an undefined number is part of the test");
    RunRecord.Row row = record.measurements().get(0);
    assertEquals(
        row.metric() + "/" + row.variant() + "/" + row.stage(), metrics.get(0).get("key").asText());
    assertEquals(row.value(), metrics.get(0).get("value").asDouble());
    assertEquals(row.epoch(), metrics.get(0).get("step").asInt());
    assertTrue(
        metrics.stream()
            .allMatch(m -> m.get("timestamp").asLong() >= record.started().toEpochMilli()));
    assertEquals("FINISHED", only("runs/update").body().get("status").asText());
    int before = calls.size();
    assertEquals(List.of(), run().send(record));
    assertEquals(before, calls.size(), "a run that is whole there is not sent again");
  }

  @Test
  void noCallHoldsMoreThanTheServerTakes() throws IOException {
    RunRecord record = record();
    List<RunRecord.Row> many = new ArrayList<>();
    for (int epoch = 0; epoch < 2_500; epoch++) {
      many.add(new RunRecord.Row("base", "base", epoch, "", "loss_train", 1.0, null));
    }
    run().send(RunRecords.with(record, many));
    assertEquals(2_500, sent("metrics").size());
    for (Call call : calls) {
      if (call.path().endsWith("log-batch")) {
        assertTrue(call.body().path("metrics").size() <= 1_000);
        assertTrue(call.body().path("params").size() <= 100);
      }
    }
  }

  @Test
  void whatAServerThatWasAwayMissedIsSentLater() throws IOException {
    RunRecord record = record();
    down = true;
    List<String> remarks = run().send(record);
    assertEquals(1, remarks.size());
    assertTrue(remarks.get(0).contains("--resume --mlflow"), remarks::toString);
    down = false;
    assertEquals(List.of(), run().send(record));
    assertEquals(1, calls.stream().filter(c -> c.path().endsWith("runs/create")).count());
    Set<String> points = new HashSet<>();
    for (JsonNode metric : sent("metrics")) {
      assertTrue(points.add(metric.get("key") + "@" + metric.get("step")), metric::toString);
    }
  }

  @Test
  void theRunsFilesArriveButNotItsCheckpoints() throws IOException {
    Path out = folder.resolve("run");
    run().send(record());
    Files.createDirectories(out.resolve("checkpoints"));
    List<String> files =
        calls.stream()
            .filter(call -> call.method().equals("PUT"))
            .map(call -> call.path().substring(call.path().indexOf("/artifacts/7") + 11))
            .toList();
    assertTrue(files.contains("7/r1/artifacts/record.json"), files::toString);
    assertTrue(files.contains("7/r1/artifacts/adapters/lora%20%C3%BC/a.bin"), files::toString);
    assertFalse(files.stream().anyMatch(f -> f.contains("mlflow.json")), files::toString);
    assertFalse(files.stream().anyMatch(f -> f.contains("checkpoints/")), files::toString);
  }

  @Test
  void aServerThatKeepsNoFilesIsSaidAndTheRunIsWholeThere() throws IOException {
    keepsFiles = false;
    List<String> remarks = run().send(record());
    assertTrue(remarks.get(0).contains("its files are not"), remarks::toString);
    assertEquals("FINISHED", only("runs/update").body().get("status").asText());
  }

  @Test
  void aDeletedExperimentIsSaid() throws IOException {
    experimentDeleted = true;
    List<String> remarks = run().send(record());
    assertTrue(remarks.get(0).contains("was deleted on the server"), remarks::toString);
  }

  @Test
  void namesThatMlflowRefusesAreRenamedAndSaid() throws IOException {
    RunRecord record = record();
    List<RunRecord.Row> rows =
        List.of(new RunRecord.Row("lora|r8", "../adapt", 1, "a//b", "loss", 1.0, null));
    List<String> remarks = run().send(RunRecords.with(record, rows));
    assertEquals("loss/lora_r8/_/adapt/a/b", sent("metrics").get(0).get("key").asText());
    assertTrue(
        remarks.get(0).startsWith("MLflow does not take loss/lora|r8/../adapt/a//b"),
        remarks::toString);
  }

  @Test
  void credentialsComeFromTheEnvironmentAndRefusedOnesAreSaidWithoutThem() throws IOException {
    Map<String, String> environment =
        Map.of("MLFLOW_TRACKING_USERNAME", "ann", "MLFLOW_TRACKING_PASSWORD", "s3cret");
    MlflowServer server = MlflowServer.at(address(), environment);
    assertEquals(Optional.empty(), server.unreachable());
    assertEquals("Basic YW5uOnMzY3JldA==", calls.get(0).authorization());
    refuses = true;
    String message = assertThrows(InvalidInputException.class, server::unreachable).getMessage();
    assertTrue(message.contains("MLFLOW_TRACKING_TOKEN"), message);
    assertFalse(message.contains("s3cret"), message);
  }

  @Test
  void whatIsNoAddressIsRefused() {
    for (String uri : List.of("sqlite:///m.db", "mlruns", "http:", "ht tp://x", "databricks")) {
      String message =
          assertThrows(InvalidInputException.class, () -> MlflowServer.at(uri, Map.of()))
              .getMessage();
      assertTrue(message.startsWith("--mlflow " + uri + ": must be the http or https"), message);
    }
    String message =
        assertThrows(
                InvalidInputException.class,
                () -> MlflowServer.at("http://ann:s3cret@host:5000", Map.of()))
            .getMessage();
    assertFalse(message.contains("s3cret"), message);
    for (String hidden : List.of("http://ann:s3cret@ho st:5000", "http://host?token=s3cret")) {
      String refused =
          assertThrows(InvalidInputException.class, () -> MlflowServer.at(hidden, Map.of()))
              .getMessage();
      assertFalse(refused.contains("s3cret"), refused);
    }
    Map<String, String> ofTwoLines = Map.of("MLFLOW_TRACKING_TOKEN", "s3cret\n");
    String refused =
        assertThrows(
                InvalidInputException.class,
                () -> MlflowServer.at("http://127.0.0.1:5000", ofTwoLines))
            .getMessage();
    assertTrue(refused.startsWith("MLFLOW_TRACKING_TOKEN: "), refused);
    assertFalse(refused.contains("s3cret"), refused);
  }

  @Test
  void aRunIsNestedInTheStudyWhoseDirectoryItIsIn() throws IOException {
    RunRecord record = record();
    assertEquals(Optional.empty(), study().begin("lora-ranks", Map.of(), record.started()));
    run().send(record);
    Map<String, String> tags = new HashMap<>();
    bodies("runs/create")
        .get(1)
        .get("tags")
        .forEach(tag -> tags.put(tag.get("key").asText(), tag.get("value").asText()));
    assertEquals("r1", tags.get("mlflow.parentRunId"));
  }

  @Test
  void runsThatWereSentBeforeTheirStudyWasThereAreNestedAtItsEnd() throws IOException {
    RunRecord record = record();
    run().send(record);
    Files.writeString(folder.resolve("study.json"), "{}");
    MlflowStudy study = study();
    study.begin("lora-ranks", Map.of("seeds", "1..5"), record.started());
    Map<Path, RunRecord> runs = Map.of(folder.resolve("run"), record);

    assertEquals(List.of(), study.end(runs, RunRecord.Status.COMPLETE, record.finished()));
    study.end(runs, RunRecord.Status.COMPLETE, record.finished());

    List<JsonNode> nested =
        bodies("runs/set-tag").stream()
            .filter(tag -> tag.get("key").asText().equals("mlflow.parentRunId"))
            .toList();
    assertEquals(1, nested.size());
    assertEquals("r1", nested.get(0).get("run_id").asText());
    assertEquals("r2", nested.get(0).get("value").asText());
    assertTrue(sent("params").toString().contains("1..5"));
    assertTrue(calls.stream().anyMatch(c -> c.path().endsWith("7/r2/artifacts/study.json")));
    JsonNode last = bodies("runs/update").get(1);
    assertEquals("r2", last.get("run_id").asText());
    assertEquals("FINISHED", last.get("status").asText());
  }

  @Test
  void aStudyWhoseServerIsAwaySaysSoAndIsSentLater() throws IOException {
    RunRecord record = record();
    down = true;
    Optional<String> why = study().begin("lora-ranks", Map.of(), record.started());
    assertTrue(why.orElseThrow().contains("HTTP 502"), why::toString);
    assertFalse(Files.exists(folder.resolve("mlflow.json")));
    List<String> remarks = study().end(Map.of(), RunRecord.Status.COMPLETE, record.finished());
    assertTrue(remarks.get(0).contains("'collapsar study --mlflow'"), remarks::toString);
  }

  private MlflowStudy study() {
    return new MlflowStudy(MlflowServer.at(address(), Map.of()), folder, Optional.empty());
  }

  private List<JsonNode> bodies(String call) {
    return calls.stream().filter(c -> c.path().endsWith(call)).map(Call::body).toList();
  }

  private MlflowRun run() {
    MlflowServer server = MlflowServer.at(address(), Map.of());
    return new MlflowRun(server, folder.resolve("run"), Optional.empty());
  }

  private String address() {
    return "http://127.0.0.1:" + http.getAddress().getPort();
  }

  /** Of a run that is complete, with an undefined number and files in its directory. */
  private RunRecord record() throws IOException {
    RunRecord record = RunRecords.domainShift();
    List<RunRecord.Row> rows = new ArrayList<>(record.measurements());
    rows.add(new RunRecord.Row("base", "base", 0, "", "nc3_cos", null, "no weights"));
    RunRecord whole = RunRecords.with(record, rows);
    if (!Files.exists(folder.resolve("run"))) {
      try (RunDirectory directory = RunDirectory.create(folder.resolve("run"))) {
        directory.write(whole);
        Files.writeString(directory.adapter("lora ü").resolve("a.bin"), "x");
        Files.writeString(directory.checkpoints("base", "base").resolve("c.bin"), "x");
      }
    }
    return whole;
  }

  private List<JsonNode> sent(String what) {
    List<JsonNode> all = new ArrayList<>();
    calls.stream()
        .filter(call -> call.path().endsWith("log-batch"))
        .forEach(call -> call.body().path(what).forEach(all::add));
    return all;
  }

  private Call only(String call) {
    List<Call> found = calls.stream().filter(c -> c.path().endsWith(call)).toList();
    assertEquals(1, found.size(), call);
    return found.get(0);
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String method = exchange.getRequestMethod();
    String path = exchange.getRequestURI().getRawPath();
    if (down) {
      respond(exchange, 502, "<html>no</html>");
      return;
    }
    JsonNode json = method.equals("POST") ? MAPPER.readTree(body) : MAPPER.nullNode();
    calls.add(new Call(method, path, exchange.getRequestHeaders().getFirst("Authorization"), json));
    if (refuses) {
      respond(exchange, 401, "You are not authenticated.");
    } else if (path.endsWith("experiments/create")) {
      respond(
          exchange,
          experimentDeleted ? 400 : 200,
          experimentDeleted
              ? "{\"error_code\": \"RESOURCE_ALREADY_EXISTS\", \"message\": \"deleted\"}"
              : "{\"experiment_id\": \"7\"}");
    } else if (path.endsWith("get-by-name")) {
      respond(
          exchange,
          200,
          "{\"experiment\": {\"experiment_id\": \"7\", \"lifecycle_stage\": \"deleted\"}}");
    } else if (path.endsWith("runs/create")) {
      respond(exchange, 200, "{\"run\": {\"info\": {\"run_id\": \"r" + ++runs + "\"}}}");
    } else if (method.equals("PUT") && !keepsFiles) {
      respond(exchange, 503, "{\"message\": \"the proxy is off\"}");
    } else {
      respond(exchange, 200, "{}");
    }
  }

  private static void respond(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
