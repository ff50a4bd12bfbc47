package dev.collapsar.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Studies of runs as small as they can be. */
class StudyCommandTest {
  private static final String SETTINGS =
      "--set base.samples=100 --set base.epochs=1 --set adapt.samples=60 --set adapt.epochs=1"
          + " --set test.samples=60 --set null.draws=19 --threads 1";

  @TempDir private Path directory;
  private Path images;

  @BeforeEach
  void write() throws IOException {
    images = SmallImages.write(directory.resolve("pictures"));
  }

  private String[] study(Path out, String... more) {
    List<String> arguments = new ArrayList<>(List.of("run", "domain-shift"));
    arguments.addAll(List.of("--seeds", "1..2", "--sweep", "lora.rank=1,2"));
    arguments.addAll(List.of(SETTINGS.split(" ")));
    arguments.addAll(List.of("--set", "data=" + images, "--out", out.toString()));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  @Test
  void aStudyThatIsKilledGoesOnToTheSameBytes() throws Exception {
    Path whole = directory.resolve("whole");
    Session uninterrupted = Session.of(study(whole));
    assertEquals(0, uninterrupted.exitCode(), uninterrupted.err());
    assertFalse(Files.exists(whole.resolve("bases")), "the shared bases are kept");
    Path out = directory.resolve("out");

    try (ChildProcess child =
        new ChildProcess(List.of(), directory.resolve("stderr"), study(out))) {
      child.readUntil("[2/4] ");
    }
    Session resumed = Session.of("run", "--resume", "--out", out.toString());

    assertEquals(0, resumed.exitCode(), resumed.err());
    Map<String, String> bytes = numbers(whole);
    assertEquals(4 + 1, bytes.size());
    assertEquals(bytes, numbers(out));
  }

  @Test
  void aRunThatFailsEndsNeitherTheOthersNorTheStudyAndIsNamed() throws IOException {
    Path out = directory.resolve("out");
    assertEquals(0, Session.of(study(out)).exitCode());
    Map<String, String> before = numbers(out);
    String broken = "lora.rank=1,seed=2";
    delete(out.resolve(broken));
    delete(out.resolve("lora.rank=2,seed=2"));
    Files.writeString(out.resolve(broken), "a file where a directory should be");

    Session resumed = Session.of("run", "--resume", "--out", out.toString());

    assertEquals(2, resumed.exitCode(), resumed.out());
    String last = resumed.out().lines().reduce((one, other) -> other).orElseThrow();
    assertTrue(last.startsWith("failed: " + broken + ": "), resumed.out());
    assertTrue(last.endsWith("is a file; name a new or an empty directory"), last);
    Map<String, String> after = numbers(out);
    assertEquals(3 + 1, after.size());
    assertEquals(
        before.get("lora.rank=2,seed=2/metrics.csv"), after.get("lora.rank=2,seed=2/metrics.csv"));
    assertTrue(Files.readString(out.resolve("study.html")).contains("lacks the seed 2"));
  }

  @Test
  void everyRunOfAStudyHasItsFolderOfEventFilesWithTheNumbersOfASharedBase() throws IOException {
    Path events = directory.resolve("events");
    List<String> arguments = new ArrayList<>(List.of("run", "domain-shift", "--seeds", "1"));
    arguments.addAll(List.of("--sweep", "lora.rank=1,2"));
    arguments.addAll(List.of(SETTINGS.split(" ")));
    arguments.addAll(List.of("--set", "data=" + images, "--tensorboard", events.toString()));
    arguments.addAll(List.of("--out", directory.resolve("out").toString()));

    Session made = Session.of(arguments.toArray(String[]::new));

    assertEquals(0, made.exitCode(), made.err());
    for (String run : List.of("lora.rank=1,seed=1", "lora.rank=2,seed=1")) {
      try (Stream<Path> ofBase = Files.list(events.resolve(run).resolve("base"))) {
        String file = Files.readString(ofBase.findFirst().orElseThrow(), ISO_8859_1);
        assertTrue(file.contains("learning/accuracy_test"), run);
      }
    }
  }

  @Test
  void severalAtATimeAndTheirCommandsElsewhereMakeTheSameNumbers() throws IOException {
    Path one = directory.resolve("one");
    assertEquals(0, Session.of(study(one)).exitCode());
    Path two = directory.resolve("two");
    Session printed = Session.of(study(two, "--print-commands"));
    assertEquals(0, printed.exitCode(), printed.err());
    assertFalse(Files.exists(two));
    List<String> lines = printed.out().lines().toList();
    assertEquals(4, lines.size(), printed.out());

    Path elsewhere = directory.resolve("elsewhere");
    for (int i = 0; i < lines.size(); i++) {
      List<String> words = new ArrayList<>(List.of(lines.get(i).split(" ")));
      assertEquals("collapsar", words.remove(0));
      words.set(words.indexOf("--out") + 1, elsewhere.resolve("job-" + i).toString());
      Session made = Session.of(words.toArray(String[]::new));
      assertEquals(0, made.exitCode(), made.err());
    }
    Session read = Session.of("study", elsewhere.toString());
    assertEquals(0, read.exitCode(), read.err());
    assertEquals(tidy(one), tidy(elsewhere));
  }

  @Test
  void theRunsOfAParentThatIsKilledEndWithIt() throws Exception {
    Path out = directory.resolve("out");
    RunDirectory run = RunDirectory.open(out.resolve("lora.rank=1,seed=1"));
    String[] arguments = study(out, "--jobs", "2", "--set", "base.epochs=10000");
    try (ChildProcess child = new ChildProcess(List.of(), directory.resolve("stderr"), arguments)) {
      child.readUntil("domain-shift");
      await(() -> run.hasRecord() && run.isHeld() && child.runs() == 2, child);
    }
    assertFalse(run.isHeld(), "it goes on");
    assertEquals(RunRecord.Status.INTERRUPTED, run.record().status());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whoInterruptsAStudyIsToldHowItGoesOn() throws Exception {
    Path out = directory.resolve("out");
    String[] arguments = study(out, "--set", "base.epochs=10000");
    List<String> interruptible = List.of("/usr/bin/env", "--default-signal=INT");
    try (ChildProcess child =
        new ChildProcess(interruptible, directory.resolve("stderr"), arguments)) {
      child.readUntil("base      epoch 1");
      new ProcessBuilder("/bin/kill", "-INT", Long.toString(child.pid())).start().waitFor();
      assertEquals(130, child.exit(), child.err());
      assertTrue(
          child.said().contains("stopped; to go on: collapsar run --resume --out " + out),
          child.said().toString());
    }
  }

  private void await(BooleanSupplier condition, ChildProcess child) throws Exception {
    for (int i = 0; i < 1_200 && !condition.getAsBoolean(); i++) {
      Thread.sleep(50);
    }
    assertTrue(condition.getAsBoolean(), child.err());
  }

  /** What study.csv says but for the names of runs. */
  private static List<String> tidy(Path study) throws IOException {
    try (Stream<String> lines = Files.lines(study.resolve("study.csv"))) {
      return lines.map(line -> line.replaceFirst("^(\"[^\"]*\"|[^,]*),", "")).sorted().toList();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--seeds 1,2,1 | --seeds 1,2,1: has 1 twice",
        "--seeds 1..3 --sweep lora.rnak=1,2 | --sweep lora.rnak: there is no such setting; nearest:"
            + " lora.rank",
        "--seeds 1..3 --sweep lora.rank=0,2 | --sweep lora.rank=0: must be whole numbers",
        "--seeds 1..3 --sweep lora.rank=1,1 | --sweep lora.rank=1,1: has a value twice",
        "--seeds 1..3 --sweep seed=1,2 | --sweep seed: a study is of one data set, and seeds are"
            + " --seeds",
        "--seeds 1..3 --sweep data=a,b | --sweep data: a study is of one data set",
        "--seeds 1..3 --control nobody | control nobody: there is no such variant; variants: base",
        "--seeds 1..3 --sweep lora.rank=1,2 --control lora.rank=4 | control lora.rank=4:"
            + " there is no"
            + " such variant or value of an axis",
        "--seeds 1..3 --jobs 0 | --jobs 0: must be a whole number in 1..256",
        "--seeds 1..3 --mlflow 127.0.0.1:9 | --mlflow 127.0.0.1:9: must be the http or"
            + " https address",
        "--control head | --control: is of a study; ask for one by --seeds",
      })
  void whatIsNoStudyIsRefusedInOneLineBeforeTheFirstRun(String arguments, String expected) {
    Path out = directory.resolve("out");
    List<String> all = new ArrayList<>(List.of("run", "domain-shift"));
    all.addAll(List.of(arguments.split(" ")));
    all.addAll(List.of("--out", out.toString()));
    Session session = Session.of(all.toArray(String[]::new));
    assertEquals(2, session.exitCode(), session.out());
    assertEquals(1, session.err().lines().count(), session.err());
    assertTrue(session.err().startsWith("collapsar: " + expected), session.err());
    assertFalse(Files.exists(out));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nc1_pniv | lora-r1 | {lora.rank: 1} | , metric nc1_pniv: no recipe records such a number;"
            + " nearest: nc1_pinv, nc1_",
        "nc1_piv_corrected | lora-r1 | {} | , metric nc1_piv_corrected: no recipe records such a"
            + " number; nearest: nc1_pinv_corrected, ",
        "nc1_pinv_corected | lora-r1 | {} | , metric nc1_pinv_corected: no recipe records such",
        "nc1_pinv | lora-r9 | {} | , of lora-r9: there is no such variant or value of an axis;",
        "nc1_pinv | lora-r1 | {lora.rank: 3} | , where lora.rank=3: no run has this value; values:"
            + " 1|2",
        "nc1_pinv | lora-r1 | {lora.rnak: 1} | , where lora.rnak: no axis has this key; axes:"
            + " lora.rank",
        "nc1_pinv | lora-r1 | {lora.rank: 2} | : no run has a variant lora-r1 with lora.rank=2",
      })
  void aHypothesisThatNoRunWouldAnswerIsRefusedBeforeTheFirstRun(
      String metric, String variant, String where, String expected) throws IOException {
    Path file = hypothesis(metric, variant, where);
    Path out = directory.resolve("out");
    for (String option : List.of("--dry-run", "--jobs=1")) {
      Session session = Session.of("run", file.toString(), option, "--out", out.toString());
      assertEquals(2, session.exitCode(), session.out());
      assertEquals(1, session.err().lines().count(), session.err());
      String line = "collapsar: hypothesis 'It falls'" + expected;
      assertTrue(session.err().startsWith(line), session.err());
      assertFalse(Files.exists(out));
    }
  }

  @Test
  void differencesThatAreToBeUnchangedNeedAMarginOfTheirOwn() throws IOException {
    Path file = hypothesis("accuracy_test", "lora-r1", "{}");
    String unchanged = Files.readString(file).replace("different", "unchanged");
    Files.writeString(file, unchanged);
    Session session = Session.of("run", file.toString(), "--dry-run");
    assertEquals(2, session.exitCode(), session.out());
    assertEquals(
        "collapsar: hypothesis 'It falls': accuracy_test is compared by differences, so that"
            + " 'unchanged' needs a margin of its own\n",
        session.err());
    Files.writeString(file, unchanged.replace("against: start", "against: start, margin: 0.02"));
    assertEquals(0, Session.of("run", file.toString(), "--dry-run").exitCode());
  }

  @Test
  void whatHasNoChanceIsNotHeldAgainstIt() throws IOException {
    for (String metric : List.of("accuracy_shifted", "nc1_pinv")) {
      Path file = hypothesis(metric, "lora-r1", "{}");
      String against = Files.readString(file).replace("against: start", "against: chance");
      Files.writeString(file, against);
      Session session = Session.of("run", file.toString(), "--dry-run");
      assertEquals(metric.equals("nc1_pinv") ? 0 : 2, session.exitCode(), session.err());
      assertTrue(
          session.exitCode() == 0
              || session.err().contains("against chance: no recipe draws a null of accuracy_shi"),
          session.err());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nc1_pinv | lora-r1 | {lora.rank: 1}",
        "nc1_pinv_null_mean | base | {}",
        "feedback_cos_l2_p | lora-r2 | {lora.rank: 2}",
        "align_span_energy_from_start_standing | base | {lora.rank: 2}",
      })
  void aHypothesisThatARunMayAnswerIsTaken(String metric, String variant, String where)
      throws IOException {
    Session session = Session.of("run", hypothesis(metric, variant, where).toString(), "--dry-run");
    assertEquals(0, session.exitCode(), session.err());
  }

  private Path hypothesis(String metric, String variant, String where) throws IOException {
    return Files.writeString(
        directory.resolve("study.yaml"),
        """
        study: Does it fall?
        recipe: domain-shift
        seeds: 1..2
        threads: 1
        settings: {data: '%s'}
        sweep: {lora.rank: [1, 2]}
        hypotheses:
          - {title: It falls, claim: different, metric: %s, of: %s, where: %s, against: start}
        """
            .formatted(images, metric, variant, where));
  }

  /** The numbers of every run and of the study, by path below it. */
  private static Map<String, String> numbers(Path study) throws IOException {
    Map<String, String> numbers = new TreeMap<>();
    try (Stream<Path> all = Files.walk(study)) {
      for (Path file : all.toList()) {
        if (file.endsWith("metrics.csv") || file.endsWith("study.csv")) {
          numbers.put(study.relativize(file).toString(), Files.readString(file));
        }
      }
    }
    return numbers;
  }

  private static void delete(Path run) throws IOException {
    try (Stream<Path> all = Files.walk(run)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
