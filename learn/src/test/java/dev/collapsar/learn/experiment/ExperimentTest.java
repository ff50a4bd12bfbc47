package dev.collapsar.learn.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Seed;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentTest {
  private static final List<String> COMPLETE =
      List.of("metrics.csv", "recipe.yaml", "record.json", "report.html");

  @TempDir private Path temporary;

  @Test
  void aCompleteRunLeavesItsRecordAndReport() throws IOException {
    RunRecord record = experiment(this::trainOnce).run();
    assertEquals(Status.COMPLETE, record.status());
    assertEquals(record, read());
    assertEquals(COMPLETE, files());
    assertEquals(7, record.seed());
    assertEquals("test", record.recipe());
    assertTrue(Files.readString(out().resolve("metrics.csv")).contains("base,pretrain,0,,x,1.0,"));
  }

  @Test
  void theRecordStandsFromTheFirstTrainingOn() {
    experiment(
            experiment -> {
              try (Network network = network()) {
                experiment.trains("base", "pretrain", network);
                RunRecord begun = read();
                assertEquals(Status.RUNNING, begun.status());
                assertEquals(null, begun.finished());
                assertEquals("base", begun.variants().get(0).name());
              }
            })
        .run();
  }

  @Test
  void inputThatCannotBeUsedLeavesNothingBehind() {
    InvalidInputException refusal = new InvalidInputException("--data-dir x: not IDX");
    Experiment experiment =
        experiment(
            e -> {
              e.note("something was noted already");
              throw refusal;
            });
    assertSame(refusal, assertThrows(InvalidInputException.class, experiment::run));
    assertFalse(Files.exists(temporary.resolve("runs")), "the parent was made for the run too");
  }

  @Test
  void aDirectoryThatWasThereIsLeftThereEmpty() throws IOException {
    Files.createDirectories(out());
    Experiment experiment =
        experiment(
            e -> {
              throw new InvalidInputException("no");
            });
    assertThrows(InvalidInputException.class, experiment::run);
    assertEquals(List.of(), files());
  }

  @Test
  void aFailureOfOursIsRecordedAndThrown() throws IOException {
    RuntimeException fault = new IllegalStateException("frozen tensors moved");
    Experiment experiment =
        experiment(
            e -> {
              trainOnce(e);
              throw fault;
            });
    assertSame(fault, assertThrows(IllegalStateException.class, experiment::run));
    RunRecord record = read();
    assertEquals(Status.FAILED, record.status());
    assertEquals(List.of("The run failed: frozen tensors moved"), record.notes());
    assertEquals(COMPLETE, files());
    assertEquals(Optional.empty(), experiment.stop(), "a failure is no interruption");
    assertEquals(Status.FAILED, read().status());
  }

  @Test
  void inputThatCannotBeUsedAfterTrainingBeganDoesNotLeaveARunningRecord() {
    Experiment experiment =
        experiment(
            e -> {
              trainOnce(e);
              throw new InvalidInputException("disk full, say");
            });
    assertThrows(InvalidInputException.class, experiment::run);
    assertEquals(Status.FAILED, read().status());
  }

  @Test
  void anInterruptionIsOnDiskBeforeTheRunNotices() throws Exception {
    CountDownLatch inTheMiddle = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    List<String> after = new ArrayList<>();
    Experiment experiment =
        experiment(
            e -> {
              trainOnce(e);
              inTheMiddle.countDown();
              await(goOn); // a long native step
              after.add("step");
              e.checkpoint();
              after.add("the run went on");
            });
    CompletableFuture<RunRecord> run = CompletableFuture.supplyAsync(experiment::run);
    inTheMiddle.await();

    RunRecord stopped = experiment.stop().orElseThrow();

    assertEquals(Status.INTERRUPTED, stopped.status());
    assertEquals(stopped, read());
    assertEquals(COMPLETE, files());
    goOn.countDown();
    assertSame(stopped, run.get());
    assertEquals(List.of("step"), after);
    assertEquals(stopped, read());
  }

  @Test
  void afterAnInterruptionNothingIsAddedToTheRecord() throws Exception {
    List<Consumer<Experiment>> additions =
        List.of(
            e -> e.note("late"),
            e -> e.measured("base", "pretrain", 1, "", List.of(Measurement.of("x", 2))),
            e -> e.finished("base", "pretrain", 1, 1, 1),
            e -> {
              try (Network network = network()) {
                e.trains("late", "adapt", network);
              }
            });
    for (Consumer<Experiment> addition : additions) {
      Experiment experiment =
          experiment(
              e -> {
                trainOnce(e);
                e.stop();
                addition.accept(e);
              });
      RunRecord record = experiment.run();
      assertEquals(Status.INTERRUPTED, record.status());
      assertEquals(1, record.measurements().size());
      assertEquals(1, record.variants().size());
      assertEquals(List.of(), record.notes());
      assertEquals(record, read());
      delete(out());
    }
  }

  @Test
  void whatIsStoppedBeforeItBeganLeavesNothing() {
    Experiment experiment = experiment(this::trainOnce);
    assertEquals(Optional.empty(), experiment.stop());
    assertThrows(RunStopped.class, experiment::run);
    assertFalse(Files.exists(temporary.resolve("runs")));
  }

  @Test
  void whatIsStoppedAfterItsEndStaysComplete() {
    Experiment experiment = experiment(this::trainOnce);
    RunRecord record = experiment.run();
    assertSame(record, experiment.stop().orElseThrow());
    assertEquals(Status.COMPLETE, read().status());
  }

  @Test
  void aRunDirectoryNamedByDotsIsNamedInItsReport() throws IOException {
    Files.createDirectories(out());
    RunOptions options = options(out().resolve("../one/."), "cpu");
    new TestRecipe(this::trainOnce).experiment(options).run();
    assertTrue(Files.readString(out().resolve("report.html")).contains("one"));
  }

  @Test
  void aDeviceThatIsNotThereIsRefusedBeforeAnythingIsMade() {
    RunOptions options = options(out(), "cuda");
    Experiment experiment = new TestRecipe(this::trainOnce).experiment(options);
    String message = assertThrows(InvalidInputException.class, experiment::run).getMessage();
    assertTrue(message.startsWith("--device cuda: "), message);
    assertFalse(Files.exists(temporary.resolve("runs")));
  }

  @Test
  void withoutADirectoryARunIsNamedByRecipeAndTime() {
    Experiment experiment = new TestRecipe(this::trainOnce).experiment(options(null, "cpu"));
    assertEquals(Path.of("runs", "test-20260102T030405Z"), experiment.path());
  }

  private Experiment experiment(Consumer<Experiment> body) {
    return new TestRecipe(body).experiment(options(out(), "cpu"));
  }

  private static RunOptions options(Path out, String device) {
    return new RunOptions(Map.of(), out, null, 7, 1, device, false);
  }

  private Path out() {
    return temporary.resolve("runs/one");
  }

  private void trainOnce(Experiment experiment) {
    try (Network network = network()) {
      experiment.trains("base", "pretrain", network);
    }
    experiment.measured("base", "pretrain", 0, "", List.of(Measurement.of("x", 1)));
    experiment.finished("base", "pretrain", 0, 0.5, 0.25);
  }

  private static Network network() {
    return LayerNetwork.initialized(new NetworkSpec.Mlp(List.of(2, 2)), new Seed(1));
  }

  private RunRecord read() {
    return RunDirectory.open(out()).record();
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(out())) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> !name.equals(".lock")) // stands there while the run goes on
          .sorted()
          .toList();
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      for (Path file : all.toList()) {
        Files.delete(file);
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
