package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Other people's programs, as processes: Python scripts of {@code interop/} in an environment that
 * {@code interop/environment} made. Where there is none, the tests skip with that reason.
 */
final class Interop {
  /** Of what their programs make afresh; {@code -Dinterop.seed=N} makes others. */
  static final long SEED = Long.getLong("interop.seed", 1);

  private static final String VARIABLE = "COLLAPSAR_INTEROP";
  private static final int MINUTES = 3;

  private Interop() {}

  /** The interpreter of one of the environments, {@code main} or {@code mlflow}. */
  static Path python(String environment) {
    String place = System.getenv(VARIABLE);
    assumeTrue(
        place != null && !place.isBlank(),
        "no environment of other people's programs: set "
            + VARIABLE
            + " to what interop/environment prints");
    Path python = Path.of(place, environment, "bin", "python");
    assumeTrue(Files.isExecutable(python), python + " is not there");
    return python;
  }

  /** Runs a script to its end and returns what it printed; it says itself what is wrong. */
  static String run(String environment, String script, Object... arguments) throws Exception {
    Path said = Files.createTempFile("interop", ".txt");
    try {
      Process process = start(environment, said, script, arguments);
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
      }
      String text = Files.readString(said);
      assertEquals(0, process.waitFor(), script + ": " + text);
      return text;
    } finally {
      Files.delete(said);
    }
  }

  /** Starts a script; what it prints goes to a file. */
  static Process start(String environment, Path said, String script, Object... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(python(environment).toString());
    command.add(Path.of("../interop", script).toAbsolutePath().normalize().toString());
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    // Nothing is asked of the network, and two cores are all there may be.
    builder.environment().put("HF_HUB_OFFLINE", "1");
    builder.environment().put("OMP_NUM_THREADS", "2");
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    return builder.redirectOutput(said.toFile()).start();
  }
}
