package dev.collapsar.learn.study;

import dev.collapsar.data.NewFile;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the runs of a study that are missing, several at a time. A run that fails ends neither the
 * others nor the study. Of runs that share a base, the first is made before the others, which then
 * find it.
 */
public final class StudyRunner {
  private final StudyPlan plan;
  private final RunMaker maker;
  private final int jobs;
  private final Progress progress;
  private final RunClock clock;
  private final List<PlannedRun> waiting = new ArrayList<>();
  private final Set<Map<String, Object>> beingTrained = new LinkedHashSet<>();
  private final Set<Map<String, Object>> trained = new LinkedHashSet<>();
  private final Map<PlannedRun, RuntimeException> failures = new LinkedHashMap<>();
  private int all;
  private int ended;
  private boolean stopped;

  /**
   * @param jobs how many runs are made at a time, at least 1
   */
  public StudyRunner(StudyPlan plan, RunMaker maker, int jobs, Progress progress, RunClock clock) {
    this.plan = plan;
    this.maker = maker;
    this.jobs = jobs;
    this.progress = progress;
    this.clock = clock;
  }

  /**
   * Makes them.
   *
   * @return why runs failed, by run, in the order in which they did
   */
  public Map<PlannedRun, RuntimeException> run() {
    List<PlannedRun> runs = plan.runs();
    synchronized (this) {
      all = runs.size();
      runs.stream().filter(run -> !isComplete(run)).forEach(waiting::add);
      ended = all - waiting.size();
      if (ended > 0 && !waiting.isEmpty()) {
        progress.say("%s of %s runs are there".formatted(ended, all));
      }
    }
    try (Progress.Bar bar = progress.bar("runs", all)) {
      bar.advance(ended, "");
      List<Thread> workers = new ArrayList<>();
      for (int i = 0; i < jobs; i++) {
        Thread worker = new Thread(() -> work(bar), "run-" + (i + 1));
        worker.start();
        workers.add(worker);
      }
      workers.forEach(StudyRunner::join);
    }
    if (!isStopped() && failures.isEmpty()) {
      removeBases();
    }
    return failures;
  }

  /** Stops, from any thread: what is being made is left as it is, and nothing more is begun. */
  public void stop() {
    synchronized (this) {
      stopped = true;
      notifyAll();
    }
    maker.stop();
  }

  public synchronized boolean isStopped() {
    return stopped;
  }

  private static void join(Thread worker) {
    boolean interrupted = false;
    while (worker.isAlive()) {
      try {
        worker.join();
      } catch (InterruptedException e) {
        interrupted = true; // a study ends by stop(), which ends its workers
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** A run, prepared, and the base that it shares with others. */
  private record Next(PlannedRun run, RunEngine engine, Map<String, Object> base) {}

  private void work(Progress.Bar bar) {
    for (Optional<Next> next = next(); next.isPresent(); next = next()) {
      long begun = clock.mark();
      Next one = next.get();
      String how;
      try {
        how = maker.make(one.run, one.engine).map(StudyRunner::word).orElse("stopped");
      } catch (RuntimeException e) {
        how = "failed: " + e.getMessage();
        fail(one.run, e);
      }
      String line = end(one, how, clock.secondsSince(begun));
      bar.advance(1, line);
      progress.say(line);
    }
  }

  private static String word(RunRecord.Status status) {
    return status.name().toLowerCase(Locale.ROOT);
  }

  private synchronized void fail(PlannedRun run, RuntimeException why) {
    failures.put(run, why);
  }

  private synchronized String end(Next one, String how, double seconds) {
    beingTrained.remove(one.base);
    trained.add(one.base);
    ended++;
    notifyAll();
    return String.format(
        Locale.ROOT, "[%d/%d] %s  %s  %.1f s", ended, all, one.run.name(), how, seconds);
  }

  /** The next run whose base nobody is training; empty if there is none left, or a stop. */
  private synchronized Optional<Next> next() {
    while (!stopped && !waiting.isEmpty()) {
      for (PlannedRun run : waiting) {
        Optional<Next> ready = prepared(run);
        if (ready.isEmpty()) {
          waiting.remove(run);
          return next();
        }
        Map<String, Object> base = ready.get().base;
        if (trained.contains(base) || beingTrained.add(base)) {
          waiting.remove(run);
          return ready;
        }
      }
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        stopped = true;
      }
    }
    return Optional.empty();
  }

  /** Empty if it cannot even be prepared, which is noted. */
  private Optional<Next> prepared(PlannedRun run) {
    try {
      RunOptions options = plan.options(run);
      RunOptions going = hasBegun(options.out()) ? options.resuming() : options;
      RunEngine engine = RunEngine.prepare(plan.recipe(), going, progress, clock);
      boolean shares = !plan.recipe().ofAdaptationAlone().isEmpty();
      return Optional.of(
          new Next(run, engine, shares ? plan.base(run, engine) : Map.of("run", run)));
    } catch (RuntimeException e) {
      failures.put(run, e);
      ended++;
      progress.say("%s  failed: %s".formatted(run, e.getMessage()));
      return Optional.empty();
    }
  }

  private static boolean hasBegun(Path directory) {
    return Files.exists(directory.resolve("recipe.yaml"));
  }

  /** Whether it was made before, with these settings. */
  private boolean isComplete(PlannedRun run) {
    RunOptions options = plan.options(run);
    if (!hasBegun(options.out()) || !RunDirectory.open(options.out()).hasRecord()) {
      return false;
    }
    RunRecord record = RunDirectory.open(options.out()).record();
    if (record.status() != RunRecord.Status.COMPLETE) {
      return false;
    }
    RunEngine.prepare(plan.recipe(), options.resuming(), progress, clock); // refuses other settings
    return true;
  }

  private void removeBases() {
    try {
      NewFile.remove(plan.bases());
    } catch (IOException e) {
      progress.say("%s cannot be removed: %s".formatted(plan.bases(), e.getMessage()));
    }
  }
}
