package dev.collapsar.mlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.InvalidInputException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An MLflow tracking server and its REST API, version 2.0. Credentials come from the environment
 * variables that MLflow's own clients read ({@code MLFLOW_TRACKING_TOKEN}, or {@code
 * MLFLOW_TRACKING_USERNAME} and {@code _PASSWORD}); they are never printed or recorded.
 *
 * <p>Source: MLflow's REST API reference; checked against a server of version 3.17.
 */
public final class MlflowServer {
  private static final String API = "/api/2.0/mlflow/";
  private static final String ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/";
  private static final Duration TO_CONNECT = Duration.ofSeconds(5);
  private static final Duration TO_ANSWER = Duration.ofSeconds(20);
  private static final Duration TO_TAKE_A_FILE = Duration.ofMinutes(10);
  private static final int LONGEST_MESSAGE = 300;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final String root;
  private final Optional<String> authorization;
  private final HttpClient client;

  private MlflowServer(String root, Optional<String> authorization) {
    this.root = root;
    this.authorization = authorization;
    this.client =
        HttpClient.newBuilder()
            .connectTimeout(TO_CONNECT)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
  }

  /**
   * The server at this address; nothing is called yet.
   *
   * @param environment where the credentials stand
   * @throws InvalidInputException if it is no http or https URI
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
    return new MlflowServer(uri.replaceAll("/+$", ""), authorization(environment));
  }

  private static InvalidInputException notAnAddress(String uri) {
    return new InvalidInputException(
        "--mlflow %s: must be the http or https address of an MLflow tracking server, such as http://127.0.0.1:5000"
            .formatted(uri));
  }

  private static Optional<String> authorization(Map<String, String> environment) {
    String token = environment.get("MLFLOW_TRACKING_TOKEN");
    if (token != null && !token.isEmpty()) {
      return Optional.of("Bearer " + token);
    }
    String user = environment.get("MLFLOW_TRACKING_USERNAME");
    if (user == null || user.isEmpty()) {
      return Optional.empty();
    }
    String both = user + ":" + environment.getOrDefault("MLFLOW_TRACKING_PASSWORD", "");
    return Optional.of(
        "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Asks the server for anything, so that refused credentials are said before a run begins.
   *
   * @return why it cannot be reached now, in one line; empty if it can
   * @throws InvalidInputException if it refuses the credentials
   */
  public Optional<String> unreachable() {
    try {
      get("experiments/get-by-name", Map.of("experiment_name", "Default"));
      return Optional.empty();
    } catch (MlflowException e) {
      if (e.isRefusedCredentials()) {
        throw new InvalidInputException(
            "--mlflow %s: the server refuses access (HTTP %s); set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
                .formatted(root, e.status()));
      }
      return e.is("RESOURCE_DOES_NOT_EXIST") ? Optional.empty() : Optional.of(e.getMessage());
    }
  }

  JsonNode post(String call, Object body) throws MlflowException {
    try {
      return call(
          request(API + call, TO_ANSWER)
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString(MAPPER.writeValueAsString(body))));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e); // maps of texts and numbers always can be written
    }
  }

  JsonNode get(String call, Map<String, String> query) throws MlflowException {
    String parameters =
        query.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + encoded(entry.getValue()))
            .collect(Collectors.joining("&"));
    return call(request(API + call + "?" + parameters, TO_ANSWER).GET());
  }

  /** Puts a file at a place of a run's artifacts, through the server's proxy. */
  void put(String place, Path file) throws MlflowException {
    String path =
        Stream.of(place.split("/")).map(MlflowServer::encoded).collect(Collectors.joining("/"));
    try {
      call(
          request(ARTIFACTS + path, TO_TAKE_A_FILE)
              .header("Content-Type", "application/octet-stream")
              .PUT(BodyPublishers.ofFile(file)));
    } catch (FileNotFoundException e) {
      throw new MlflowException(0, "", file + " is gone");
    }
  }

  private HttpRequest.Builder request(String path, Duration timeout) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(root + path)).timeout(timeout);
    authorization.ifPresent(value -> request.header("Authorization", value));
    return request;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private JsonNode call(HttpRequest.Builder request) throws MlflowException {
    HttpResponse<String> response;
    try {
      response = client.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new MlflowException(
          0, "", "MLflow server %s does not answer (%s)".formatted(root, reason(e)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MlflowException(0, "", "interrupted");
    }
    JsonNode body = json(response.body());
    if (response.statusCode() / 100 != 2) {
      String message = body.path("message").asText();
      throw new MlflowException(
          response.statusCode(),
          body.path("error_code").asText(),
          "MLflow server %s answers HTTP %s%s"
              .formatted(
                  root, response.statusCode(), message.isEmpty() ? "" : ": " + oneLine(message)));
    }
    return body;
  }

  private static String reason(IOException e) {
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
