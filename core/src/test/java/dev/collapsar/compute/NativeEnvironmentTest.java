package dev.collapsar.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import dev.collapsar.linalg.Blas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  /** How many pages a step's large blocks cost again, once they have been there. */
  public static final class Repeated {
    private static final int BLOCK = 30 << 20;
    private static final int BLOCKS = 5; // more than one heap of an arena holds

    public static void main(String[] args) throws IOException {
      NativeEnvironment.prepare();
      step();
      long before = faults();
      step();
      System.out.println(faults() - before);
    }

    private static void step() {
      NativeLibrary c = NativeLibrary.getProcess();
      Pointer[] blocks = new Pointer[BLOCKS];
      for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = c.getFunction("malloc").invokePointer(new Object[] {new NativeLong(BLOCK)});
        blocks[i].setMemory(0, BLOCK, (byte) 1);
      }
      for (Pointer block : blocks) {
        c.getFunction("free").invoke(new Object[] {block});
      }
    }

    /** Minor faults of this process, by proc(5). */
    private static long faults() throws IOException {
      String said = Files.readString(Path.of("/proc/self/stat"));
      return Long.parseLong(said.substring(said.lastIndexOf(')')).split(" ")[8]);
    }
  }

  @Test
  void inABareJvmABlockThatWasFreedCostsNoPagesAgain() throws Exception {
    long pages = Long.parseLong(run(Repeated.class, Map.of()).get(0));
    assertTrue(pages < Repeated.BLOCK / 4096, pages + " pages, more than a block's");
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
    return run(Asked.class, environment, when);
  }

  private static List<String> run(
      Class<?> program, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            System.getProperty("java.home") + "/bin/java",
            "-Xmx256m",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-Dslf4j.provider=org.slf4j.simple.SimpleServiceProvider",
            "-Dslf4j.internal.verbosity=ERROR",
            "-cp",
            System.getProperty("java.class.path"),
            program.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectErrorStream(true).environment().keySet().removeAll(NAMES);
    builder.environment().keySet().removeIf(name -> name.startsWith("MALLOC_"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    return out.lines().toList();
  }
}
