package dev.collapsar.mlflow;

import dev.collapsar.run.RunFollower;
import dev.collapsar.run.RunRecord;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * A run as an MLflow server gets it while it goes on, from a thread of its own: the newest record
 * is sent, those that came while one was on its way are skipped. A server that is slow or away
 * neither hurts nor delays the run. When that has ended, with everything in its directory, what is
 * on its way has {@link #PATIENCE} seconds from answer to answer and {@link #LAST_WAIT} in all; a
 * server that has never answered is not waited for.
 */
public final class MlflowFollower implements RunFollower {
  private static final int PATIENCE = 3;
  private static final int LAST_WAIT = 18;

  private record Written(RunRecord record, Path directory) {}

  private final MlflowServer server;
  private final Optional<String> experiment;
  private final Consumer<String> say;
  private final AtomicReference<Written> next = new AtomicReference<>();
  private final ExecutorService sender =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "mlflow");
            thread.setDaemon(true);
            return thread;
          });
  private final Set<String> said = new HashSet<>();
  private MlflowRun run;

  /**
   * @param experiment the experiment's name, if it is not the recipe's
   * @param say told what the server did not take, a sentence once
   */
  public MlflowFollower(MlflowServer server, Optional<String> experiment, Consumer<String> say) {
    this.server = server;
    this.experiment = experiment;
    this.say = say;
  }

  @Override
  public void written(RunRecord record, Path directory) {
    if (next.getAndSet(new Written(record, directory)) == null) {
      sender.execute(this::send);
    }
  }

  private void send() {
    Written newest = next.getAndSet(null);
    try {
      if (run == null) {
        run = new MlflowRun(server, newest.directory(), experiment);
      }
      run.send(newest.record()).forEach(this::sayOnce);
    } catch (
        RuntimeException e) { // mlflow.json damaged, or a disk that is full: never the run's end
      sayOnce("MLflow gets nothing of this run now: " + e.getMessage());
    }
  }

  private void sayOnce(String remark) {
    if (said.add(remark)) {
      say.accept(remark);
    }
  }

  @Override
  public void close() {
    sender.shutdown();
    try {
      if (!isAllTaken()) {
        say.accept(
            ("MLflow server %s has not taken all; 'collapsar run --resume --mlflow' of"
                    + " this run sends the rest")
                .formatted(server));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isAllTaken() throws InterruptedException {
    long known = 0;
    for (int waited = 0; waited < LAST_WAIT && server.answers() > known; waited += PATIENCE) {
      known = server.answers();
      if (sender.awaitTermination(PATIENCE, TimeUnit.SECONDS)) {
        return true;
      }
    }
    return sender.isTerminated();
  }
}
