package dev.collapsar.mlflow;

import dev.collapsar.run.RunFollower;
import dev.collapsar.run.RunRecord;
import java.nio.file.Path;
import java.time.Duration;
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
 * neither hurts nor delays the run, but for {@link #LAST_WAIT} at its end.
 */
public final class MlflowFollower implements RunFollower {
  private static final Duration LAST_WAIT = Duration.ofSeconds(20);

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
      if (!sender.awaitTermination(LAST_WAIT.toSeconds(), TimeUnit.SECONDS)) {
        say.accept(
            "MLflow server %s has not taken all within %s s; 'collapsar run --resume --mlflow' of this run sends the rest"
                .formatted(server, LAST_WAIT.toSeconds()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
