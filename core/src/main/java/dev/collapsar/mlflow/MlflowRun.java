package dev.collapsar.mlflow;

import dev.collapsar.Sha256;
import dev.collapsar.data.NewFile;
import dev.collapsar.run.RunRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A run directory as a run on an MLflow server. The record is the queue: each {@link #send} sends
 * what it holds and the server has not got, so that nothing is lost while the server is away, and
 * nothing counts twice.
 *
 * <p>Numbers are called {@code METRIC/VARIANT/STAGE}, with {@code /LAYER} where they are a layer's;
 * undefined ones are left out. Steps are epochs; the time of a number is the run's start and the
 * seconds of the epochs until then, so that it is the same whenever it is sent. A run in the
 * directory of a {@link MlflowStudy} is nested in that.
 */
public final class MlflowRun {
  private static final int MOST_METRICS = 1_000;
  private static final int DIGEST_LENGTH = 36;
  private static final List<String> OURS_ALONE = List.of(MlflowState.FILE, ".lock");

  private final MlflowServer server;
  private final Path directory;
  private final Optional<String> experiment;
  private final List<String> remarks = new ArrayList<>();
  private Optional<MlflowState> state;
  private boolean waiting;

  /**
   * @param directory the run's; {@code mlflow.json} is kept in it
   * @param experiment the experiment's name, if it is not the recipe's
   */
  public MlflowRun(MlflowServer server, Path directory, Optional<String> experiment) {
    this.server = server;
    this.directory = directory;
    this.experiment = experiment;
    this.state = MlflowState.read(directory, server);
  }

  /**
   * Sends what the server has not got yet.
   *
   * @return what could not be sent as it is, one sentence each; a sentence that says that the
   *     server is away means that all the rest waits for the next call
   */
  public List<String> send(RunRecord record) {
    remarks.clear();
    waiting = false;
    try {
      MlflowState now = state.isPresent() ? state.get() : create(record);
      if (now.complete()) {
        return List.of();
      }
      now = sendNumbers(record, sendInputs(record, now));
      if (record.status() != RunRecord.Status.RUNNING) {
        sendFiles(now);
        end(record, now);
        keep(now.completed(record.status() == RunRecord.Status.COMPLETE));
      }
    } catch (MlflowException e) {
      waiting = e.isOutage();
      remarks.add(
          e.getMessage()
              + (waiting
                  ? "; what it has not got is sent by the next 'collapsar run --resume --mlflow' of"
                      + " this run"
                  : ""));
    }
    return List.copyOf(remarks);
  }

  /** Whether the server was away when it was last sent. */
  boolean isWaiting() {
    return waiting;
  }

  private void keep(MlflowState now) {
    now.write(directory);
    state = Optional.of(now);
  }

  private MlflowState create(RunRecord record) throws MlflowException {
    String name = experiment.orElse(record.recipe());
    String experimentId = MlflowCalls.experiment(server, name);
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put("mlflow.source.type", "LOCAL");
    tags.put("mlflow.source.name", "collapsar run " + record.recipe());
    tags.put("mlflow.note.content", record.title());
    tags.put("collapsar.version", record.environment().collapsar());
    Path above = directory.toAbsolutePath().normalize().getParent();
    String study = MlflowState.read(above, server).map(MlflowState::runId).orElse(null);
    if (study != null) {
      tags.put(MlflowCalls.PARENT, study);
    }
    String id = MlflowCalls.createRun(server, experimentId, directory, record.started(), tags);
    MlflowState created =
        new MlflowState(server.toString(), name, experimentId, id, study, 0, 0, false);
    keep(created);
    sendParams(record, id);
    return created;
  }

  /** Puts it below the run of its study, if it was sent before that was there. */
  void nest(String study) throws MlflowException {
    if (state.isPresent() && !study.equals(state.get().parent())) {
      MlflowCalls.tag(server, state.get().runId(), MlflowCalls.PARENT, study);
      keep(state.get().in(study));
    }
  }

  private void sendParams(RunRecord record, String id) throws MlflowException {
    Map<String, String> params = new LinkedHashMap<>();
    params.put("recipe", record.recipe());
    params.put("seed", String.valueOf(record.seed()));
    params.put("threads", String.valueOf(record.environment().threads()));
    params.put("device", record.environment().device());
    record.settings().forEach((key, value) -> params.put(key, String.valueOf(value)));
    params.forEach(
        (key, value) -> {
          say(key, MlflowNames.key(key));
          say(key + "=" + value, key + "=" + MlflowNames.value(value));
        });
    MlflowCalls.params(server, id, params);
  }

  private MlflowState sendInputs(RunRecord record, MlflowState now) throws MlflowException {
    List<RunRecord.DataSet> sets = record.data().subList(now.inputs(), record.data().size());
    if (sets.isEmpty()) {
      return now;
    }
    List<Map<String, Object>> inputs = new ArrayList<>();
    for (RunRecord.DataSet set : sets) {
      Map<String, Object> dataset = new LinkedHashMap<>();
      dataset.put("name", set.name());
      dataset.put("digest", digest(set));
      dataset.put("source_type", "local");
      dataset.put("source", String.join(", ", set.sha256().keySet()));
      dataset.put(
          "profile", "{\"samples\": %s, \"shape\": %s}".formatted(set.samples(), set.shape()));
      inputs.add(
          Map.of(
              "dataset",
              dataset,
              "tags",
              List.of(MlflowCalls.pair("mlflow.data.context", set.role()))));
    }
    server.post("runs/log-inputs", Map.of("run_id", now.runId(), "datasets", inputs));
    MlflowState after = now.sent(now.rows(), record.data().size());
    keep(after);
    return after;
  }

  /** Of all its files; a server takes at most {@value #DIGEST_LENGTH} characters. */
  private static String digest(RunRecord.DataSet set) {
    Sha256 sha = new Sha256();
    set.sha256().forEach((file, hash) -> sha.add(file + hash));
    return sha.hex().substring(0, DIGEST_LENGTH);
  }

  private MlflowState sendNumbers(RunRecord record, MlflowState before) throws MlflowException {
    MlflowState now = before;
    EpochTimes times = EpochTimes.of(record);
    // A run that broke off may have fewer numbers than it once sent: it makes the same ones again.
    int next = Math.min(now.rows(), record.measurements().size());
    for (List<RunRecord.Row> rows :
        MlflowCalls.parts(
            record.measurements().subList(next, record.measurements().size()), MOST_METRICS)) {
      List<Map<String, Object>> metrics = new ArrayList<>();
      for (RunRecord.Row row : rows) {
        if (row.value() != null) {
          metrics.add(
              Map.of(
                  "key", key(row),
                  "value", row.value(),
                  "timestamp", times.of(row).toEpochMilli(),
                  "step", row.epoch()));
        }
      }
      if (!metrics.isEmpty()) {
        server.post("runs/log-batch", Map.of("run_id", now.runId(), "metrics", metrics));
      }
      next += rows.size();
      now = now.sent(next, now.inputs());
      keep(now);
    }
    return now;
  }

  private String key(RunRecord.Row row) {
    String layer = row.layer().isEmpty() ? "" : "/" + row.layer();
    String key = row.metric() + "/" + row.variant() + "/" + row.stage() + layer;
    say(key, MlflowNames.key(key));
    return MlflowNames.key(key);
  }

  private void say(String wanted, String given) {
    String sentence = "MLflow does not take %s; it is there as %s.".formatted(wanted, given);
    if (!wanted.equals(given) && !remarks.contains(sentence)) {
      remarks.add(sentence);
    }
  }

  private void sendFiles(MlflowState now) throws MlflowException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path file : all.filter(this::isSent).sorted().toList()) {
        String place = directory.relativize(file).toString().replace('\\', '/');
        server.put("%s/%s/artifacts/%s".formatted(now.experimentId(), now.runId(), place), file);
      }
    } catch (MlflowException e) {
      if (e.status() != 503) {
        throw e;
      }
      remarks.add(
          ("The MLflow server %s keeps no files (it runs without an artifact proxy): the"
                  + " run's numbers are there, its files are not.")
              .formatted(server));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isSent(Path file) {
    return Files.isRegularFile(file)
        && !NewFile.isPartial(file)
        && !OURS_ALONE.contains(file.getFileName().toString())
        && !directory.relativize(file).startsWith("checkpoints");
  }

  private void end(RunRecord record, MlflowState now) throws MlflowException {
    if (!record.notes().isEmpty()) {
      MlflowCalls.tag(
          server,
          now.runId(),
          "mlflow.note.content",
          record.title() + "\n\n* " + String.join("\n* ", record.notes()));
    }
    MlflowCalls.end(server, now.runId(), record.status(), record.finished());
  }
}
