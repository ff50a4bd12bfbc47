package dev.collapsar.learn.variant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.collapsar.data.NewFile;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Status;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that die, and what can be made of what they leave. */
class KillTest {
  private static final int KILLS = 20;

  @TempDir private Path directory;

  private final List<Process> started = new ArrayList<>();

  /** One that waits where it was not killed would outlive us. */
  @AfterEach
  void nobodyStays() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
  }

  /** An epoch has four steps, after which it is kept: some of these processes leave none. */
  @Test
  void aRunThatIsKilledTwentyTimesEndsWithTheSameBytes() throws Exception {
    String expected = undisturbed();
    SplittableRandom random = new SplittableRandom(7);
    Path out = Files.createDirectory(directory.resolve("run"));
    for (int kills = 0; kills < KILLS; kills++) {
      new Running(out, 1 + random.nextInt(6)).kill();
    }
    assertEquals(0, new Running(out).exit());
    requireWhole(out, expected);
  }

  @Test
  void whatAWriteThatWasKilledLeftIsTakenAway() throws Exception {
    String expected = undisturbed();
    Path out = Files.createDirectory(directory.resolve("run"));
    Running killed = new Running(out, 10);
    killed.kill();
    List<Path> files;
    try (Stream<Path> all = Files.walk(out)) {
      files = all.filter(Files::isRegularFile).filter(file -> !isHidden(file)).toList();
    }
    assertTrue(files.contains(out.resolve("record.json")), files.toString());
    for (Path file : files) {
      byte[] begun = Files.readAllBytes(file);
      Files.write(partial(file, killed.process.pid()), Arrays.copyOf(begun, begun.length / 2));
    }
    assertEquals(0, new Running(out).exit());
    requireWhole(out, expected);
  }

  @Test
  void whatADeadProcessLockedIsFreeAndWhatALivingOneLockedIsNot() throws Exception {
    Path out = Files.createDirectory(directory.resolve("run"));
    Running living = new Running(out, 1);
    living.awaitStep();
    Running second = new Running(out);
    assertEquals(
        List.of(
            "run directory %s is in use by process %s; wait for it, or choose another directory"
                .formatted(out, living.process.pid())),
        second.lines());
    assertEquals(2, second.exit());
    living.process.destroyForcibly().waitFor();
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
        new Running(out, "/bin/sh", "-c", "ulimit -f %s; exec \"$@\"".formatted(blocks), "-");
    List<String> said = full.lines();
    assertEquals(2, full.exit(), said.toString());
    assertEquals(1, said.size(), said.toString());
    assertTrue(said.get(0).matches(".* cannot be written: File too large"), said.get(0));
    try (Stream<Path> kept = Files.list(out.resolve("checkpoints/pretrain/base"))) {
      assertTrue(kept.findAny().isPresent(), "no checkpoint is left");
    }
    assertEquals(0, new Running(out).exit());
    assertEquals(
        Files.readString(whole.resolve("metrics.csv")),
        Files.readString(out.resolve("metrics.csv")));
  }

  /** The numbers of a run that nobody kills. */
  private String undisturbed() throws Exception {
    Path out = Files.createDirectory(directory.resolve("undisturbed"));
    assertEquals(0, new Running(out).exit());
    return Files.readString(out.resolve("metrics.csv"));
  }

  private static void requireWhole(Path out, String expected) throws IOException {
    assertEquals(expected, Files.readString(out.resolve("metrics.csv")));
    RunRecord record = RunDirectory.open(out).record();
    assertEquals(Status.COMPLETE, record.status());
    assertTrue(record.notes().get(0).startsWith("The run broke off and was resumed "));
    try (Stream<Path> left = Files.walk(out)) {
      assertEquals(List.of(), left.filter(KillTest::isHidden).toList());
    }
  }

  private static boolean isHidden(Path file) {
    return file.getFileName().toString().startsWith(".");
  }

  /** Where that process would have written the file before it got its name. */
  private Path partial(Path file, long process) throws IOException {
    Path folder = Files.createDirectories(directory.resolve("names"));
    String[] name = new String[1];
    NewFile.write(
        folder.resolve(file.getFileName()),
        out -> {
          try (Stream<Path> all = Files.list(folder)) {
            Path own = all.filter(NewFile::isPartial).findFirst().orElseThrow();
            name[0] = own.getFileName().toString();
          }
        });
    String own = "." + ProcessHandle.current().pid() + ".";
    return file.resolveSibling(name[0].replace(own, "." + process + "."));
  }

  /** A process that runs {@link KilledRun} in a directory. */
  private final class Running {
    private final Process process;
    private final BufferedReader stdout;

    Running(Path out, String... prefix) throws IOException {
      this(out, List.of(), prefix);
    }

    /** One that waits at this step of its own. */
    Running(Path out, int step) throws IOException {
      this(out, List.of(Integer.toString(step)));
    }

    private Running(Path out, List<String> step, String... prefix) throws IOException {
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
      command.addAll(step);
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      stdout = process.inputReader();
      started.add(process);
    }

    /** Until it waits. */
    void awaitStep() throws IOException {
      assertEquals(KilledRun.WAITING, stdout.readLine());
    }

    List<String> lines() {
      return stdout.lines().toList();
    }

    int exit() throws InterruptedException {
      assertTrue(process.waitFor(2, TimeUnit.MINUTES), "it does not end");
      return process.exitValue();
    }

    /** With SIGKILL, where it waits. */
    void kill() throws IOException, InterruptedException {
      awaitStep();
      process.destroyForcibly().waitFor();
    }
  }
}
