package dev.collapsar.mlflow;

import dev.collapsar.run.RunRecord;
import dev.collapsar.study.Seeds;
import dev.collapsar.study.StudyFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A study's directory as a run on an MLflow server, below which the runs in it are nested. Its
 * {@code mlflow.json} is where its runs find the one that they belong to; those that were sent
 * before it was there are put below it afterwards.
 */
public final class MlflowStudy {
  private static final List<String> FILES =
      List.of("study.yaml", "study.json", "study.csv", "study.html");

  private final MlflowServer server;
  private final Path directory;
  private final Optional<String> experiment;
  private Map<String, String> params = Map.of();

  /**
   * @param directory the study's; {@code mlflow.json} is kept in it
   * @param experiment the experiment's name, if it is not the recipe's
   */
  public MlflowStudy(MlflowServer server, Path directory, Optional<String> experiment) {
    this.server = server;
    this.directory = directory;
    this.experiment = experiment;
  }

  public MlflowServer server() {
    return server;
  }

  public Optional<String> experiment() {
    return experiment;
  }

  /**
   * Makes its run on the server, if it is not there.
   *
   * @param settings what is chosen for all of its runs, and what differs
   * @return why it could not be made, in one line; empty if it is there
   */
  public Optional<String> begin(String recipe, Map<String, String> settings, Instant now) {
    params = settings;
    if (state().isPresent()) {
      return Optional.empty();
    }
    try {
      String name = experiment.orElse(recipe);
      String experimentId = MlflowCalls.experiment(server, name);
      Map<String, String> tags = new LinkedHashMap<>();
      tags.put("mlflow.source.type", "LOCAL");
      tags.put("mlflow.source.name", "collapsar study of " + recipe);
      String id = MlflowCalls.createRun(server, experimentId, directory, now, tags);
      new MlflowState(server.toString(), name, experimentId, id, null, 0, 0, false)
          .write(directory);
      return Optional.empty();
    } catch (MlflowException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** What a study by a plan chooses for its runs, and what differs between them. */
  public static Map<String, String> params(StudyFile plan) {
    Map<String, String> params = new LinkedHashMap<>();
    params.put("recipe", plan.recipe());
    params.put("seeds", Seeds.text(plan.seeds()));
    if (!plan.adaptSeeds().isEmpty()) {
      params.put("adapt_seeds", Seeds.text(plan.adaptSeeds()));
    }
    plan.question().control().ifPresent(control -> params.put("control", control));
    params.putAll(plan.settings());
    plan.axes().forEach(axis -> params.put(axis.key(), String.join("|", axis.values())));
    return params;
  }

  /**
   * Sends what the server has not got: runs that are not whole there, and the study's own files.
   *
   * @param runs the records of its runs, by the directories they stand in
   * @param ended how the study did
   * @return what could not be sent as it is, one sentence each
   */
  public List<String> end(Map<Path, RunRecord> runs, RunRecord.Status ended, Instant now) {
    List<String> remarks = new ArrayList<>();
    try {
      MlflowState own =
          state().orElseThrow(() -> new MlflowException(0, "", "the study has no MLflow run"));
      MlflowCalls.params(server, own.runId(), params);
      for (Map.Entry<Path, RunRecord> run : runs.entrySet()) {
        MlflowRun there = new MlflowRun(server, run.getKey(), experiment);
        for (String remark : there.send(run.getValue())) {
          if (!remarks.contains(remark)) {
            remarks.add(remark);
          }
        }
        if (there.isWaiting()) {
          return remarks; // the others would wait as long, one after the other
        }
        there.nest(own.runId());
      }
      for (String file : FILES) {
        if (Files.isRegularFile(directory.resolve(file))) {
          server.put(
              "%s/%s/artifacts/%s".formatted(own.experimentId(), own.runId(), file),
              directory.resolve(file));
        }
      }
      MlflowCalls.end(server, own.runId(), ended, now);
    } catch (MlflowException e) {
      remarks.add(
          e.getMessage() + "; 'collapsar study --mlflow' of this directory sends what is missing");
    }
    return remarks;
  }

  private Optional<MlflowState> state() {
    return MlflowState.read(directory, server);
  }
}
