package dev.collapsar.learn.run;

import dev.collapsar.learn.settings.Setting;
import dev.collapsar.run.RunClock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A recipe that does what a test wants. */
public record TestRecipe(List<Setting<?>> settings, Consumer<RunEngine> body) implements Recipe {
  /** Without settings. */
  public TestRecipe(Consumer<RunEngine> body) {
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
  public void run(RunEngine experiment) {
    body.accept(experiment);
  }

  /** Prepared at a known time. */
  public RunEngine experiment(RunOptions options) {
    RunClock clock = new RunClock(() -> Instant.parse("2026-01-02T03:04:05Z"), () -> 0);
    return RunEngine.prepare(this, options, new Watching(() -> {}), clock);
  }
}
