package dev.collapsar.cli;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The launcher's script in a checkout of nothing else, with a Maven that writes the time for a jar
 * and a Java that prints what it was started with.
 */
class LauncherTest {
  @TempDir Path checkout;

  private Path source;

  @BeforeEach
  void aCheckoutWithToolsOfItsOwn() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "the launcher is a shell script");
    Files.copy(Path.of("../collapsar"), checkout.resolve("collapsar"));
    script("collapsar", Files.readString(checkout.resolve("collapsar")));
    for (String folder : List.of("core", "learn", "cli/src", "bin", "jdk/bin")) {
      Files.createDirectories(checkout.resolve(folder));
    }
    Files.writeString(checkout.resolve("pom.xml"), "<project>\n  <version>7.8.9</version>\n");
    source = Files.writeString(checkout.resolve("cli/src/Source.java"), "");
    script(
        "bin/mvn",
        "#!/bin/sh\nmkdir -p cli/target core/target\n"
            + "date +%N >cli/target/collapsar-cli-7.8.9.jar\n"
            + "cp cli/target/*.jar core/target/core.jar\n"
            + "echo \"$PWD/core/target/core.jar:/else/where.jar\" >cli/target/class-path\n");
    script("jdk/bin/javac", "#!/bin/sh\n");
    script("jdk/bin/java", "#!/bin/sh\necho \"$@\"\necho \"LC_ALL=$LC_ALL\"\n");
    Files.writeString(checkout.resolve("jdk/release"), "JAVA_VERSION=\"17.0.1\"\n");
  }

  @Test
  void aBenchmarkThatIsNotThereIsRefusedWithTheNamesOfThoseThatAre() throws Exception {
    Process process =
        new ProcessBuilder("/bin/sh", "../bench/run", "Nope").redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(2, process.waitFor());
    assertTrue(said.contains("named Nope") && said.contains("  GeometryRatios\n"), said);
  }

  @Test
  void aRebuildLeavesTheJarsOfABuildThatMayRun() throws Exception {
    Path first = folder(start(Map.of()));
    assertEquals(first, folder(start(Map.of())), "nothing changed");
    final String jar = Files.readString(first.resolve("core.jar"));
    Path second = folder(rebuilt());
    assertNotEquals(first, second);
    assertEquals(jar, Files.readString(first.resolve("core.jar")));
    assertNotEquals(jar, Files.readString(second.resolve("core.jar")));
  }

  @Test
  void anOldBuildGoesWhenNoProcessWasStartedFromIt() throws Exception {
    Path first = folder(start(Map.of()));
    Process running =
        new ProcessBuilder("/bin/sh", "-c", "read line", first.resolve("core.jar").toString())
            .start();
    try {
      Path second = folder(rebuilt());
      rebuilt();
      rebuilt();
      assertTrue(Files.exists(first.resolve("core.jar")), "a process was started from it");
      assertFalse(Files.exists(second));
    } finally {
      running.destroyForcibly().waitFor();
    }
    rebuilt();
    assertFalse(Files.exists(first));
  }

  @ParameterizedTest
  @CsvSource({"LC_ALL, POSIX", "LC_ALL, C", "LANG, xx_YY.UTF-8", "LANG, ''"})
  void whereThereIsNoUtf8LocaleOneIsSet(String variable, String value) throws Exception {
    String locale = last(start(Map.of(variable, value)));
    assertTrue(locale.matches("(?i)LC_ALL=.*utf-?8"), locale);
  }

  @Test
  void aUtf8LocaleIsLeftAsItIs() throws Exception {
    assertEquals("LC_ALL=C.UTF-8", last(start(Map.of("LC_ALL", "C.UTF-8"))));
    assertEquals("LC_ALL=", last(start(Map.of("LANG", "C.UTF-8"))));
  }

  /** What a path says is never run, split or taken for a pattern. */
  @ParameterizedTest
  @ValueSource(strings = {"it's", "a \"b\" c", "$(touch ran)", "`touch ran`", "*", "Ünïcode 漢字"})
  void aCheckoutMayLieAnywhere(String name) throws Exception {
    Path place = Files.createDirectory(checkout.resolve(name));
    for (String part : List.of("collapsar", "core", "learn", "cli", "bin", "jdk", "pom.xml")) {
      Files.move(checkout.resolve(part), place.resolve(part));
    }
    checkout = place;
    source = place.resolve("cli/src/Source.java");
    for (int i = 0; i < 2; i++) { // built, and as it is built
      String arguments = start(Map.of("LC_ALL", "C.UTF-8")).get(0);
      assertTrue(arguments.contains(" -cp " + place + "/.launcher/cli-"), arguments);
    }
    try (Stream<Path> all = Files.walk(place)) {
      assertTrue(all.noneMatch(file -> file.endsWith("ran")), "a path was run");
    }
  }

  @Test
  void aCheckoutBehindAColonIsRefused() throws Exception {
    Path place = Files.createDirectory(checkout.resolve("a:b"));
    Files.copy(checkout.resolve("collapsar"), place.resolve("collapsar"), COPY_ATTRIBUTES);
    Process process =
        new ProcessBuilder(place.resolve("collapsar").toString(), "list")
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(2, process.waitFor());
    assertTrue(said.contains("Java's class path cannot hold a colon"), said);
  }

  private List<String> rebuilt() throws Exception {
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(1)));
    List<String> said = start(Map.of());
    Files.setLastModifiedTime(source, FileTime.from(Instant.EPOCH));
    return said;
  }

  /** Starts it with these variables and none of the locale's besides; what Java was given. */
  private List<String> start(Map<String, String> variables) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(checkout.resolve("collapsar").toString(), "list")
            .redirectError(checkout.resolve("errors").toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    builder.environment().put("COLLAPSAR_JAVA_HOME", checkout.resolve("jdk").toString());
    builder.environment().merge("PATH", "", (path, none) -> checkout.resolve("bin") + ":" + path);
    builder.environment().putAll(variables);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(1, TimeUnit.MINUTES));
    assertEquals(0, process.exitValue(), Files.readString(checkout.resolve("errors")));
    return out.lines().toList();
  }

  /** Where the first jar of the class path lies. */
  private static Path folder(List<String> said) {
    String arguments = said.get(0);
    String jars = arguments.substring(arguments.indexOf("-cp ") + 4).split(" ")[0];
    assertTrue(jars.endsWith(":/else/where.jar"), jars);
    return Path.of(jars.split(":")[0]).getParent();
  }

  private static String last(List<String> said) {
    return said.get(said.size() - 1);
  }

  private void script(String name, String text) throws IOException {
    Path file = Files.writeString(checkout.resolve(name), text);
    assertTrue(file.toFile().setExecutable(true));
  }
}
