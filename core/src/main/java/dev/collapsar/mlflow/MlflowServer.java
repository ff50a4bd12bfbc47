package dev.collapsar.mlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An MLflow tracking server and its REST API, version 2.0. Credentials come from the environment
 * variables that MLflow's own clients read (see {@link MlflowCredentials}).
 *
 * <p>Source: MLflow's REST API reference; checked against a server of version 3.17.
 */
public final class MlflowServer {
  private static final String API = "/api/2.0/mlflow/";
  private static final String ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/";
  private static final Duration TO_BE_FOUND = Duration.ofSeconds(2);
  private static final Duration TO_ANSWER = Duration.ofSeconds(20);
  private static final int BYTES_A_MILLISECOND = 100; // of files, over a slow line
  private static final int LONGEST_MESSAGE = 300;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final String root;
  private final MlflowCredentials credentials;
  private final HttpClient client;
  private final AtomicLong answers = new AtomicLong();

  private MlflowServer(String root, MlflowCredentials credentials) {
    this.root = root;
    this.credentials = credentials;
    this.client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  /**
   * The server at this address; nothing is called yet.
   *
   * @param environment where the credentials stand
   * @throws InvalidInputException if it is no http or https URI, or if the credentials cannot be
   *     sent
   */
  public static MlflowServer at(String uri, Map<String, String> environment) {
    URI parsed;
    try {
      parsed = new URI(uri);
    } catch (URISyntaxException e) {
      throw notAnAddress(uri);
    }
    String scheme = parsed.getScheme();
    if (parsed.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
      throw notAnAddress(uri);
    }
    if (parsed.getUserInfo() != null) {
      throw new InvalidInputException(
          "--mlflow: credentials do not belong into the address (they would be recorded); set"
              + " MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN");
    }
    if (parsed.getQuery() != null || parsed.getFragment() != null) {
      throw notAnAddress(uri.replaceAll("[?#].*", "?..."));
    }
    return new MlflowServer(uri.replaceAll("/+$", ""), MlflowCredentials.of(environment));
  }

  /**
   * The server at this address, asked for anything before a run begins. One that cannot be reached
   * within two seconds is no reason not to run.
   *
   * @param say told why it cannot be reached now, in one line
   * @throws InvalidInputException if it is no address, or refuses the credentials
   */
  public static MlflowServer found(
      String uri, Map<String, String> environment, Consumer<String> say) {
    MlflowServer server = at(uri, environment);
    server.unreachable().ifPresent(say);
    return server;
  }

  /** What stands before an at sign may be credentials. */
  private static InvalidInputException notAnAddress(String uri) {
    return new InvalidInputException(
        ("--mlflow %s: must be the http or https address of an MLflow tracking server,"
                + " such as http://127.0.0.1:5000")
            .formatted(uri.replaceFirst("^.*@", "...@")));
  }

  /**
   * Asks the server for anything, so that refused credentials are said before a run begins.
   *
   * @return why it cannot be reached within two seconds, in one line; empty if it can
   * @throws InvalidInputException if it refuses the credentials
   */
  Optional<String> unreachable() {
    try {
      String query = "?experiment_name=Default";
      call(request(API + "experiments/get-by-name" + query).GET(), TO_BE_FOUND);
      return Optional.empty();
    } catch (MlflowException e) {
      if (e.isRefusedCredentials()) {
        throw new InvalidInputException(
            ("--mlflow %s: the server refuses access (HTTP %s); set"
                    + " MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or"
                    + " MLFLOW_TRACKING_TOKEN")
                .formatted(root, e.status()));
      }
      return e.is("RESOURCE_DOES_NOT_EXIST") ? Optional.empty() : Optional.of(e.getMessage());
    }
  }

  /** How many calls it has answered, whatever the answers were. */
  long answers() {
    return answers.get();
  }

  /** Whether it has answered any call yet. */
  public boolean hasAnswered() {
    return answers() > 0;
  }

  JsonNode post(String call, Object body) throws MlflowException {
    try {
      return call(
          request(API + call)
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString(MAPPER.writeValueAsString(body))),
          TO_ANSWER);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e); // maps of texts and numbers always can be written
    }
  }

  JsonNode get(String call, Map<String, String> query) throws MlflowException {
    String parameters =
        query.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + encoded(entry.getValue()))
            .collect(Collectors.joining("&"));
    return call(request(API + call + "?" + parameters).GET(), TO_ANSWER);
  }

  /** Puts a file at a place of a run's artifacts, through the server's proxy. */
  void put(String place, Path file) throws MlflowException {
    String path =
        Stream.of(place.split("/")).map(MlflowServer::encoded).collect(Collectors.joining("/"));
    try {
      call(
          request(ARTIFACTS + path)
              .header("Content-Type", "application/octet-stream")
              .PUT(BodyPublishers.ofFile(file)),
          TO_ANSWER.plusMillis(Files.size(file) / BYTES_A_MILLISECOND));
    } catch (IOException e) {
      throw new MlflowException(0, "", file + " is gone");
    }
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(root + path));
    credentials.header().ifPresent(value -> request.header("Authorization", value));
    return request;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** The whole answer has to be here in time: a request's own timeout ends with its headers. */
  private JsonNode call(HttpRequest.Builder request, Duration time) throws MlflowException {
    CompletableFuture<HttpResponse<String>> asked =
        client.sendAsync(request.build(), head -> new AnswerText());
    try {
      HttpResponse<String> response = asked.get(time.toMillis(), TimeUnit.MILLISECONDS);
      answers.incrementAndGet();
      return answer(response);
    } catch (ExecutionException e) {
      throw silent(reason(e.getCause()));
    } catch (TimeoutException e) {
      throw silent("nothing whole within %s s".formatted(time.toSeconds()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MlflowException(0, "", "interrupted");
    } finally {
      asked.cancel(true);
    }
  }

  private MlflowException silent(String why) {
    return new MlflowException(0, "", "MLflow server %s does not answer (%s)".formatted(root, why));
  }

  private JsonNode answer(HttpResponse<String> response) throws MlflowException {
    JsonNode body = json(response.body());
    boolean success = response.statusCode() / 100 == 2;
    if (success && (body.isObject() || response.body().isBlank())) {
      return body;
    }
    String message = success ? "no JSON, as MLflow's are" : body.path("message").asText();
    throw new MlflowException(
        response.statusCode(),
        body.path("error_code").asText(),
        "MLflow server %s answers HTTP %s%s"
            .formatted(
                root,
                response.statusCode(),
                message.isEmpty() ? "" : ": " + oneLine(credentials.hidden(message))));
  }

  private static String reason(Throwable e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : oneLine(e.getMessage());
  }

  private static String oneLine(String message) {
    String line = message.replaceAll("\\s+", " ").strip();
    return line.length() <= LONGEST_MESSAGE ? line : line.substring(0, LONGEST_MESSAGE) + " ...";
  }

  /** What is no JSON, such as a proxy's page, has no fields. */
  private static JsonNode json(String body) {
    try {
      JsonNode node = MAPPER.readTree(body);
      return node == null ? MAPPER.missingNode() : node;
    } catch (JsonProcessingException e) {
      return MAPPER.missingNode();
    }
  }

  @Override
  public String toString() {
    return root;
  }
}
