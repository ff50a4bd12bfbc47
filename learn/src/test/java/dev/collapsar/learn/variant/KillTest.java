package dev.collapsar.learn.variant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Status;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that die, and what can be made of what they leave. */
class KillTest {
  private static final int KILLS = 20;

  @TempDir private Path directory;

  @Test
  void aRunThatIsKilledTwentyTimesEndsWithTheSameBytes() throws Exception {
    Path whole = Files.createDirectory(directory.resolve("whole"));
    Running first = new Running(whole);
    first.awaitTraining();
    long begun = System.nanoTime();
    assertEquals(0, first.exit());
    long training = System.nanoTime() - begun;
    String expected = Files.readString(whole.resolve("metrics.csv"));

    Random chance = new Random(7);
    int runs = 0;
    int inAWrite = 0;
    Path out = Files.createDirectory(directory.resolve("run-0"));
    for (int kills = 0; kills < KILLS; ) {
      Running process = new Running(out);
      process.awaitTraining();
      long until = System.nanoTime() + (long) (chance.nextDouble() * training / 4);
      boolean writing = kills % 2 == 0;
      // Every other time the blow falls while a file is being written, if one is.
      while (process.isAlive() && (System.nanoTime() < until || writing && !isWriting(out))) {
        Thread.onSpinWait();
      }
      if (process.kill()) {
        kills++;
        inAWrite += isWriting(out) ? 1 : 0;
      } else {
        assertEquals(expected, Files.readString(out.resolve("metrics.csv")));
        out = Files.createDirectory(directory.resolve("run-" + ++runs));
      }
    }
    assertTrue(inAWrite > 0, "no kill met a write");
    assertEquals(0, new Running(out).exit());
    assertEquals(expected, Files.readString(out.resolve("metrics.csv")));
    RunRecord record = RunDirectory.open(out).record();
    assertEquals(Status.COMPLETE, record.status());
    assertTrue(record.notes().get(0).startsWith("The run broke off and was resumed "));
    try (Stream<Path> left = Files.walk(out)) {
      assertEquals(
          List.of(), left.filter(p -> p.getFileName().toString().startsWith(".")).toList());
    }
  }

  @Test
  void whatADeadProcessLockedIsFreeAndWhatALivingOneLockedIsNot() throws Exception {
    Path out = Files.createDirectory(directory.resolve("run"));
    Running living = new Running(out);
    living.awaitTraining();
    Running second = new Running(out);
    List<String> said = second.lines();
    if (living.kill()) {
      assertEquals(
          List.of(
              "run directory %s is in use by process %d; wait for it, or choose another directory"
                  .formatted(out, living.process.pid())),
          said);
      assertEquals(2, second.exit());
    }
    assertEquals(0, new Running(out).exit());
  }

  @Test
  void aFullDiskEndsInOneLineAndTheRunGoesOnWhenThereIsRoom() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "there is no /bin/sh to limit files with");
    Path whole = Files.createDirectory(directory.resolve("whole"));
    assertEquals(0, new Running(whole).exit());
    long record = Files.size(whole.resolve("record.json"));
    Path out = Files.createDirectory(directory.resolve("run"));
    // Files grow to three quarters of what the record will be, in a shell's blocks of 512 bytes.
    long blocks = record * 3 / 4 / 512;
    Running full =
        new Running(out, "/bin/sh", "-c", "ulimit -f %d; exec \"$@\"".formatted(blocks), "-");
    List<String> said = full.lines();
    assertEquals(2, full.exit(), said.toString());
    assertEquals(2, said.size(), said.toString());
    assertTrue(said.get(1).matches(".* cannot be written: File too large"), said.get(1));
    try (Stream<Path> kept = Files.list(out.resolve("checkpoints/pretrain/base"))) {
      assertTrue(kept.findAny().isPresent(), "no checkpoint is left");
    }
    assertEquals(0, new Running(out).exit());
    assertEquals(
        Files.readString(whole.resolve("metrics.csv")),
        Files.readString(out.resolve("metrics.csv")));
  }

  /** Whether a temporary file lies there. */
  private static boolean isWriting(Path out) {
    try (Stream<Path> all = Files.walk(out)) {
      return all.map(path -> path.getFileName().toString())
          .anyMatch(name -> name.endsWith(".tmp") || name.endsWith(".part"));
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException | UncheckedIOException e) {
      return true; // what was listed is renamed already
    }
  }

  /** A process that runs {@link KilledRun} in a directory. */
  private static final class Running {
    private final Process process;
    private final BufferedReader stdout;

    Running(Path out, String... prefix) throws IOException {
      List<String> command = new ArrayList<>(List.of(prefix));
      command.addAll(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
              "-Dorg.bytedeco.javacpp.platform.extension=",
              "-XX:TieredStopAtLevel=1",
              "-XX:+UseSerialGC",
              "-XX:-UsePerfData",
              "-cp",
              System.getProperty("java.class.path"),
              KilledRun.class.getName(),
              out.toString()));
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      stdout = process.inputReader();
    }

    /** Until its first step or its end. */
    void awaitTraining() throws IOException {
      String line = stdout.readLine();
      assertTrue(line == null || line.equals(KilledRun.TRAINING), line);
    }

    List<String> lines() {
      return stdout.lines().toList();
    }

    boolean isAlive() {
      return process.isAlive();
    }

    int exit() throws InterruptedException {
      assertTrue(process.waitFor(2, TimeUnit.MINUTES), "it does not end");
      return process.exitValue();
    }

    /** With SIGKILL; whether it had not ended before. */
    boolean kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
      return process.exitValue() != 0;
    }
  }
}
