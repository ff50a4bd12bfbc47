package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.command.ExitCodes;
import dev.collapsar.run.Machine;
import dev.collapsar.run.RecordDraft;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ReportAndDiffTest {
  @TempDir Path temporary;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void theReportOfARunStandsInItsDirectory() throws IOException {
    Path run = run("a", 42);
    assertEquals(ExitCodes.DONE, collapsar("report", run.toString()));
    assertEquals(run.resolve("report.html") + System.lineSeparator(), out.toString());
    assertTrue(Files.readString(run.resolve("report.html")).startsWith("<!DOCTYPE html>"));
  }

  @Test
  void severalRunsAreNamedByTheirDirectories() throws IOException {
    Path page = temporary.resolve("page.html");
    assertEquals(
        ExitCodes.DONE,
        collapsar(
            "report", run("a", 1).toString(), run("b", 2).toString(), "--out", page.toString()));
    assertTrue(Files.readString(page).contains("<title>a and b</title>"));
  }

  @Test
  void runsThatDifferInTheSeedAloneAreOneGroupUnlessEachIsAskedFor() throws IOException {
    Path page = temporary.resolve("page.html");
    String[] runs = {
      run("a", 1).toString(), run("b", 2).toString(), run("c", 3).toString(), "--out", page + ""
    };
    collapsar(prepend("report", runs));
    assertTrue(Files.readString(page).contains("There are 3 seeds"));
    assertTrue(Files.readString(page).contains("<title>a and b and c</title>"));

    collapsar(prepend("report", prepend("--each", runs)));
    assertTrue(Files.readString(page).contains("3 runs compared"));
  }

  @Test
  void runsThatDifferInMoreStandSideBySide() throws IOException {
    Path page = temporary.resolve("page.html");
    collapsar("report", run("a", 1) + "", run("b", 1) + "", "--out", page + "");
    assertTrue(Files.readString(page).contains("2 runs compared"));
  }

  private static String[] prepend(String first, String... others) {
    return Stream.concat(Stream.of(first), Stream.of(others)).toArray(String[]::new);
  }

  @Test
  void aDifferenceIsPrinted() {
    assertEquals(ExitCodes.DONE, collapsar("diff", run("a", 1).toString(), run("b", 2).toString()));
    assertTrue(out.toString().startsWith("recipe and settings\n  seed  1 -> 2\n"), out.toString());
  }

  @Test
  void groupsOfSeedsAreHeldAgainstEachOtherAndNeverAgainstARun() {
    Path run = run("one/a", 1);
    run("one/b", 2);
    run("two/a", 2);
    String one = temporary.resolve("one").toString();
    assertEquals(ExitCodes.YOUR_INPUT, collapsar("diff", one, run.toString()));
    assertTrue(err.toString().contains("is one run and"), err.toString());
    assertEquals(ExitCodes.YOUR_INPUT, collapsar("diff", one, temporary.resolve("two").toString()));
    assertTrue(err.toString().contains("the two have no variant"), err.toString());
  }

  @Test
  void whatIsNoRunIsTheUsersInputInOneLine() {
    for (String command : List.of("report", "diff")) {
      err.getBuffer().setLength(0);
      String nowhere = temporary.resolve("nowhere").toString();
      assertEquals(ExitCodes.YOUR_INPUT, collapsar(command, run(command, 1).toString(), nowhere));
      assertEquals(1, err.toString().lines().count(), err.toString());
      assertTrue(err.toString().contains(nowhere), err.toString());
    }
  }

  @Test
  void aReportIsNotWrittenWhereItCannotBe() {
    Path page = temporary.resolve("nowhere").resolve("page.html");
    assertEquals(
        ExitCodes.YOUR_INPUT, collapsar("report", run("a", 1).toString(), "--out", page + ""));
    assertEquals(1, err.toString().lines().count(), err.toString());
    assertTrue(err.toString().contains(page + ": cannot be written"), err.toString());
  }

  private int collapsar(String... arguments) {
    CommandLine command = Collapsar.commandLine();
    command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return command.execute(arguments);
  }

  private Path run(String name, long seed) {
    Path path = temporary.resolve(name);
    try (RunDirectory directory = RunDirectory.create(path)) {
      directory.write(
          RecordDraft.begun(
                  "domain-shift", "A run", Machine.describe(1, "cpu", Map.of()), Instant.EPOCH)
              .status(RunRecord.Status.COMPLETE)
              .finished(Instant.EPOCH)
              .seed(seed)
              .record());
    }
    return path;
  }
}
