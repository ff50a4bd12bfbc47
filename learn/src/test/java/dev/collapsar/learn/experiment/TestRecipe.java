package dev.collapsar.learn.experiment;

import dev.collapsar.run.RunClock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A recipe that does what a test wants. */
record TestRecipe(List<Setting<?>> settings, Consumer<Experiment> body) implements Recipe {
  /** Without settings. */
  TestRecipe(Consumer<Experiment> body) {
    this(List.of(), body);
  }

  @Override
  public String name() {
    return "test";
  }

  @Override
  public String summary() {
    return "A recipe of the test's";
  }

  @Override
  public Map<String, String> quick() {
    return Map.of();
  }

  @Override
  public void run(Experiment experiment) {
    body.accept(experiment);
  }

  /** Prepared at a known time. */
  Experiment experiment(RunOptions options) {
    RunClock clock = new RunClock(() -> Instant.parse("2026-01-02T03:04:05Z"), () -> 0);
    return Experiment.prepare(this, options, new Watching(() -> {}), clock);
  }
}
