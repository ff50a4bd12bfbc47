package dev.collapsar.learn.run;

import dev.collapsar.learn.settings.Preset;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.run.RunClock;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/** A recipe that does what a test wants. */
public record TestRecipe(List<Setting<?>> settings, Consumer<RunContext> body) implements Recipe {
  /** Without settings. */
  public TestRecipe(Consumer<RunContext> body) {
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
  public List<Preset> quick() {
    return List.of();
  }

  @Override
  public void run(RunContext run) {
    body.accept(run);
  }

  /** Prepared at a known time. */
  public RunEngine engine(RunOptions options) {
    RunClock clock = new RunClock(() -> Instant.parse("2026-01-02T03:04:05Z"), () -> 0);
    return RunEngine.prepare(this, options, new Watching(() -> {}), clock);
  }
}
