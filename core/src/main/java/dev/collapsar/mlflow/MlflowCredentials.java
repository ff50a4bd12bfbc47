package dev.collapsar.mlflow;

import dev.collapsar.InvalidInputException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The credentials of a tracking server: {@code MLFLOW_TRACKING_TOKEN}, or {@code
 * MLFLOW_TRACKING_USERNAME} and {@code _PASSWORD}. Never printed or recorded, whoever repeats them.
 */
final class MlflowCredentials {
  private static final String TOKEN = "MLFLOW_TRACKING_TOKEN";
  private static final String USERNAME = "MLFLOW_TRACKING_USERNAME";
  private static final String PASSWORD = "MLFLOW_TRACKING_PASSWORD";

  private final Optional<String> header;
  private final List<String> secrets;

  private MlflowCredentials(Optional<String> header, String... secrets) {
    this.header = header;
    this.secrets = Stream.of(secrets).filter(secret -> !secret.isEmpty()).toList();
  }

  /**
   * Those of these environment variables, or none.
   *
   * @throws InvalidInputException if the token holds what no header of HTTP can
   */
  static MlflowCredentials of(Map<String, String> environment) {
    String token = environment.getOrDefault(TOKEN, "");
    if (!token.isEmpty()) {
      if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
        throw new InvalidInputException(
            TOKEN + ": holds spaces, line ends or letters that a token cannot have");
      }
      return new MlflowCredentials(Optional.of("Bearer " + token), token);
    }
    String user = environment.getOrDefault(USERNAME, "");
    if (user.isEmpty()) {
      return new MlflowCredentials(Optional.empty());
    }
    String password = environment.getOrDefault(PASSWORD, "");
    byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    String encoded = Base64.getEncoder().encodeToString(both);
    return new MlflowCredentials(Optional.of("Basic " + encoded), encoded, password);
  }

  /** The value of the header {@code Authorization}. */
  Optional<String> header() {
    return header;
  }

  /** Somebody's text without them. */
  String hidden(String text) {
    String without = text;
    for (String secret : secrets) {
      without = without.replace(secret, "***");
    }
    return without;
  }
}
