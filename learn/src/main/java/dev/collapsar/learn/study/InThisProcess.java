package dev.collapsar.learn.study;

import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunStopped;
import dev.collapsar.run.RunRecord;
import java.util.Optional;

/** Makes one run after another here, where the libraries are warm. */
public final class InThisProcess implements RunMaker {
  private RunEngine current;
  private boolean stopped;

  @Override
  public Optional<RunRecord.Status> make(PlannedRun run, RunEngine engine) {
    if (!begin(engine)) {
      return Optional.empty();
    }
    try {
      return Optional.of(engine.run().status());
    } catch (RunStopped e) {
      return Optional.empty();
    } catch (OutOfMemoryError e) {
      throw new IllegalStateException("out of memory: " + e.getMessage(), e);
    } finally {
      end();
    }
  }

  private synchronized boolean begin(RunEngine engine) {
    current = stopped ? null : engine;
    return !stopped;
  }

  private synchronized void end() {
    current = null;
  }

  @Override
  public void stop() {
    RunEngine going;
    synchronized (this) {
      stopped = true;
      going = current;
    }
    if (going != null) {
      going.stop();
    }
  }
}
