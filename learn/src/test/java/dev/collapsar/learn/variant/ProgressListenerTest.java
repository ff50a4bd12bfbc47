package dev.collapsar.learn.variant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.TestRecipe;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.run.RunClock;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgressListenerTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir private Path directory;
  private long now;

  /** Of ten epochs, of which every second is measured. */
  private final TrainingPace pace = new TrainingPace("base", 10, e -> e % 2 == 0);

  private final List<String> shown = new ArrayList<>();
  private final List<String> said = new ArrayList<>();

  @Test
  void nothingIsPromisedBeforeTheFirstEpoch() {
    pace.measured(10);
    assertEquals("", pace.afterEpoch(0));
  }

  @Test
  void theEndIsReckonedFromEpochsAndMeasurementsSoFar() {
    pace.measured(10); // before the first step
    pace.trained(100);
    pace.trained(140);
    pace.measured(30);
    // Epochs 3 to 10 at 120 s, and measurements after 4, 6, 8 and 10 at 20 s.
    assertEquals("  base done in 17 min", pace.afterEpoch(2));
    assertEquals("", pace.afterEpoch(10));
  }

  @Test
  void duringAnEpochItsOwnPaceCounts() {
    within(
        listener -> {
          listener.epochBegins(1, 100);
          now += 3 * SECOND;
          listener.stepped(25, new GradientRule.Step(0.25, 20));
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
        listener -> {
          pace.trained(60);
          listener.measurementBegins(9, 300);
          listener.evaluated(200);
          listener.evaluated(100);
          assertEquals(
              List.of(
                  "base epoch 9/10 measured of 300",
                  "200   base done in 60 s",
                  "100   base done in 60 s"),
              shown);
        });
  }

  @Test
  void whatIsSaidForALogPromisesNoTime() {
    within(
        listener -> {
          pace.trained(60);
          pace.measured(1);
          listener.measurementBegins(9, 300);
          listener.evaluated(300);
          listener.reported(new EpochReport(9, Optional.empty(), 60, Map.of(), List.of(), 1));
        });
    assertEquals(1, said.size(), said::toString);
    assertTrue(said.get(0).startsWith("base      epoch 9"), said::toString);
    assertFalse(said.get(0).contains("done in"), said::toString);
  }

  /** At a clock that stands still by itself. */
  private void within(Consumer<ProgressListener> body) {
    TestRecipe recipe =
        new TestRecipe(run -> body.accept(new ProgressListener(run, "base", List.of(), pace)));
    RunClock clock = new RunClock(() -> Instant.parse("2026-01-02T03:04:05Z"), () -> now);
    RunOptions options =
        new RunOptions(Map.of(), directory.resolve("run"), null, 1, 1, "cpu", false);
    RunEngine.prepare(recipe, options, new Shown(), clock).run();
  }

  private final class Shown implements Progress {
    @Override
    public void say(String line) {
      if (line.contains("epoch")) {
        said.add(line);
      }
    }

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
