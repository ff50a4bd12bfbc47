package dev.collapsar.cli;

import dev.collapsar.cli.adapter.AdapterCommand;
import dev.collapsar.cli.network.FeaturesCommand;
import dev.collapsar.cli.network.NetworkCommand;
import dev.collapsar.cli.network.PredictCommand;
import dev.collapsar.cli.output.ParentWatch;
import dev.collapsar.cli.shell.CompletionCommand;
import dev.collapsar.cli.shell.HelpCommand;
import dev.collapsar.cli.shell.VersionCommand;
import dev.collapsar.command.CommandLines;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.command.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

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
      FeaturesCommand.class,
      PredictCommand.class,
      RecordCommand.class,
      ReportCommand.class,
      DiffCommand.class,
      StudyCommand.class,
      BoardCommand.class,
      ConvertCommand.class,
      DataCommand.class,
      AdapterCommand.class,
      NetworkCommand.class,
      HelpCommand.class,
      VersionCommand.class,
      CompletionCommand.class
    },
    footer = {
      "",
      "Begin with:  collapsar run domain-shift --quick",
      "Help on a command:  collapsar help COMMAND"
    })
public final class Collapsar implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private Collapsar() {}

  /** What is said to someone who names no command. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return ExitCodes.DONE;
  }

  /** Runs the command and exits with its code. */
  public static void main(String[] arguments) {
    ParentWatch.begin(System.in, () -> System.exit(ExitCodes.INTERRUPTED));
    System.exit(CommandLines.onStandardOutput(commandLine()).execute(arguments));
  }

  /** The command, ready to be executed; errors become one line and an exit code. */
  static CommandLine commandLine() {
    return CommandLines.of(new Collapsar());
  }
}
