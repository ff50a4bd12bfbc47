package dev.collapsar.learn.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against servers on this machine that behave and misbehave; no other is asked. */
class FetchTest {
  private static final byte[] CONTENT = new byte[300_000];

  static {
    new SplittableRandom(1).nextBytes(CONTENT);
  }

  /** How a request is answered. */
  private interface Answer {
    void to(HttpExchange exchange, int from) throws IOException;
  }

  @TempDir private Path folder;
  private HttpServer server;
  private final List<String> ranges = Collections.synchronizedList(new ArrayList<>());
  private final List<Long> heard = new ArrayList<>();
  private final List<Answer> answers = new ArrayList<>();

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    ranges.add(String.valueOf(range));
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
    try (exchange) {
      Answer answer = answers.size() > 1 ? answers.remove(0) : answers.get(0);
      answer.to(exchange, from);
    }
  }

  /** Sends the bytes from {@code from} on, but breaks off after {@code most} of them. */
  private static Answer upTo(int most) {
    return (exchange, from) -> {
      if (from >= CONTENT.length) {
        exchange.sendResponseHeaders(416, -1);
        return;
      }
      int length = CONTENT.length - from;
      exchange
          .getResponseHeaders()
          .add(
              "Content-Range",
              "bytes %s-%s/%s".formatted(from, CONTENT.length - 1, CONTENT.length));
      send(exchange, from > 0 ? 206 : 200, from, length, Math.min(length, most));
    };
  }

  /** Knows no ranges. */
  private static Answer fromTheStart(int most) {
    return (exchange, from) -> send(exchange, 200, 0, CONTENT.length, most);
  }

  private static void send(HttpExchange exchange, int status, int from, int promised, int sent)
      throws IOException {
    exchange.sendResponseHeaders(status, promised);
    OutputStream body = exchange.getResponseBody();
    body.write(CONTENT, from, sent);
    body.flush();
  }

  private static Answer status(int status) {
    return (exchange, from) -> exchange.sendResponseHeaders(status, -1);
  }

  @Test
  void aFileArrivesUnderItsNameWithNothingBesideIt() throws Exception {
    answers.add(upTo(CONTENT.length));
    Path file = fetch().run();
    assertArrayEquals(CONTENT, Files.readAllBytes(file));
    assertEquals(List.of("set.tar.gz"), left());
    assertEquals(CONTENT.length, heard.get(heard.size() - 1));
    assertEquals(List.of("null"), ranges);
    fetch().run();
    assertEquals(1, ranges.size(), "what is there is not fetched again");
  }

  @Test
  void aConnectionThatDropsGoesOnWhereItStopped() throws Exception {
    answers.add(upTo(100_000));
    assertArrayEquals(CONTENT, Files.readAllBytes(fetch().run()));
    assertEquals(List.of("null", "bytes=100000-", "bytes=200000-"), ranges);
  }

  @Test
  void whatCameBeforeItGaveUpIsUsedByTheNextAttempt() throws Exception {
    answers.addAll(List.of(upTo(120_000), status(503)));
    String message = refusal();
    assertTrue(
        message.endsWith(
            "answers 503; 120000 bytes are kept in %s, the same command goes on from there"
                .formatted(folder.resolve("set.tar.gz.part"))),
        message);
    assertEquals(List.of("set.tar.gz.part"), left());
    assertEquals(4, ranges.size());

    answers.clear();
    answers.add(upTo(CONTENT.length));
    assertArrayEquals(CONTENT, Files.readAllBytes(fetch().run()));
    assertEquals("bytes=120000-", ranges.get(4));
    assertEquals(List.of("set.tar.gz"), left());
  }

  @Test
  void aServerThatKnowsNoRangesIsReadFromTheStart() throws Exception {
    answers.addAll(List.of(fromTheStart(250_000), fromTheStart(CONTENT.length)));
    assertArrayEquals(CONTENT, Files.readAllBytes(fetch().run()));
    assertEquals(List.of("null", "bytes=250000-"), ranges);
  }

  @Test
  void aServerThatKnowsNoRangesAndAlwaysDropsIsGivenUp() throws Exception {
    answers.add(fromTheStart(1000));
    assertTrue(refusal().contains("broke off after 1000 of 300000 bytes; 1000 bytes are kept"));
    assertEquals(4, ranges.size());
  }

  @Test
  void aRangeThatWasNotAskedForIsNotAppended() throws Exception {
    Answer wrong =
        (exchange, from) -> {
          exchange.getResponseHeaders().add("Content-Range", "bytes 5-299999/300000");
          send(exchange, 206, 5, CONTENT.length - 5, CONTENT.length - 5);
        };
    answers.addAll(List.of(upTo(1000), wrong, upTo(CONTENT.length)));
    assertArrayEquals(CONTENT, Files.readAllBytes(fetch().run()));
    assertEquals(List.of("null", "bytes=1000-", "null"), ranges);
  }

  @Test
  void aPartThatIsWholeAlreadyIsOnlyChecked() throws Exception {
    Files.write(folder.resolve("set.tar.gz.part"), CONTENT);
    answers.add(upTo(CONTENT.length));
    fetch().run();
    assertEquals(List.of("bytes=300000-"), ranges);
    assertEquals(List.of("set.tar.gz"), left());
  }

  @Test
  void aFileOfAnotherHashIsNotKept() throws Exception {
    Answer wrong =
        (exchange, from) -> {
          exchange.sendResponseHeaders(200, 9);
          exchange.getResponseBody().write("not found".getBytes());
        };
    answers.add(wrong);
    assertEquals(
        "%s: has MD5 %s, that of set.tar.gz is %s; nothing of it is kept"
            .formatted(address(), md5("not found".getBytes()), md5(CONTENT)),
        refusal());
    assertEquals(List.of(), left());
  }

  @Test
  void anAnswerThatIsNoFileIsNamedAtOnce() throws Exception {
    answers.add(status(404));
    assertEquals(address() + ": answers 404; --from names another address or file", refusal());
    answers.set(
        0,
        (exchange, from) -> {
          exchange.getResponseHeaders().add("Location", "ftp://elsewhere/file");
          exchange.sendResponseHeaders(302, -1);
        });
    assertEquals(
        address()
            + ": answers 302 and points to ftp://elsewhere/file; --from names another address or"
            + " file",
        refusal());
    assertEquals(2, ranges.size());
    assertEquals(List.of(), left());
  }

  @Test
  void anAddressWhereNobodyAnswersIsNamed() throws Exception {
    server.stop(0);
    String message = refusal();
    assertTrue(message.startsWith(address() + ": cannot be reached: "), message);
    assertEquals(List.of(), left());
  }

  @Test
  void aLocalFileIsCopiedAndChecked() throws Exception {
    Path copy = Files.write(folder.resolve("copy"), CONTENT);
    Path file = fetch(copy.toString(), folder.resolve("new/deep")).run();
    assertArrayEquals(CONTENT, Files.readAllBytes(file));
    Files.write(copy, Arrays.copyOf(CONTENT, 10));
    Fetch wrong = fetch(copy.toString(), folder.resolve("other"));
    String message = assertThrows(InvalidInputException.class, wrong::run).getMessage();
    assertTrue(message.startsWith(copy + ": has MD5 "), message);
    assertFalse(Files.exists(folder.resolve("other/set.tar.gz.part")));
  }

  @Test
  void aWrongFileThatIsThereIsNeitherUsedNorReplaced() throws Exception {
    Path file = Files.writeString(folder.resolve("set.tar.gz"), "mine");
    answers.add(upTo(CONTENT.length));
    String message = refusal();
    assertTrue(message.startsWith(file + ": has MD5 "), message);
    assertTrue(message.endsWith("; delete it to fetch it again"), message);
    assertEquals("mine", Files.readString(file));
  }

  @Test
  void twoDoNotFetchIntoOnePlace() throws Exception {
    try (FileChannel other =
        FileChannel.open(
            folder.resolve("set.tar.gz.part"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE)) {
      other.lock();
      assertEquals(folder.resolve("set.tar.gz.part") + ": is being fetched already", refusal());
    }
    assertEquals(List.of(), ranges);
  }

  @Test
  void placesAndAddressesThatAreNoneAreRefused() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    assertEquals(
        file.resolve("set.tar.gz") + ": cannot be written: " + file + " exists already",
        assertThrows(InvalidInputException.class, fetch(address(), file)::run).getMessage());
    for (String from :
        List.of("ftp://host/file", "://", "http://", "http:// /x", "https://a b/", "/a://b")) {
      assertEquals(
          "--from %s: must be a file or an http:// or https:// address".formatted(from),
          assertThrows(InvalidInputException.class, fetch(from, folder)::run).getMessage());
    }
    assertEquals(
        "--from nothing.tar.gz: no such file",
        assertThrows(InvalidInputException.class, fetch("nothing.tar.gz", folder)::run)
            .getMessage());
  }

  @Test
  void dataThatComeAlongHaveNothingToFetch() {
    assertEquals(
        "mnist: there is nothing to fetch: comes with the program",
        assertThrows(
                InvalidInputException.class,
                () -> Fetch.into(folder, NamedImages.MNIST, null, (bytes, total) -> {}))
            .getMessage());
  }

  private String refusal() throws Exception {
    return assertThrows(InvalidInputException.class, fetch()::run).getMessage();
  }

  private Fetch fetch() throws Exception {
    return fetch(null, folder);
  }

  private Fetch fetch(String from, Path to) throws Exception {
    Download download = new Download("set.tar.gz", address(), md5(CONTENT));
    return new Fetch(download, from, to, Duration.ofMillis(1), (bytes, total) -> heard.add(bytes));
  }

  private String address() {
    return "http://%s:%s/set.tar.gz"
        .formatted(
            server.getAddress().getAddress().getHostAddress(), server.getAddress().getPort());
  }

  private static String md5(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
  }

  private List<String> left() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
