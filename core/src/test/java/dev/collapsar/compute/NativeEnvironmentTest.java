package dev.collapsar.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.NativeLibrary;
import dev.collapsar.linalg.Blas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(value = OS.LINUX, disabledReason = "asks the C library by its Linux names")
class NativeEnvironmentTest {
  private static final List<String> NAMES = List.of("OMP_WAIT_POLICY", "OPENBLAS_THREAD_TIMEOUT");

  /** What the native libraries will read, once from outside and once as Java is told. */
  public static final class Asked {
    public static void main(String[] args) {
      if (args[0].equals("late")) {
        org.bytedeco.javacpp.Loader.load(org.bytedeco.openblas.global.openblas.class);
      }
      Blas.open(1).close();
      for (String name : NAMES) {
        System.out.println(
            NativeLibrary.getProcess()
                    .getFunction("getenv")
                    .invokeString(new Object[] {name}, false)
                + " "
                + NativeEnvironment.value(name).orElse("null"));
      }
    }
  }

  @Test
  void inABareJvmThreadsThatWaitSleep() throws Exception {
    assertEquals(List.of("passive passive", "4 4"), ask("early", Map.of()));
  }

  @Test
  void whatTheUserHasSetStands() throws Exception {
    assertEquals(
        List.of("active active", "4 4"), ask("early", Map.of("OMP_WAIT_POLICY", "active")));
  }

  @Test
  void whereOpenBlasWasLoadedBeforeTheLogSaysWhatItCosts() throws Exception {
    List<String> lines = ask("late", Map.of());
    assertTrue(
        lines.stream().anyMatch(line -> line.matches(".*WARN.*was loaded before Collapsar.*")),
        lines::toString);
    assertTrue(lines.containsAll(List.of("null null")), lines::toString);
  }

  private static List<String> ask(String when, Map<String, String> environment)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            System.getProperty("java.home") + "/bin/java",
            "-Xmx256m",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-Dslf4j.provider=org.slf4j.simple.SimpleServiceProvider",
            "-Dslf4j.internal.verbosity=ERROR",
            "-cp",
            System.getProperty("java.class.path"),
            Asked.class.getName(),
            when);
    builder.redirectErrorStream(true).environment().keySet().removeAll(NAMES);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    return out.lines().toList();
  }
}
