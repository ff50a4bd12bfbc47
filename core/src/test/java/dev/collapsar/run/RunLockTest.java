package dev.collapsar.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunLockTest {
  @TempDir private Path directory;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8})
  void ofManyAtOnceOneWorksAndTheOthersSayWhich(int many) throws Exception {
    for (int i = 0; i < many; i++) {
      start();
    }
    List<Process> working = new ArrayList<>();
    List<String> refusals = new ArrayList<>();
    for (Process process : processes) {
      String said = process.inputReader().readLine();
      if (said.startsWith(LockingProcess.WORKS)) {
        working.add(process);
      } else {
        refusals.add(said);
      }
    }
    assertEquals(1, working.size(), refusals.toString());
    assertEquals(many - 1, refusals.size());
    for (String refusal : refusals) {
      assertEquals(inUse(working.get(0).pid()), refusal);
    }
  }

  @Test
  void aLockOutlivesRefusalsInItsOwnProcessAndIsGoneWithIt() throws Exception {
    long self = ProcessHandle.current().pid();
    try (RunDirectory held = RunDirectory.resume(directory)) {
      InvalidInputException refusal =
          assertThrows(InvalidInputException.class, () -> RunDirectory.resume(directory));
      assertEquals(inUse(self), refusal.getMessage());
      assertEquals(inUse(self), start().inputReader().readLine());
      assertEquals(directory, held.path());
    }
    assertFalse(Files.exists(directory.resolve(RunLock.NAME)));
    RunDirectory.resume(directory).close();
  }

  @Test
  void whatADeadProcessLeftKeepsNobodyOut() throws Exception {
    Process dead = start();
    assertEquals(LockingProcess.WORKS + directory, dead.inputReader().readLine());
    dead.destroyForcibly().waitFor();
    assertTrue(Files.exists(directory.resolve(RunLock.NAME)));
    assertEquals(LockingProcess.WORKS + directory, start().inputReader().readLine());
  }

  @Test
  void whoWaitsIsToldForWhomAndComesInWhenThatOneEnds() throws Exception {
    Process other = start();
    assertEquals(LockingProcess.WORKS + directory, other.inputReader().readLine());
    List<String> told = new ArrayList<>();
    LockWait wait =
        new LockWait(
            secondsByLook(),
            1_000,
            line -> {
              told.add(line);
              other.destroyForcibly();
            });
    RunDirectory.createOrResume(directory, wait).close();
    assertEquals(
        List.of(
            "waiting for process %s, which has %s, for at most 1000 s"
                .formatted(other.pid(), directory)),
        told);
  }

  @Test
  void nobodyWaitsForEver() throws Exception {
    Process other = start();
    assertEquals(LockingProcess.WORKS + directory, other.inputReader().readLine());
    LockWait wait = new LockWait(secondsByLook(), 4, line -> {});
    InvalidInputException refusal =
        assertThrows(
            InvalidInputException.class, () -> RunDirectory.createOrResume(directory, wait));
    assertEquals(inUse(other.pid()), refusal.getMessage());
  }

  @Test
  void aDirectoryThatItsHolderTookAwayIsMadeAgain() throws Exception {
    Path run = directory.resolve("new/run");
    RunDirectory first = RunDirectory.createOrResume(run, LockWait.none());
    LockWait wait = new LockWait(secondsByLook(), 1_000, line -> first.close());
    try (RunDirectory second = RunDirectory.createOrResume(run, wait)) {
      assertTrue(second.isHeld());
    }
    assertFalse(Files.exists(directory.resolve("new")));
  }

  /** A clock that goes on by a second whenever somebody looks. */
  private static RunClock secondsByLook() {
    AtomicLong nanoseconds = new AtomicLong();
    return new RunClock(InstantSource.system(), () -> nanoseconds.addAndGet(1_000_000_000));
  }

  private String inUse(long process) {
    return "run directory %s is in use by process %s; wait for it, or choose another directory"
        .formatted(directory, process);
  }

  private Process start() throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                LockingProcess.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    processes.add(process);
    return process;
  }
}
