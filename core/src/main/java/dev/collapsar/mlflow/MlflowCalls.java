package dev.collapsar.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsar.run.RunRecord;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The calls that make an MLflow run and end it, whatever it is a run of. */
final class MlflowCalls {
  /** The tag by which a run is nested in another. */
  static final String PARENT = "mlflow.parentRunId";

  private static final int MOST_PARAMS = 100;

  private MlflowCalls() {}

  /** The id of the experiment of this name, which is made if there is none. */
  static String experiment(MlflowServer server, String name) throws MlflowException {
    try {
      return id(server, server.post("experiments/create", Map.of("name", name)), "experiment_id");
    } catch (MlflowException e) {
      if (!e.is("RESOURCE_ALREADY_EXISTS")) {
        throw e;
      }
    }
    JsonNode found =
        server.get("experiments/get-by-name", Map.of("experiment_name", name)).path("experiment");
    if (found.path("lifecycle_stage").asText().equals("deleted")) {
      throw new MlflowException(
          400,
          "",
          ("the MLflow experiment %s was deleted on the server: restore it there, or name"
                  + " another by MLFLOW_EXPERIMENT_NAME")
              .formatted(name));
    }
    return id(server, found, "experiment_id");
  }

  private static String id(MlflowServer server, JsonNode answer, String name)
      throws MlflowException {
    String id = answer.path(name).asText();
    if (id.isEmpty()) {
      throw new MlflowException(
          200, "", "%s answers without %s: it is no MLflow server".formatted(server, name));
    }
    return id;
  }

  /** Makes a run that is called like its directory; its id. */
  static String createRun(
      MlflowServer server,
      String experiment,
      Path directory,
      Instant started,
      Map<String, String> tags)
      throws MlflowException {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("experiment_id", experiment);
    body.put("run_name", directory.toAbsolutePath().normalize().getFileName().toString());
    body.put("start_time", started.toEpochMilli());
    body.put("tags", tags.entrySet().stream().map(t -> pair(t.getKey(), t.getValue())).toList());
    return id(server, server.post("runs/create", body).path("run").path("info"), "run_id");
  }

  /** Names and values as MLflow takes them. */
  static void params(MlflowServer server, String run, Map<String, String> params)
      throws MlflowException {
    List<Map<String, Object>> pairs =
        params.entrySet().stream()
            .map(p -> pair(MlflowNames.key(p.getKey()), MlflowNames.value(p.getValue())))
            .toList();
    for (List<Map<String, Object>> some : parts(pairs, MOST_PARAMS)) {
      server.post("runs/log-batch", Map.of("run_id", run, "params", some));
    }
  }

  static void tag(MlflowServer server, String run, String key, String value)
      throws MlflowException {
    server.post("runs/set-tag", Map.of("run_id", run, "key", key, "value", value));
  }

  /**
   * Says how a run ended.
   *
   * @param finished null if it did not
   */
  static void end(MlflowServer server, String run, RunRecord.Status status, Instant finished)
      throws MlflowException {
    Map<String, Object> update = new LinkedHashMap<>();
    update.put("run_id", run);
    update.put(
        "status",
        switch (status) {
          case COMPLETE -> "FINISHED";
          case INTERRUPTED -> "KILLED";
          case FAILED -> "FAILED";
          case RUNNING -> "RUNNING";
        });
    if (finished != null) {
      update.put("end_time", finished.toEpochMilli());
    }
    server.post("runs/update", update);
  }

  static Map<String, Object> pair(String key, String value) {
    return Map.of("key", key, "value", value);
  }

  static <T> List<List<T>> parts(List<T> all, int most) {
    List<List<T>> parts = new ArrayList<>();
    for (int from = 0; from < all.size(); from += most) {
      parts.add(all.subList(from, Math.min(all.size(), from + most)));
    }
    return parts;
  }
}
