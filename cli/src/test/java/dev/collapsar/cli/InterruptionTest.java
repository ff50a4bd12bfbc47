package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.collapsar.data.NewFile;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C in a process of its own. */
class InterruptionTest {
  private static final String KILL = "/bin/kill";

  @TempDir private Path directory;
  private ChildProcess process;

  @BeforeEach
  void start() throws IOException {
    assumeTrue(Files.isExecutable(Path.of(KILL)), "there is no " + KILL + " to send signals with");
    assumeTrue(!ignoresInterrupts(), "started where Ctrl-C is ignored, as in the background");
    process =
        new ChildProcess(
            List.of(),
            directory.resolve("stderr"),
            "run",
            "domain-shift",
            "--out",
            out().toString());
  }

  @AfterEach
  void end() {
    if (process != null) {
      process.close();
    }
  }

  @Test
  void whileItTrainsLeavesARecordAndAReportOfWhatThereWas() throws Exception {
    process.readUntil("base      epoch 0");
    interrupt();

    assertEquals(130, process.exit());
    RunRecord record = RunDirectory.open(out()).record();
    assertEquals(Status.INTERRUPTED, record.status());
    assertEquals(16, record.measurements().size());
    assertTrue(Files.readString(out().resolve("report.html")).contains("</html>"));
    List<String> said = process.said();
    List<String> end = said.subList(said.size() - 3, said.size());
    assertEquals(
        List.of(
            "interrupted",
            out().resolve("report.html").toString(),
            "to go on: collapsar run --resume --out " + out()),
        end);
    assertEquals("", process.err());
  }

  @Test
  void whileItStartsLeavesAWholeRecordOrNothing() throws Exception {
    process.readUntil("domain-shift  seed 42");
    interrupt();

    assertEquals(130, process.exit());
    if (Files.exists(out())) {
      assertEquals(Status.INTERRUPTED, RunDirectory.open(out()).record().status());
      assertTrue(Files.exists(out().resolve("report.html")));
      try (Stream<Path> left = Files.list(out())) {
        assertEquals(List.of(), left.filter(NewFile::isPartial).toList());
      }
    }
    assertEquals("", process.err());
  }

  /** Whether children inherit that SIGINT, the second signal, is ignored; asked of Linux. */
  private static boolean ignoresInterrupts() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return false;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .anyMatch(line -> (Long.parseUnsignedLong(line.split("\\s+")[1], 16) & 2) != 0);
  }

  private Path out() {
    return directory.resolve("run");
  }

  private void interrupt() throws Exception {
    new ProcessBuilder(KILL, "-INT", Long.toString(process.pid())).start().waitFor();
  }
}
