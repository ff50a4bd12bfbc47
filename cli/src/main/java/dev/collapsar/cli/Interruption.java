package dev.collapsar.cli;

import dev.collapsar.learn.experiment.Experiment;
import dev.collapsar.run.RunRecord;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C: the run is asked to stop, and the process waits a moment for its record to be written.
 */
final class Interruption {
  // The JVM ends when its shutdown hooks do, so the hook holds it until the record stands, but no
  // longer than this.
  private static final long PATIENCE_MILLISECONDS = 900;

  private Interruption() {}

  /** Runs the experiment to its end, or to the interruption. */
  static RunRecord run(Experiment experiment) {
    CountDownLatch ended = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
              experiment.stop();
              try {
                ended.await(PATIENCE_MILLISECONDS, TimeUnit.MILLISECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "interruption");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return experiment.run();
    } finally {
      ended.countDown();
    }
  }
}
