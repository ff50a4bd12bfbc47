package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The command {@code collapsar}. */
@Command(
    name = "collapsar",
    exitCodeOnInvalidInput = ExitCodes.YOUR_INPUT,
    exitCodeOnExecutionException = ExitCodes.OUR_FAULT,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description =
        "Neural collapse, measured exactly, followed through fine-tuning, and calibrated.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      RunCommand.class,
      ListCommand.class,
      MeasureCommand.class,
      ReportCommand.class,
      DiffCommand.class,
      ConvertCommand.class
    },
    footer = {
      "",
      "Begin with:  collapsar run domain-shift --quick",
      "Help on a command:  collapsar COMMAND --help"
    })
public final class Collapsar {
  private Collapsar() {}

  /** Runs the command and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The command, ready to be executed; errors become one line and an exit code. */
  static CommandLine commandLine() {
    return new CommandLine(new Collapsar())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Collapsar::refuse)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              if (failure instanceof InvalidInputException) {
                command.getErr().println("collapsar: " + failure.getMessage());
                return ExitCodes.YOUR_INPUT;
              }
              throw failure;
            });
  }

  private static int refuse(ParameterException mistake, String[] arguments) {
    CommandLine command = mistake.getCommandLine();
    PrintWriter err = command.getErr();
    String problem = mistake.getMessage().lines().findFirst().orElse("");
    err.println(
        "collapsar: %s (see '%s --help')"
            .formatted(problem, command.getCommandSpec().qualifiedName()));
    return ExitCodes.YOUR_INPUT;
  }
}
