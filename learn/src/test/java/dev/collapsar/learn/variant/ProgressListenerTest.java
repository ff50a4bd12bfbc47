package dev.collapsar.learn.variant;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.TestRecipe;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.Score;
import dev.collapsar.run.RunClock;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgressListenerTest {
  private static final Score ANY = new Score(1, 0.5, 10);
  private static final long SECOND = 1_000_000_000L;

  @TempDir private Path directory;
  private long now;
  private final List<String> shown = new ArrayList<>();

  @Test
  void nothingIsPromisedBeforeTheFirstEpoch() {
    within(
        watch -> {
          watch.measured(10);
          assertEquals("", watch.afterEpoch(0));
        });
  }

  @Test
  void theEndIsReckonedFromEpochsAndMeasurementsSoFar() {
    within(
        watch -> {
          watch.measured(10); // before the first step
          watch.trained(100);
          watch.trained(140);
          watch.measured(30);
          // Epochs 3 to 10 at 120 s, and measurements after 4, 6, 8 and 10 at 20 s.
          assertEquals("  base done in 17 min", watch.afterEpoch(2));
          assertEquals("", watch.afterEpoch(10));
        });
  }

  @Test
  void duringAnEpochItsOwnPaceCounts() {
    within(
        watch -> {
          watch.training(
              1,
              100,
              steps -> {
                now += 3 * SECOND;
                steps.stepped(25, new GradientRule.Step(0.25, 20));
                return ANY;
              });
          // A quarter took 3 s: nine epochs and three quarters of 12 s are left.
          assertEquals(
              List.of(
                  "base epoch 1/10 of 100", "25 loss 0.2500  accuracy 0.8000  base done in 117 s"),
              shown);
        });
  }

  @Test
  void aMeasurementHasABarThatCountsTheSamplesOfAllItsSets() {
    within(
        watch -> {
          watch.trained(60);
          watch.measuring(
              9,
              300,
              evaluated -> {
                evaluated.accept(200);
                evaluated.accept(100);
                return ANY;
              });
          assertEquals(
              List.of(
                  "base epoch 9/10 measured of 300",
                  "200   base done in 60 s",
                  "100   base done in 60 s"),
              shown);
        });
  }

  /** Ten epochs, of which every second is measured, at a clock that stands still by itself. */
  private void within(Consumer<ProgressListener> body) {
    TestRecipe recipe =
        new TestRecipe(
            experiment ->
                body.accept(new ProgressListener(experiment, "base", 10, e -> e % 2 == 0)));
    RunClock clock = new RunClock(() -> Instant.parse("2026-01-02T03:04:05Z"), () -> now);
    RunOptions options =
        new RunOptions(Map.of(), directory.resolve("run"), null, 1, 1, "cpu", false);
    RunEngine.prepare(recipe, options, new Shown(), clock).run();
  }

  private final class Shown implements Progress {
    @Override
    public void say(String line) {}

    @Override
    public Bar bar(String task, long total) {
      shown.add(task + " of " + total);
      return new Bar() {
        @Override
        public void advance(long steps, String news) {
          shown.add(steps + " " + news);
        }

        @Override
        public void close() {}
      };
    }
  }
}
