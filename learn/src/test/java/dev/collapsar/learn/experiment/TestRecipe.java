package dev.collapsar.learn.experiment;

import dev.collapsar.run.RunClock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A recipe without settings that does what a test wants. */
record TestRecipe(Consumer<Experiment> body) implements Recipe {
  @Override
  public String name() {
    return "test";
  }

  @Override
  public String summary() {
    return "A recipe of the test's";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of();
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
