package dev.collapsar.learn.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.learn.run.Recipe;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.run.RunClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills every recipe at random moments, resumes it, and compares its numbers with those of one go:
 * {@code mvn -pl learn -am test -Dtest=RandomKills -Dsurefire.failIfNoSpecifiedTests=false
 * -Dkills=300}. Not among the tests of every build, which its name keeps it from.
 */
class RandomKills {
  private static final int KILLS = Integer.getInteger("kills", 300);
  private static final long SEED = Long.getLong("kills.seed", 16);

  @TempDir private Path directory;

  @Test
  void aRecipeThatIsKilledAtRandomMomentsEndsWithTheSameBytes() throws Exception {
    Random chance = new Random(SEED);
    List<Recipe> recipes = Recipes.all();
    for (int i = 0; i < recipes.size(); i++) {
      String name = recipes.get(i).name();
      // The first ones have what is left over.
      int kills = KILLS / recipes.size() + (i < KILLS % recipes.size() ? 1 : 0);
      Path whole = Files.createDirectory(directory.resolve(name + "-whole"));
      long begun = System.nanoTime();
      assertEquals(0, start(name, whole).waitFor());
      long nanos = System.nanoTime() - begun;
      String expected = Files.readString(whole.resolve("metrics.csv"));
      System.out.printf("%-18s %s%n", name, killed(name, kills, nanos, expected, chance));
    }
  }

  /** How often it was killed, and how many runs ended as in one go meanwhile. */
  private String killed(String name, int kills, long nanos, String expected, Random chance)
      throws Exception {
    int done = 0;
    int ended = 0;
    Path out = Files.createDirectory(directory.resolve(name + "-0"));
    while (done < kills) {
      Process process = start(name, out);
      if (process.waitFor((long) (chance.nextDouble() * nanos), TimeUnit.NANOSECONDS)) {
        assertSame(expected, out, process);
        out = Files.createDirectory(directory.resolve(name + "-" + ++ended));
      } else {
        process.destroyForcibly().waitFor();
        done++;
      }
    }
    Process last = start(name, out);
    last.waitFor();
    assertSame(expected, out, last);
    return "%s kills, %s runs ended with the bytes of one go".formatted(done, ended + 1);
  }

  private static void assertSame(String expected, Path out, Process ended) throws IOException {
    assertEquals(0, ended.exitValue(), out.toString());
    assertEquals(expected, Files.readString(out.resolve("metrics.csv")), out.toString());
  }

  private static Process start(String recipe, Path out) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-Dorg.bytedeco.javacpp.platform.extension=",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            RandomKills.class.getName(),
            recipe,
            out.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Begins or goes on with a recipe in a directory. */
  public static void main(String[] arguments) {
    Recipe recipe = Recipes.named(arguments[0]);
    RunOptions options =
        new RunOptions(ResumeTest.tiny(recipe), Path.of(arguments[1]), null, 7, 1, "cpu", false);
    RunEngine.prepare(recipe, options.resuming(), new Watching(() -> {}), RunClock.system()).run();
    System.exit(0);
  }
}
