package dev.collapsar.learn.run;

import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.mlflow.MlflowServer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The user's options for a run, beside which recipe.
 *
 * @param chosen settings by dotted key, as the user wrote them
 * @param out the run directory, or null for {@code runs/<recipe>-<UTC time>}
 * @param quick the recipe's own smaller values, where the user chose none
 * @param dataDir where other data files lie, or null for the bundled ones
 * @param tensorBoard where event files go, or null for none
 * @param bases where bases are left for other runs, and found that others have left; or null
 * @param mlflow the tracking server that the run is sent to, or null for none
 * @param experiment its experiment there, if that is not the recipe's name
 * @param resume whether the run in {@code out} goes on
 */
public record RunOptions(
    Map<String, SettingText> chosen,
    Path out,
    Path dataDir,
    long seed,
    int threads,
    String device,
    boolean quick,
    Path tensorBoard,
    Path bases,
    MlflowServer mlflow,
    Optional<String> experiment,
    boolean resume) {

  /** Of a new run, without event files. */
  public RunOptions(
      Map<String, SettingText> chosen,
      Path out,
      Path dataDir,
      long seed,
      int threads,
      String device,
      boolean quick) {
    this(
        chosen,
        out,
        dataDir,
        seed,
        threads,
        device,
        quick,
        null,
        null,
        null,
        Optional.empty(),
        false);
  }

  /** The same, going on with the run in {@code out}. */
  public RunOptions resuming() {
    return with(tensorBoard, bases, mlflow, experiment, true);
  }

  public RunOptions withTensorBoard(Path directory) {
    return with(directory, bases, mlflow, experiment, resume);
  }

  public RunOptions withMlflow(MlflowServer server, Optional<String> inExperiment) {
    return with(tensorBoard, bases, server, inExperiment, resume);
  }

  /** The same, sharing its base with other runs through this folder. */
  public RunOptions sharingBases(Path folder) {
    return with(tensorBoard, folder, mlflow, experiment, resume);
  }

  private RunOptions with(
      Path otherTensorBoard,
      Path otherBases,
      MlflowServer otherMlflow,
      Optional<String> otherExperiment,
      boolean otherResume) {
    return new RunOptions(
        chosen,
        out,
        dataDir,
        seed,
        threads,
        device,
        quick,
        otherTensorBoard,
        otherBases,
        otherMlflow,
        otherExperiment,
        otherResume);
  }
}
