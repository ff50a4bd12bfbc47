package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunCommandTest {
  private static final String[] TINY = {
    "--set", "base.samples=200",
    "--set", "base.epochs=1",
    "--set", "adapt.samples=100",
    "--set", "adapt.epochs=1",
    "--set", "test.samples=100"
  };

  @TempDir private Path directory;

  @Test
  void aRunEndsWithATableOfItsVariantsAndThePathOfItsReport() {
    Path out = directory.resolve("run");
    Session session = tiny("--out", out.toString(), "--set", "lora.rank=2,4", "--seed", "5");

    assertEquals(0, session.exitCode(), session.err());
    assertEquals("", session.err());
    List<String> lines = session.out().lines().toList();
    assertTrue(lines.get(0).matches("domain-shift  seed 5  \\d+ threads  to " + out), lines.get(0));
    assertEquals(10, lines.stream().filter(line -> line.contains(" epoch ")).count());
    assertTrue(
        lines.stream()
            .filter(line -> !line.contains(out.toString()))
            .allMatch(line -> line.length() <= 80),
        session.out());
    int heads =
        IntStream.range(0, lines.size())
            .filter(i -> lines.get(i).startsWith("variant"))
            .findFirst()
            .orElseThrow();
    List<String> table = lines.subList(heads, lines.size());
    assertTrue(table.get(0).matches("variant +trainable +accuracy_train .*"), table.get(0));
    assertTrue(table.get(1).matches("base +421,642 .*"), table.get(1));
    assertTrue(table.get(3).matches("head +1,290 .*"), table.get(3));
    assertTrue(table.get(5).matches("lora-r4 +13,608 .*"), table.get(5));
    assertEquals(out.resolve("report.html").toString(), table.get(table.size() - 1));
    RunRecord record = RunDirectory.open(out).record();
    assertEquals(Status.COMPLETE, record.status());
    assertEquals(5, record.seed());
  }

  @Test
  void aRecipeFileGivesTheSameNumbersAndTheCommandLineOverridesIt() throws IOException {
    Path first = directory.resolve("first");
    Path again = directory.resolve("again");
    Path other = directory.resolve("other");
    tiny("--out", first.toString(), "--seed", "-9");
    String file = first.resolve("recipe.yaml").toString();

    assertEquals(0, Session.of("run", file, "--out", again.toString()).exitCode());
    assertEquals(
        0,
        Session.of("run", file, "--out", other.toString(), "--set", "adapt.epochs=0", "--seed", "1")
            .exitCode());

    assertEquals(-1, Files.mismatch(first.resolve("metrics.csv"), again.resolve("metrics.csv")));
    RunRecord overridden = RunDirectory.open(other).record();
    assertEquals(1, overridden.seed());
    assertEquals(0, overridden.settings().get("adapt.epochs"));
    assertEquals(200, overridden.settings().get("base.samples"));
  }

  @Test
  void aDryRunShowsEverySettingWithItsMeaningAndMakesNothing() {
    Path out = directory.resolve("dry");
    Session session =
        Session.of(
            "run",
            "domain-shift",
            "--dry-run",
            "--quick",
            "--set",
            "lora.rank=2,4",
            "--out",
            out.toString());
    assertEquals(0, session.exitCode());
    List<String> lines = session.out().lines().map(String::strip).toList();
    assertTrue(lines.get(0).startsWith("domain-shift: Full, head-only"), lines.get(0));
    int rank =
        lines.indexOf(
            "--set lora.rank=2,4 "
                + " ".repeat(14)
                + "rank of the updates; several make a variant");
    assertTrue(rank > 0, session.out());
    assertEquals(
        "each (whole numbers of at least 1, all different, separated by commas)",
        String.join(" ", lines.subList(rank + 1, rank + 3)));
    assertTrue(
        session.out().lines().filter(l -> l.startsWith("  ")).allMatch(l -> l.length() <= 80));
    assertTrue(lines.stream().anyMatch(l -> l.startsWith("--set base.samples=4000 ")), "--quick");
    assertEquals("would write " + out, lines.get(lines.size() - 1));
    assertFalse(Files.exists(out));
  }

  @Test
  void aRunIsResumedByItsDirectoryAloneAndACompleteOneStays() throws IOException {
    Path out = directory.resolve("run");
    assertEquals(0, tiny("--out", out.toString(), "--seed", "5", "--threads", "1").exitCode());
    String record = Files.readString(out.resolve("record.json"));

    Session again = Session.of("run", "--resume", "--out", out.toString());

    assertEquals(0, again.exitCode(), again.err());
    List<String> lines = again.out().lines().toList();
    assertEquals("domain-shift  seed 5  1 threads  to " + out, lines.get(0));
    assertEquals("this run is complete", lines.get(1));
    assertEquals(record, Files.readString(out.resolve("record.json")));
    assertRefused("--resume: needs --out DIR", "run", "domain-shift", "--resume");
    assertRefused("Missing required parameter: 'RECIPE'", "run");
    assertRefused(
        "--threads is 2, but the run in " + out + " began with 1; resume it with that,",
        "run",
        "--resume",
        "--threads",
        "2",
        "--out",
        out.toString());
    assertRefused(
        "--set lora.rank is 3, but the run in " + out + " began with 8; resume it with that,",
        "run",
        "--resume",
        "--set",
        "lora.rank=3",
        "--out",
        out.toString());
    assertRefused(
        "the recipe is digit-nine, but the run in " + out + " began with domain-shift;",
        "run",
        "digit-nine",
        "--resume",
        "--out",
        out.toString());
  }

  @Test
  void tensorBoardGetsAFolderAVariant() throws IOException {
    Path events = directory.resolve("events");
    Path out = directory.resolve("run");
    assertEquals(0, tiny("--out", out.toString(), "--tensorboard", events.toString()).exitCode());
    try (Stream<Path> folders = Files.list(events)) {
      assertEquals(
          List.of("base", "full", "head", "lora-r8"),
          folders
              .filter(Files::isDirectory)
              .map(path -> path.getFileName().toString())
              .sorted()
              .toList());
    }
  }

  @Test
  void theHelpTeachesByExample() {
    String help = Session.of("run", "--help").out();
    for (String line :
        List.of(
            "  collapsar run domain-shift --quick",
            "  collapsar run domain-shift --set lora.rank=2,4,8,16 --set adapt.epochs=10",
            "  collapsar run domain-shift --dry-run         every setting and its meaning",
            "  collapsar run runs/my-run/recipe.yaml        the same once more",
            "  collapsar run --resume --out runs/my-run     go on with a run that broke off")) {
      assertTrue(help.lines().anyMatch(line::equals), line);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "domain-shfit | unknown recipe domain-shfit; nearest: domain-shift",
        "domain-shift --set lora.rnak=8 | --set lora.rnak: there is no such setting; nearest:"
            + " lora.rank,",
        "domain-shift --set rank=8 | --set rank: there is no such setting; nearest: lora.rank,",
        "domain-shift --set lora.rank | --set lora.rank: must be key=value, such as adapt.epochs=1",
        "domain-shift --set =8 | --set =8: must be key=value, such as adapt.epochs=1",
        "domain-shift --set lora.rank=0 | --set lora.rank=0: must be whole numbers of at least 1,",
        "domain-shift --set lora.rank=99999 | lora.rank=99999: must be at most 3136, the longest"
            + " side of the layers of lora.targets=all-linear",
        "domain-shift --set lora.rank=many | --set lora.rank=many: must be whole numbers of at"
            + " least 1,",
        "domain-shift --set adapt.epochs=-1 | --set adapt.epochs=-1: must be a whole number in"
            + " 0..10000",
        "domain-shift --set adapt.epochs=1.5 | --set adapt.epochs=1.5: must be a whole number in"
            + " 0..10000",
        "domain-shift --set lora.alpha=0 | --set lora.alpha=0: must be a number above 0, at most"
            + " 1000000",
        "domain-shift --set shift.noise=x | --set shift.noise=x: must be a number in 0..10",
        "domain-shift --threads 0 | --threads 0: must be a whole number in 1..1024",
        "domain-shift --threads 2000 | --threads 2000: must be a whole number in 1..1024",
        "domain-shift --device foo | --device foo: must be cpu or cuda",
        "no-such.yaml | no-such.yaml: no such file",
        "./no-such | ./no-such: no such file"
      })
  void whatCannotBeRunIsRefusedInOneLineAndLeavesNothing(String arguments, String expected)
      throws IOException {
    List<String> all = new ArrayList<>(List.of("run"));
    all.addAll(List.of(arguments.split(" ")));
    all.addAll(List.of("--out", directory.resolve("out").toString()));
    assertRefused(expected, all.toArray(String[]::new));
    assertEquals(List.of(), left());
  }

  @Test
  void yamlThatIsNoneIsRefusedWithLineAndColumn() throws IOException {
    Path file = directory.resolve("broken.yaml");
    Files.writeString(file, "recipe: domain-shift\nlora: {rank: 8\n");
    assertRefused(file + " line 3 column 1: not YAML: ", "run", file.toString());
    Files.writeString(file, "recipe: domain-shift\nlora: {rank: 0}\n");
    assertRefused(
        file + " line 2 column 8 lora.rank=0: must be whole numbers", "run", file.toString());
    Path folder = Files.createDirectory(directory.resolve("folder.yaml"));
    assertRefused(folder + ": is a directory", "run", folder.toString());
  }

  @Test
  void dataThatAreNoneAreRefusedByFile() throws IOException {
    Path data = Files.createDirectory(directory.resolve("data"));
    Path images = data.resolve("train-images-idx3-ubyte");
    refuseData(data, "--data-dir " + data + " has no file train-images-idx3-ubyte or ");
    Files.write(images, new byte[] {0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 28, 0, 0, 0, 28, 1});
    Files.write(data.resolve("train-labels-idx1-ubyte"), new byte[] {0, 0, 8, 1, 0, 0, 0, 9});
    refuseData(data, images + ": truncated: header promises 7072 bytes, file holds 17");
    Files.writeString(images, "not IDX at all");
    refuseData(data, images + ": magic 0x6e6f7420, IDX images have 0x00000803");
    refuseData(images, "--data-dir " + images + " is not a directory");
  }

  private void refuseData(Path data, String expected) throws IOException {
    Path out = directory.resolve("runs/one");
    assertRefused(
        expected, "run", "domain-shift", "--data-dir", data.toString(), "--out", out.toString());
    assertFalse(Files.exists(out.getParent()), "something is left behind");
  }

  @Test
  void aDirectoryThatCannotBeTheRunsIsRefusedAndUntouched() throws IOException {
    Path full = Files.createDirectory(directory.resolve("full"));
    Path file = Files.writeString(full.resolve("mine.txt"), "mine");
    refuseOut(full, "run directory " + full + " is not empty; name a new or an empty directory");
    refuseOut(file, "run directory " + file + " is a file; name a new or an empty directory");
    Path below = file.resolve("a/b");
    refuseOut(below, "run directory " + below + " cannot be written: Not a directory");
    Path longName = directory.resolve("x".repeat(300));
    refuseOut(longName, "run directory " + longName + " cannot be written: File name too long");
    assertEquals("mine", Files.readString(file));
    assertEquals(List.of("full", "full/mine.txt"), left());
  }

  private void refuseOut(Path out, String expected) {
    Session session = tiny("--out", out.toString());
    assertEquals(2, session.exitCode());
    assertEquals("collapsar: " + expected, session.err().strip());
  }

  @Test
  void aDeviceThatThisMachineLacksIsRefused() throws IOException {
    Path out = directory.resolve("out");
    Session session = tiny("--device", "cuda", "--out", out.toString());
    assertEquals(2, session.exitCode());
    assertTrue(session.err().startsWith("collapsar: --device cuda: "), session.err());
    assertEquals(1, session.err().lines().count());
    assertEquals(List.of(), left());
  }

  private Session tiny(String... more) {
    List<String> arguments = new ArrayList<>(List.of("run", "domain-shift"));
    arguments.addAll(List.of(TINY));
    arguments.addAll(List.of(more));
    return Session.of(arguments.toArray(String[]::new));
  }

  private static void assertRefused(String expected, String... arguments) {
    Session session = Session.of(arguments);
    assertEquals(2, session.exitCode());
    assertEquals(1, session.err().lines().count(), session.err());
    assertTrue(session.err().startsWith("collapsar: " + expected), session.err());
  }

  private List<String> left() throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.skip(1).map(path -> directory.relativize(path).toString()).sorted().toList();
    }
  }
}
