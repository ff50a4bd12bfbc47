package dev.collapsar.cli;

import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunStopped;
import dev.collapsar.run.RunRecord;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Ctrl-C: the JVM ends when its shutdown hooks do, so a hook writes the record of the run and tells
 * how it ended.
 */
final class Interruption {
  // The files stand by then; the thread that trains is only given the time to leave its step.
  private static final long PATIENCE_MILLISECONDS = 300;

  private final Consumer<RunRecord> listener;
  private boolean told;

  private Interruption(Consumer<RunRecord> listener) {
    this.listener = listener;
  }

  /**
   * Runs it to its end, or to the interruption.
   *
   * @param listener is told once how it ended
   * @return how it ended; empty if it was interrupted before it had begun
   */
  static Optional<RunRecord> run(RunEngine engine, Consumer<RunRecord> listener) {
    Interruption interruption = new Interruption(listener);
    CountDownLatch left = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> interruption.stop(engine, left), "interruption"));
    try {
      RunRecord end = engine.run();
      interruption.tell(end);
      return Optional.of(end);
    } catch (RunStopped e) {
      return Optional.empty();
    } finally {
      left.countDown();
    }
  }

  private void stop(RunEngine engine, CountDownLatch left) {
    Optional<RunRecord> end = engine.stop();
    try {
      left.await(PATIENCE_MILLISECONDS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    end.ifPresent(this::tell);
  }

  private synchronized void tell(RunRecord end) {
    if (!told) {
      told = true;
      listener.accept(end);
    }
  }
}
