package dev.collapsar.mlflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that are slow, dead or answer by halves, on loopback. */
class MlflowFollowerTest {
  // Far above what is allowed (two seconds, six, none), below what a call may take (twenty).
  private static final Duration TO_FIND = Duration.ofSeconds(15);
  private static final Duration AT_ONCE = Duration.ofSeconds(4);
  private static final Duration SLOWNESS = Duration.ofMillis(300);
  private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
  private static final String ANSWER =
      "{\"experiment_id\": \"7\", \"run\": {\"info\": {\"run_id\": \"r1\"}}}";

  /** What a server does with a connection that asks something. */
  private interface Answer {
    void to(OutputStream out) throws Exception;
  }

  @TempDir private Path folder;
  private final List<ServerSocket> servers = new ArrayList<>();
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private RunRecord record;

  @BeforeEach
  void run() {
    record = RunRecords.domainShift();
    try (RunDirectory directory = RunDirectory.create(folder.resolve("run"))) {
      directory.write(record);
    }
  }

  @AfterEach
  void stop() throws IOException {
    end.countDown();
    for (ServerSocket server : servers) {
      server.close();
    }
  }

  @Test
  void aRunWaitsForNoServerThatDoesNotAnswerBeforeWhileOrAfterItRuns() throws Exception {
    Map<String, Answer> servers = new LinkedHashMap<>();
    servers.put("silent", out -> end.await());
    servers.put("closing", OutputStream::close);
    servers.put("closing half-way", out -> write(out, HEAD + "Content-Length: 99\r\n\r\n{\"run"));
    servers.put(
        "silent half-way",
        out -> {
          write(out, HEAD + "Content-Length: 99\r\n\r\n{\"run");
          end.await();
        });
    servers.put(
        "endless",
        out -> {
          write(out, HEAD + "\r\n{\"run\": \"");
          while (end.getCount() > 0) {
            write(out, "x".repeat(1 << 16));
          }
        });
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (Map.Entry<String, Answer> server : servers.entrySet()) {
      String address = serve(server.getValue());
      all.add(CompletableFuture.runAsync(() -> assertIsNotWaitedFor(server.getKey(), address)));
    }
    all.forEach(CompletableFuture::join);
  }

  private void assertIsNotWaitedFor(String kind, String address) {
    List<String> why = new ArrayList<>();
    MlflowServer server =
        assertTimeoutPreemptively(
            TO_FIND, () -> MlflowServer.found(address, Map.of(), why::add), kind);
    assertEquals(1, why.size(), kind);
    assertTrue(why.get(0).contains("does not answer ("), kind + ": " + why);
    assertTimeoutPreemptively(
        AT_ONCE,
        () -> {
          try (MlflowFollower follower = follower(server)) {
            for (int i = 0; i < 1_000; i++) {
              follower.written(record, folder.resolve("run"));
            }
          }
        },
        kind);
  }

  @Test
  void whatASlowServerHasNotTakenYetArrivesWhileItAnswers() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    String address =
        serve(
            out -> {
              Thread.sleep(SLOWNESS.toMillis());
              calls.incrementAndGet();
              answer(out);
            });
    MlflowServer server = MlflowServer.found(address, Map.of(), said::add);
    try (MlflowFollower follower = follower(server)) {
      follower.written(record, folder.resolve("run"));
      assertEquals(1, calls.get(), "a run does not wait for its calls");
    }
    assertEquals(List.of(), said);
    assertTrue(calls.get() > 5, calls::toString);
    assertTrue(MlflowState.read(folder.resolve("run"), server).orElseThrow().complete());
  }

  @Test
  void aServerThatFallsSilentIsLeftWithWhatItHasNotTaken() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    String address =
        serve(
            out -> {
              if (calls.incrementAndGet() > 3) {
                end.await();
              }
              answer(out);
            });
    MlflowServer server = MlflowServer.found(address, Map.of(), said::add);
    assertTimeoutPreemptively(
        TO_FIND,
        () -> {
          try (MlflowFollower follower = follower(server)) {
            follower.written(record, folder.resolve("run"));
          }
        });
    assertTrue(said.get(0).contains("has not taken all; 'collapsar run --resume"), said::toString);
    MlflowState left = MlflowState.read(folder.resolve("run"), server).orElseThrow();
    assertEquals("r1", left.runId());
    assertFalse(left.complete());
  }

  @Test
  void whatIsNoMlflowServerIsSaid() throws Exception {
    String page = "<html>hello</html>";
    String address =
        serve(out -> write(out, HEAD + "Content-Length: " + page.length() + "\r\n\r\n" + page));
    MlflowServer.found(address, Map.of(), said::add);
    assertTrue(said.get(0).endsWith("answers HTTP 200: no JSON, as MLflow's are"), said::toString);

    String other = serve(out -> write(out, HEAD + "Content-Length: 2\r\n\r\n{}"));
    MlflowServer server = MlflowServer.at(other, Map.of());
    List<String> remarks =
        new MlflowRun(server, folder.resolve("run"), Optional.empty()).send(record);
    assertTrue(remarks.get(0).endsWith("it is no MLflow server"), remarks::toString);
  }

  @Test
  void aServerThatRepeatsCredentialsDoesNotHaveThemPrinted() throws Exception {
    String text = "{\"error_code\": \"X\", \"message\": \"no s3cret for Bearer s3cret\"}";
    String address =
        serve(
            out ->
                write(
                    out,
                    "HTTP/1.1 500 No\r\nContent-Length: " + text.length() + "\r\n\r\n" + text));
    MlflowServer.found(address, Map.of("MLFLOW_TRACKING_TOKEN", "s3cret"), said::add);
    assertTrue(said.get(0).endsWith("HTTP 500: no *** for Bearer ***"), said::toString);
  }

  private MlflowFollower follower(MlflowServer server) {
    return new MlflowFollower(server, Optional.empty(), said::add);
  }

  /** The address of a server that answers so, each connection in a thread of its own. */
  private String serve(Answer answer) throws IOException {
    ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    servers.add(server);
    daemon(
        () -> {
          while (!server.isClosed()) {
            Socket socket = server.accept();
            daemon(() -> converse(socket, answer));
          }
        });
    return "http://127.0.0.1:" + server.getLocalPort();
  }

  private static void converse(Socket socket, Answer answer) throws Exception {
    try (socket) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      int length = 0;
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
          length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
        }
      }
      while (length-- > 0 && in.read() >= 0) {}
      answer.to(socket.getOutputStream());
    }
  }

  private interface Task {
    void run() throws Exception;
  }

  private static void daemon(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (Exception e) {
                // a connection that the other side has closed, or the end of the test
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private static void answer(OutputStream out) throws IOException {
    write(
        out,
        HEAD + "Connection: close\r\nContent-Length: " + ANSWER.length() + "\r\n\r\n" + ANSWER);
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
