package dev.collapsar.learn.fuzz;

import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.TestRecipe;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.run.RunClock;
import java.nio.file.Path;
import java.util.Map;

/** A run directory with all of its files, made in a moment. */
final class SmallRun {
  private SmallRun() {}

  static Path in(Path place) {
    RunOptions options = new RunOptions(Map.of(), place, null, 7, 1, "cpu", false);
    RunEngine.prepare(
            new TestRecipe(run -> run.note("small")),
            options,
            new Watching(() -> {}),
            RunClock.system())
        .run();
    return place;
  }
}
