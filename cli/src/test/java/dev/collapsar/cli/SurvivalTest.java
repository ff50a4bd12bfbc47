package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.collapsar.learn.recipe.Recipes;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord.Status;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs of a recipe whose directory or data are taken from them. */
class SurvivalTest {
  private static final String SETPRIV = "/usr/bin/setpriv";
  private static final String SEED = "5";
  private static final Map<String, String> TINY =
      Map.of(
          "base.samples", "200",
          "base.epochs", "3",
          "adapt.samples", "100",
          "adapt.epochs", "1",
          "test.samples", "100");

  @TempDir private Path directory;

  @AfterEach
  void letJUnitRemoveIt() throws IOException {
    permit(directory, "rwxr-xr-x");
  }

  @Test
  void aDirectoryThatBecomesReadOnlyEndsARunInOneLineAndTheCheckpointStays() throws Exception {
    List<String> user = user();
    Path whole = directory.resolve("whole");
    assertEquals(0, run(whole, TINY).exitCode());
    Path out = directory.resolve("run");

    ended(user, out, "base      epoch 1", arguments(out, TINY));
    Map<Path, ByteBuffer> left = content(out);
    assertTrue(
        left.containsKey(Path.of("checkpoints/pretrain/base/epoch-1.safetensors")),
        left.keySet()::toString);
    ended(user, out, null, "run", "--resume", "--out", out.toString());
    assertEquals(left, content(out));

    permit(out, "rwxr-xr-x");
    Session resumed = Session.of("run", "--resume", "--out", out.toString());
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertTrue(resumed.out().contains("base      goes on after epoch "), resumed.out());
    assertEquals(-1, Files.mismatch(whole.resolve("metrics.csv"), out.resolve("metrics.csv")));
  }

  @Test
  void aReadOnlyDirectoryIsRefusedInOneLineAndStaysEmpty() throws Exception {
    Path out = Files.createDirectory(directory.resolve("run"));
    List<String> user = user();
    permit(out, "r-xr-xr-x");
    ended(user, out, null, arguments(out, TINY));
    assertEquals(Map.of(), content(out));
  }

  /**
   * @param setting where the data lie; a folder may change without being gone, so that of an image
   *     only the set is known that it was in
   */
  @ParameterizedTest
  @CsvSource({
    "--data-dir, idx, train-labels-idx1-ubyte, --data-dir PLACE has no file FILE or FILE.gz",
    "data,       pictures.tar, '', 'PLACE: no such folder, .tar or .zip'",
    "data,       pictures, train/b/3.png, pictures/train: these are not the base-train images"
  })
  void aDataFileThatIsGoneIsNamedAndTheRunGoesOnWhenItIsBack(
      String setting, String name, String file, String expected) throws IOException {
    Path data = SmallImages.write(directory.resolve(name));
    Path gone = data.resolve(file);
    Map<String, String> settings = new TreeMap<>(TINY);
    String[] place = {};
    if (setting.equals("data")) {
      settings.put("data", data.toString());
    } else {
      place = new String[] {setting, data.toString()};
    }
    Path whole = directory.resolve("whole");
    Session uninterrupted = run(whole, settings, place);
    assertEquals(0, uninterrupted.exitCode(), uninterrupted.err());
    Path out = directory.resolve("run");
    breakOff(out, settings, place.length == 0 ? null : data);
    Map<Path, ByteBuffer> left = content(out);

    Path aside = directory.resolve("aside");
    Files.move(gone, aside);
    String[] resume = concat(new String[] {"run", "--resume", "--out", out.toString()}, place);
    Session refused = Session.of(resume);
    assertEquals(2, refused.exitCode());
    assertEquals(1, refused.err().lines().count(), refused.err());
    String line = "collapsar: " + expected.replace("PLACE", data.toString()).replace("FILE", file);
    assertTrue(refused.err().startsWith(line), refused.err());
    assertEquals(left, content(out));

    Files.move(aside, gone);
    Session resumed = Session.of(resume);
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertTrue(resumed.out().contains("base      goes on after epoch 1\n"), resumed.out());
    assertEquals(-1, Files.mismatch(whole.resolve("metrics.csv"), out.resolve("metrics.csv")));
  }

  /**
   * Starts the command as a user and makes the run's directory read-only when it says this, or
   * before it starts; it must end in one line about it.
   */
  private void ended(List<String> user, Path out, String when, String... arguments)
      throws Exception {
    if (when == null) {
      permit(out, "r-xr-xr-x");
    }
    try (ChildProcess child = new ChildProcess(user, directory.resolve("stderr"), arguments)) {
      if (when != null) {
        child.readUntil(when);
        Files.setPosixFilePermissions(out, PosixFilePermissions.fromString("r-xr-xr-x"));
      }
      assertEquals(2, child.exit(), child.err());
      String said = child.err();
      assertEquals(1, said.lines().count(), said);
      assertTrue(said.startsWith("collapsar: ") && said.contains(out.toString()), said);
      assertTrue(said.endsWith(" cannot be written: Permission denied\n"), said);
    }
  }

  /**
   * What a command is started with so that permissions hold for it: nothing, unless the tests run
   * as root, which they do not hold for.
   */
  private List<String> user() throws Exception {
    Path readOnly = Files.createDirectory(directory.resolve("read-only"));
    permit(readOnly, "r-xr-xr-x");
    if (!Files.isWritable(readOnly)) {
      return List.of();
    }
    assumeTrue(
        Files.isExecutable(Path.of(SETPRIV)),
        "run as root, and there is no " + SETPRIV + " to give its rights up with");
    // It stays the owner of its files, among them the class path, and loses its power over others.
    List<String> user = List.of(SETPRIV, "--inh-caps=-all", "--bounding-set=-all");
    List<String> probe = new ArrayList<>(user);
    String script = "[ ! -w \"$1\" ] || exit 1; shift; for f; do [ -r \"$f\" ] || exit 1; done";
    probe.addAll(List.of("/bin/sh", "-c", script, "-", readOnly.toString()));
    Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> Files.exists(Path.of(entry)))
        .forEach(probe::add);
    assumeTrue(
        new ProcessBuilder(probe).start().waitFor() == 0,
        "run as root, which cannot give its rights up here, or not read the class path then");
    return user;
  }

  private static void permit(Path root, String permissions) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.filter(Files::isDirectory).toList()) {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
      }
    }
  }

  /** Every file of a run but its lock, with its bytes. */
  private static Map<Path, ByteBuffer> content(Path out) throws IOException {
    Map<Path, ByteBuffer> content = new TreeMap<>();
    try (Stream<Path> all = Files.walk(out)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        if (!file.endsWith(".lock")) {
          content.put(out.relativize(file), ByteBuffer.wrap(Files.readAllBytes(file)));
        }
      }
    }
    return content;
  }

  private static Session run(Path out, Map<String, String> settings, String... more) {
    return Session.of(concat(arguments(out, settings), more));
  }

  private static String[] arguments(Path out, Map<String, String> settings) {
    List<String> arguments = new ArrayList<>(List.of("run", "domain-shift", "--threads", "1"));
    arguments.addAll(List.of("--seed", SEED, "--out", out.toString()));
    settings.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
    return arguments.toArray(String[]::new);
  }

  private static String[] concat(String[] first, String[] second) {
    return Stream.of(first, second).flatMap(Stream::of).toArray(String[]::new);
  }

  /** Runs until the second epoch begins. */
  private static void breakOff(Path out, Map<String, String> settings, Path dataDir) {
    Map<String, SettingText> chosen = new TreeMap<>();
    settings.forEach((key, value) -> chosen.put(key, new SettingText(value, "--set")));
    Stopping stopping = new Stopping("base epoch 2/");
    stopping.experiment =
        RunEngine.prepare(
            Recipes.named("domain-shift"),
            new RunOptions(chosen, out, dataDir, Long.parseLong(SEED), 1, "cpu", false),
            stopping,
            RunClock.system());
    assertEquals(Status.INTERRUPTED, stopping.experiment.run().status());
  }

  /** Stops a run as a task begins. */
  private static final class Stopping implements Progress {
    private final String last;
    private RunEngine experiment;

    Stopping(String last) {
      this.last = last;
    }

    @Override
    public void say(String line) {}

    @Override
    public Bar bar(String task, long total) {
      if (task.startsWith(last)) {
        experiment.stop();
      }
      return new Bar() {
        @Override
        public void advance(long steps, String news) {}

        @Override
        public void close() {}
      };
    }
  }
}
