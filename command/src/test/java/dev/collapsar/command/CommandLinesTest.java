package dev.collapsar.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.metric.CollapseOptions.Averaging;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class CommandLinesTest {
  @Command(name = "shared")
  private static final class Shared implements Callable<Integer> {
    @Option(names = "--average")
    private Averaging averaging;

    @Option(names = "--rows")
    private int rows;

    @Option(names = "--refuse")
    private boolean refuse;

    @Override
    public Integer call() {
      if (refuse) {
        throw new InvalidInputException("a file\nof two lines");
      }
      return ExitCodes.DONE;
    }
  }

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
        "--refuse | collapsar: a file?of two lines"
      })
  void whatTheUserGotWrongIsOneLineAndExitCodeTwo(String arguments, String line) {
    assertEquals(ExitCodes.YOUR_INPUT, execute(arguments.split(" ")));
    assertTrue(err.toString().startsWith(line), err.toString());
    assertEquals(1, err.toString().lines().count());
  }
}
