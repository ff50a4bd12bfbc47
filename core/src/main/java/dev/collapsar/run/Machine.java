package dev.collapsar.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;

/** The machine that this process runs on, for a record's environment. */
public final class Machine {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private Machine() {}

  /**
   * Describes this process.
   *
   * @param threads the budget that the native libraries were given
   * @param device {@code cpu} or the accelerator's name
   * @param natives versions and choices of native libraries by name, which only their users know
   */
  public static RunRecord.Environment describe(
      int threads, String device, Map<String, String> natives) {
    return new RunRecord.Environment(
        collapsar(),
        property("java.vendor") + " " + property("java.runtime.version"),
        property("os.name") + " " + property("os.version") + " " + property("os.arch"),
        cpu() + ", " + Runtime.getRuntime().availableProcessors() + " processors",
        threads,
        device,
        natives);
  }

  /** The version that was built, with its commit where the build knew it. */
  public static String collapsar() {
    Properties build = new Properties();
    try (InputStream in = Machine.class.getResourceAsStream("build.properties")) {
      build.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String commit = build.getProperty("commit");
    return build.getProperty("version") + (commit.isBlank() ? "" : " (" + commit + ")");
  }

  private static String cpu() {
    // Linux alone names the processor in a file; elsewhere the architecture has to do.
    if (Files.isReadable(CPU_INFO)) {
      try (Stream<String> lines = Files.lines(CPU_INFO)) {
        return lines
            .filter(line -> line.startsWith("model name"))
            .findFirst()
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .orElse(property("os.arch"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return property("os.arch");
  }

  private static String property(String name) {
    return System.getProperty(name);
  }
}
