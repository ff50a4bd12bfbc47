package dev.collapsar.board;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.CRC32;

/**
 * A board for browsers on this machine, and for nobody else: it listens on 127.0.0.1, answers only
 * those who call it by that name, and gives out reports of runs that are on it, never a file by its
 * path. A run's page is made of its record whenever it is asked for, and asks again while the run
 * goes on.
 */
public final class BoardServer implements AutoCloseable {
  private static final int THREADS = 4;
  private static final int OK = 200;
  private static final int UNCHANGED = 304;
  private static final int REFUSED = 403;
  private static final int ABSENT = 404;
  private static final int NOT_ALLOWED = 405;
  private static final int UNREADABLE = 422;
  private static final String HTML = "text/html; charset=utf-8";
  private static final String TEXT = "text/plain; charset=utf-8";

  /** How many seconds the page of a run that goes on waits before it asks again. */
  private static final String AGAIN = "5";

  private final Board board;
  private final HttpServer server;
  private final ExecutorService threads;

  private BoardServer(Board board, HttpServer server, ExecutorService threads) {
    this.board = board;
    this.server = server;
    this.threads = threads;
  }

  /**
   * Begins to serve a board.
   *
   * @param port 0 for any that is free
   * @throws InvalidInputException if the port is not from 0 to 65535 or is in use
   */
  public static BoardServer start(Board board, int port) {
    if (port < 0 || port > 65_535) {
      throw new InvalidInputException("--port %s: must be from 0 to 65535".formatted(port));
    }
    HttpServer server;
    try {
      InetAddress own = InetAddress.getByAddress("127.0.0.1", new byte[] {127, 0, 0, 1});
      server = HttpServer.create(new InetSocketAddress(own, port), 0);
    } catch (BindException e) {
      throw new InvalidInputException(
          "--port %s: is in use or not allowed; name another one, or 0 for any that is free"
              .formatted(port),
          e);
    } catch (IOException e) {
      throw InvalidInputException.because("--port " + port + " cannot be served", e);
    }
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    BoardServer started = new BoardServer(board, server, threads);
    server.createContext("/", started::answer);
    server.setExecutor(threads);
    server.start();
    return started;
  }

  /** Where the board is. */
  public URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      if (!isOurs(exchange.getRequestHeaders())) {
        send(exchange, REFUSED, TEXT, "call it 127.0.0.1 or localhost");
      } else if (!method.equals("GET") && !method.equals("HEAD")) {
        send(exchange, NOT_ALLOWED, TEXT, "a board is only read");
      } else {
        give(exchange);
      }
    } catch (InvalidInputException e) {
      send(exchange, UNREADABLE, TEXT, e.getMessage());
    }
  }

  /** A page from elsewhere cannot read the board under a name of its own for this address. */
  private boolean isOurs(Headers headers) {
    String port = ":" + server.getAddress().getPort();
    String host = headers.getFirst("Host");
    return host != null && List.of("127.0.0.1" + port, "localhost" + port).contains(host);
  }

  private void give(HttpExchange exchange) throws IOException {
    switch (exchange.getRequestURI().getPath()) {
      case "/" -> {
        board.look();
        send(exchange, OK, HTML, board.page());
      }
      case "/board.json" -> {
        board.look();
        sendIfNew(exchange, board.json());
      }
      case "/run" -> giveRuns(exchange, asked(exchange, "run"));
      case "/study" -> giveStudy(exchange, asked(exchange, "study"));
      default -> send(exchange, ABSENT, TEXT, "there is no such page");
    }
  }

  private void giveRuns(HttpExchange exchange, List<String> names) throws IOException {
    Optional<String> report = board.report(names);
    if (report.isEmpty()) {
      send(exchange, ABSENT, TEXT, "there is no such run");
      return;
    }
    if (board.goOn(names)) {
      exchange.getResponseHeaders().set("Refresh", AGAIN);
    }
    send(exchange, OK, HTML, report.get());
  }

  private void giveStudy(HttpExchange exchange, List<String> names) throws IOException {
    Optional<Path> page = names.size() == 1 ? board.study(names.get(0)) : Optional.empty();
    if (page.isEmpty()) {
      send(exchange, ABSENT, TEXT, "there is no such study");
      return;
    }
    // The file may be anybody's: it sees nothing of what else is served here.
    exchange
        .getResponseHeaders()
        .set("Content-Security-Policy", "sandbox allow-scripts allow-downloads");
    send(exchange, OK, HTML, Files.readString(page.get()));
  }

  /** The values that a name has in the query. */
  private static List<String> asked(HttpExchange exchange, String name) {
    List<String> values = new ArrayList<>();
    String query = exchange.getRequestURI().getRawQuery();
    for (String part : query == null ? new String[0] : query.split("&")) {
      if (part.startsWith(name + "=")) {
        values.add(URLDecoder.decode(part.substring(name.length() + 1), StandardCharsets.UTF_8));
      }
    }
    return values;
  }

  private static void sendIfNew(HttpExchange exchange, String json) throws IOException {
    CRC32 sum = new CRC32();
    sum.update(json.getBytes(StandardCharsets.UTF_8));
    String tag = "\"" + Long.toHexString(sum.getValue()) + "-" + json.length() + "\"";
    exchange.getResponseHeaders().set("ETag", tag);
    if (tag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
      exchange.sendResponseHeaders(UNCHANGED, -1);
    } else {
      send(exchange, OK, "application/json", json);
    }
  }

  private static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type);
    headers.set("Cache-Control", "no-cache");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
    if (!head) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(bytes);
      }
    }
  }
}
