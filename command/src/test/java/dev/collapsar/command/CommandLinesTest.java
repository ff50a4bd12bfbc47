package dev.collapsar.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.NativeEnvironment;
import dev.collapsar.metric.CollapseOptions.Averaging;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.InvalidPathException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

class CommandLinesTest {
  @Command(name = "shared")
  private static final class Shared implements Callable<Integer> {
    @Option(names = "--average")
    private Averaging averaging;

    @Option(names = "--rows")
    private int rows;

    @Option(names = "--refuse")
    private boolean refuse;

    @Option(names = "--print")
    private boolean print;

    @Option(names = "--note")
    private boolean note;

    @Option(names = "--denied")
    private boolean denied;

    @Option(names = "--unnamed")
    private boolean unnamed;

    @Option(names = "--full")
    private boolean full;

    @Option(names = "--unlinked")
    private boolean unlinked;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      if (print) {
        spec.commandLine().getOut().println(HOSTILE);
      }
      if (note) {
        spec.commandLine().getErr().println(HOSTILE);
        spec.commandLine().getErr().println("n".repeat(1 << 20));
        spec.commandLine().getErr().println("more");
      }
      if (denied) {
        throw new IllegalStateException(
            new RuntimeException(
                "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate"
                    + " 34359738368 bytes. Error code 12\nframe #0: c10"));
      }
      if (unnamed) {
        throw new InvalidPathException("B?r", "unmappable characters");
      }
      if (full) {
        throw new OutOfMemoryError("Java heap space");
      }
      if (unlinked) {
        throw new ExceptionInInitializerError(new UnsatisfiedLinkError("no jnix in path"));
      }
      if (refuse) {
        throw new InvalidInputException("a file\nof two lines");
      }
      return ExitCodes.DONE;
    }
  }

  private static final String HOSTILE = "a\u001b[31mb\u202ec\u0000\td";
  private static final String HARMLESS = "a\\u001b[31mb\\u202ec\\u0000\td";

  private final Shared shared = new Shared();
  private final StringWriter err = new StringWriter();

  private int execute(String... arguments) {
    CommandLine line = CommandLines.of(shared);
    return line.setErr(new PrintWriter(err, true)).execute(arguments);
  }

  @Test
  void anOptionTakesTheWordsOfItsEnumeration() {
    assertEquals(ExitCodes.DONE, execute("--average", "classes"));
    assertSame(Averaging.CLASSES, shared.averaging);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--rows two | collapsar: Invalid value for option '--rows': 'two' is no whole number",
        "--average x | collapsar: Invalid value for option '--average'",
        "--averag x | collapsar: unknown option --averag; nearest: --average",
        "more | collapsar: unexpected argument more (see 'shared --help')",
        "--refuse | collapsar: a file of two lines"
      })
  void whatTheUserGotWrongIsOneLineAndExitCodeTwo(String arguments, String line) {
    assertEquals(ExitCodes.YOUR_INPUT, execute(arguments.split(" ")));
    assertTrue(err.toString().startsWith(line), err.toString());
    assertEquals(1, err.toString().lines().count());
  }

  @Test
  void whatATerminalWouldObeyIsSpelledOut() {
    StringWriter out = new StringWriter();
    CommandLine line = CommandLines.of(shared).setOut(new PrintWriter(out, true));
    assertEquals(ExitCodes.DONE, line.execute("--print"));
    assertEquals(HARMLESS + System.lineSeparator(), out.toString());
  }

  @Test
  void notesOnStderrAreSpelledOutTooAndTheirLinesEnd() {
    assertEquals(ExitCodes.DONE, execute("--note"));
    assertEquals(
        List.of(HARMLESS, "n".repeat(2000) + "...", "more"), err.toString().lines().toList());
  }

  @Test
  void aFullDiskBehindStdoutIsOneLineAndOurFault() {
    CommandLine line = CommandLines.of(shared).setErr(new PrintWriter(err, true));
    assertEquals(
        ExitCodes.OUR_FAULT, line.setOut(failing("No space left on device")).execute("--print"));
    assertEquals(
        "collapsar: stdout cannot be written: No space left on device", err.toString().strip());
  }

  @Test
  void aReaderThatWentAwayEndsTheCommandWithoutAWord() {
    CommandLine line = CommandLines.of(shared).setErr(new PrintWriter(err, true));
    assertEquals(ExitCodes.OUR_FAULT, line.setOut(failing("Broken pipe")).execute("--print"));
    assertEquals("", err.toString());
  }

  @Test
  void aNativeLibraryThatDoesNotLoadIsOneLineWithTheRemedy() {
    CommandLine line = CommandLines.of(shared).setErr(new PrintWriter(err, true));
    assertEquals(ExitCodes.OUR_FAULT, line.execute("--unlinked"));
    assertTrue(
        err.toString().startsWith("collapsar: a native library does not load: no jnix in path;"));
    assertTrue(err.toString().contains("cachedir"));
    assertEquals(1, err.toString().lines().count());
  }

  @Test
  void memoryThatIsNotToBeHadIsOneLine() {
    CommandLine line = CommandLines.of(shared).setErr(new PrintWriter(err, true));
    assertEquals(ExitCodes.YOUR_INPUT, line.execute("--denied"));
    assertEquals(
        "collapsar: this machine does not give the 32768 MB of memory that a tensor takes; smaller"
            + " images, batches or networks take less",
        err.toString().strip());
    err.getBuffer().setLength(0);
    assertEquals(ExitCodes.OUR_FAULT, line.execute("--full"));
    assertTrue(err.toString().startsWith("collapsar: the memory of this JVM is full"));
    assertEquals(1, err.toString().lines().count());
  }

  @Test
  void aNameThatTheLocaleCannotHoldIsOneLineWithTheRemedy() {
    CommandLine line = CommandLines.of(shared).setErr(new PrintWriter(err, true));
    assertEquals(ExitCodes.YOUR_INPUT, line.execute("--unnamed"));
    assertTrue(err.toString().startsWith("collapsar: B?r: is no name of a file"), err::toString);
    assertTrue(err.toString().contains("LC_ALL=C.UTF-8"), err::toString);
    assertEquals(1, err.toString().lines().count());
  }

  @Test
  void nativesOfAnotherPlatformAreTheUsersToMend() {
    assertEquals(Optional.empty(), NativeEnvironment.missingPlatform());
    String property = "org.bytedeco.javacpp.platform";
    String before = System.getProperty(property);
    System.setProperty(property, "amiga-m68k");
    try {
      CommandLine line = CommandLines.of(shared).setErr(new PrintWriter(err, true));
      assertEquals(ExitCodes.YOUR_INPUT, line.execute("--unlinked"));
    } finally {
      if (before == null) {
        System.clearProperty(property);
      } else {
        System.setProperty(property, before);
      }
    }
    assertTrue(err.toString().contains("take the archive of amiga-m68k"), err::toString);
    assertEquals(1, err.toString().lines().count());
  }

  /** As stdout is set up for a process, with a file that takes nothing. */
  private static PrintWriter failing(String reason) {
    return CommandLines.thrown(
        new Writer() {
          @Override
          public void write(char[] letters, int from, int count) throws IOException {
            throw new IOException(reason);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        });
  }
}
