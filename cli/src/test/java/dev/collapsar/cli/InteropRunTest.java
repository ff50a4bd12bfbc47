package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run as TensorBoard, trackio, MLflow, pandas, polars and Arrow see it. */
class InteropRunTest {
  @TempDir Path folder;

  @Test
  void tensorBoardTrackioPandasPolarsAndArrowReadARun() throws Exception {
    Interop.python("main");
    Path events = folder.resolve("events");
    Path run = run("--tensorboard", events.toString());
    assertTrue(Interop.run("main", "tables.py", run).contains(" rows, "));
    String said = Interop.run("main", "tensorboard_reads.py", events, run);
    assertTrue(said.contains("served and imported"), said);
  }

  @Test
  void anMlflowServerReceivesARun() throws Exception {
    Interop.python("mlflow");
    Path place = Files.createDirectories(folder.resolve("server"));
    Path said = folder.resolve("server.txt");
    Process server = Interop.start("mlflow", said, "mlflow_server.py", place);
    try {
      String address = awaitAddress(server, said);
      Path run = run("--mlflow", address);
      String read = Interop.run("mlflow", "mlflow_reads.py", address, run);
      assertTrue(read.contains(" numbers, "), read);
    } finally {
      server.descendants().forEach(ProcessHandle::destroy);
      server.destroy();
      server.waitFor(10, TimeUnit.SECONDS);
    }
  }

  private Path run(String... further) {
    Path out = folder.resolve("run");
    List<String> arguments = new ArrayList<>(List.of("run", "domain-shift", "--quick"));
    for (String set :
        List.of(
            "base.samples=256",
            "adapt.samples=256",
            "test.samples=256",
            "base.epochs=1",
            "adapt.epochs=2",
            "null.draws=19",
            "lora.rank=2")) {
      arguments.addAll(List.of("--set", set));
    }
    arguments.addAll(List.of("--out", out.toString(), "--seed", "7", "--threads", "1"));
    arguments.addAll(List.of(further));
    Session session = Session.of(arguments.toArray(String[]::new));
    assertEquals(0, session.exitCode(), session.err());
    return out;
  }

  /** The address that it prints first, once it answers there. */
  private static String awaitAddress(Process server, Path said)
      throws IOException, InterruptedException {
    HttpClient client = HttpClient.newHttpClient();
    for (int tries = 0; tries < 240 && server.isAlive(); tries++) {
      TimeUnit.MILLISECONDS.sleep(500);
      String text = Files.readString(said);
      if (text.startsWith("http") && text.contains("\n")) {
        String address = text.lines().findFirst().orElseThrow();
        HttpRequest health =
            HttpRequest.newBuilder(URI.create(address + "/health"))
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
          if (client.send(health, BodyHandlers.ofString()).statusCode() == 200) {
            return address;
          }
        } catch (IOException notYet) {
          continue;
        }
      }
    }
    throw new AssertionError("no answer: " + Files.readString(said));
  }
}
