package dev.collapsar.learn.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
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
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunEngineTest {
  private static final List<String> COMPLETE =
      List.of("conditions.json", "metrics.csv", "recipe.yaml", "record.json", "report.html");

  private static final Variant BASE = new Variant("base", "pretrain", Variant.Kind.BASE);

  @TempDir private Path temporary;

  @Test
  void aCompleteRunLeavesItsRecordAndReport() throws IOException {
    RunRecord record = engine(this::trainOnce).run();
    assertEquals(Status.COMPLETE, record.status());
    assertEquals(record, read());
    assertEquals(COMPLETE, files());
    assertEquals(7, record.seed());
    assertEquals("test", record.recipe());
    assertTrue(Files.readString(out().resolve("metrics.csv")).contains("base,pretrain,0,,x,1.0,"));
  }

  @Test
  void theRecordStandsFromTheFirstTrainingOn() {
    engine(
            run -> {
              try (Network network = network()) {
                run.beginVariant(BASE, network);
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
    RunEngine engine =
        engine(
            e -> {
              e.note("something was noted already");
              throw refusal;
            });
    assertSame(refusal, assertThrows(InvalidInputException.class, engine::run));
    assertFalse(Files.exists(temporary.resolve("runs")), "the parent was made for the run too");
  }

  @Test
  void aDirectoryThatWasThereIsLeftThereEmpty() throws IOException {
    Files.createDirectories(out());
    RunEngine engine =
        engine(
            e -> {
              throw new InvalidInputException("no");
            });
    assertThrows(InvalidInputException.class, engine::run);
    assertEquals(List.of(), files());
  }

  @Test
  void aFailureOfOursIsRecordedAndThrown() throws IOException {
    RuntimeException fault = new IllegalStateException("frozen tensors moved");
    RunEngine engine =
        engine(
            e -> {
              trainOnce(e);
              throw fault;
            });
    assertSame(fault, assertThrows(IllegalStateException.class, engine::run));
    RunRecord record = read();
    assertEquals(Status.FAILED, record.status());
    assertEquals(List.of("The run failed: frozen tensors moved"), record.notes());
    assertEquals(COMPLETE, files());
    assertEquals(Optional.empty(), engine.stop(), "a failure is no interruption");
    assertEquals(Status.FAILED, read().status());
  }

  @Test
  void inputThatCannotBeUsedAfterTrainingBeganDoesNotLeaveARunningRecord() {
    RunEngine engine =
        engine(
            e -> {
              trainOnce(e);
              throw new InvalidInputException("disk full, say");
            });
    assertThrows(InvalidInputException.class, engine::run);
    assertEquals(Status.FAILED, read().status());
  }

  @Test
  void anInterruptionIsOnDiskBeforeTheRunNotices() throws Exception {
    CountDownLatch inTheMiddle = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    List<String> after = new ArrayList<>();
    RunEngine engine =
        engine(
            e -> {
              trainOnce(e);
              inTheMiddle.countDown();
              await(goOn); // a long native step
              after.add("step");
              e.throwIfStopped();
              after.add("the run went on");
            });
    CompletableFuture<RunRecord> run = CompletableFuture.supplyAsync(engine::run);
    inTheMiddle.await();

    RunRecord stopped = engine.stop().orElseThrow();

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
    List<BiConsumer<RunContext, VariantLog>> additions =
        List.of(
            (run, log) -> run.note("late"),
            (run, log) -> log.record(1, "", List.of(Measurement.of("x", 2))),
            (run, log) -> log.endEpoch(1, 1, 1),
            (run, log) -> {
              try (Network network = network()) {
                run.beginVariant(new Variant("late", "adapt", Variant.Kind.FULL), network);
              }
            });
    for (BiConsumer<RunContext, VariantLog> addition : additions) {
      RunEngine[] engine = new RunEngine[1];
      engine[0] =
          engine(
              run -> {
                trainOnce(run);
                VariantLog log;
                try (Network network = network()) {
                  log = run.beginVariant(new Variant("more", "adapt", Variant.Kind.FULL), network);
                }
                engine[0].stop();
                addition.accept(run, log);
              });
      RunRecord record = engine[0].run();
      assertEquals(Status.INTERRUPTED, record.status());
      assertEquals(1, record.measurements().size());
      assertEquals(2, record.variants().size());
      assertEquals(List.of(), record.notes());
      assertEquals(record, read());
      delete(out());
    }
  }

  @Test
  void whatIsStoppedBeforeItBeganLeavesNothing() {
    RunEngine engine = engine(this::trainOnce);
    assertEquals(Optional.empty(), engine.stop());
    assertThrows(RunStopped.class, engine::run);
    assertFalse(Files.exists(temporary.resolve("runs")));
  }

  @Test
  void whatIsStoppedAfterItsEndStaysComplete() {
    RunEngine engine = engine(this::trainOnce);
    RunRecord record = engine.run();
    assertSame(record, engine.stop().orElseThrow());
    assertEquals(Status.COMPLETE, read().status());
  }

  @Test
  void aRunDirectoryNamedByDotsIsNamedInItsReport() throws IOException {
    Files.createDirectories(out());
    RunOptions options = options(out().resolve("../one/."), "cpu");
    new TestRecipe(this::trainOnce).engine(options).run();
    assertTrue(Files.readString(out().resolve("report.html")).contains("one"));
  }

  @Test
  void aDeviceThatIsNotThereIsRefusedBeforeAnythingIsMade() {
    RunOptions options = options(out(), "cuda");
    RunEngine engine = new TestRecipe(this::trainOnce).engine(options);
    String message = assertThrows(InvalidInputException.class, engine::run).getMessage();
    assertTrue(message.startsWith("--device cuda: "), message);
    assertFalse(Files.exists(temporary.resolve("runs")));
  }

  @Test
  void withoutADirectoryARunIsNamedByRecipeAndTime() {
    RunEngine engine = new TestRecipe(this::trainOnce).engine(options(null, "cpu"));
    assertEquals(Path.of("runs", "test-20260102T030405Z"), engine.path());
  }

  private RunEngine engine(Consumer<RunContext> body) {
    return new TestRecipe(body).engine(options(out(), "cpu"));
  }

  private static RunOptions options(Path out, String device) {
    return new RunOptions(Map.of(), out, null, 7, 1, device, false);
  }

  private Path out() {
    return temporary.resolve("runs/one");
  }

  private void trainOnce(RunContext run) {
    try (Network network = network()) {
      VariantLog log = run.beginVariant(BASE, network);
      log.record(0, "", List.of(Measurement.of("x", 1)));
      log.endEpoch(0, 0.5, 0.25);
    }
  }

  private static Network network() {
    return LayerNetwork.initialized(new Mlp(List.of(2, 2)), new Seed(1));
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
