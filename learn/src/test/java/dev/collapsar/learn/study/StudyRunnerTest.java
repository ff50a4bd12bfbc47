package dev.collapsar.learn.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.recipe.Recipes;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import dev.collapsar.study.Axis;
import dev.collapsar.study.Question;
import dev.collapsar.study.StudyFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyRunnerTest {
  @TempDir private Path directory;

  /** Two bases, each with two adapter seeds and two ranks. */
  private StudyPlan plan() {
    StudyFile file =
        new StudyFile(
            "lora-ranks",
            List.of(1L, 2L),
            List.of(8L, 9L),
            true,
            Map.of(),
            List.of(new Axis("lora.rank", List.of("1", "2"))),
            List.of(),
            OptionalInt.of(1),
            "cpu",
            Question.open());
    return new StudyPlan(
        file,
        Recipes.named("lora-ranks"),
        directory.resolve("study"),
        null,
        Optional.empty(),
        Optional.empty());
  }

  /** Trains nothing, but notes what is made while what else is. */
  private static class Pretending implements RunMaker {
    final List<PlannedRun> made = new ArrayList<>();
    final Set<Long> withBase = new HashSet<>();
    final Set<Long> beingTrained = new HashSet<>();
    final List<String> wrong = new ArrayList<>();

    @Override
    public Optional<RunRecord.Status> make(PlannedRun run, RunEngine engine) {
      boolean first;
      synchronized (this) {
        made.add(run);
        first = !withBase.contains(run.seed());
        if (first && !beingTrained.add(run.seed())) {
          wrong.add(run + ": its base is trained twice");
        }
      }
      during(run);
      synchronized (this) {
        withBase.add(run.seed());
      }
      return Optional.of(RunRecord.Status.COMPLETE);
    }

    void during(PlannedRun run) {}

    @Override
    public void stop() {}
  }

  private Map<PlannedRun, RuntimeException> run(RunMaker maker, int jobs) {
    return new StudyRunner(plan(), maker, jobs, new Watching(() -> {}), RunClock.system()).run();
  }

  @Test
  void aStudyThatIsStoppedHasWholeSeeds() {
    Pretending maker = new Pretending();
    assertEquals(Map.of(), run(maker, 1));
    assertEquals(
        List.of(1L, 1L, 1L, 1L, 2L, 2L, 2L, 2L),
        maker.made.stream().map(PlannedRun::seed).toList());
  }

  @Test
  void twoAtATimeTrainTwoBasesAndNoneTwice() {
    CountDownLatch both = new CountDownLatch(2);
    Pretending maker =
        new Pretending() {
          @Override
          void during(PlannedRun run) {
            both.countDown();
            try {
              assertTrue(both.await(1, TimeUnit.MINUTES), "one at a time");
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }
        };
    assertEquals(Map.of(), run(maker, 2));
    assertEquals(8, maker.made.size());
    assertEquals(List.of(), maker.wrong);
  }

  @Test
  void aRunThatFailsIsNamedAndTheOthersOfItsBaseAreMade() {
    Pretending maker =
        new Pretending() {
          @Override
          void during(PlannedRun run) {
            if (made.size() == 1) {
              throw new IllegalStateException("the first breaks");
            }
          }
        };
    Map<PlannedRun, RuntimeException> failures = run(maker, 1);
    assertEquals(
        List.of("lora.rank=1,seed=1,adapt.seed=8"),
        failures.keySet().stream().map(PlannedRun::name).toList());
    assertEquals(8, maker.made.size());
  }
}
