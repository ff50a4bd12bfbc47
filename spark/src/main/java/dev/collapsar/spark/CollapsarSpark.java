package dev.collapsar.spark;

import dev.collapsar.command.CommandLines;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.command.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command {@code collapsar spark}, which the launcher and spark-submit start. */
@Command(
    name = "collapsar spark",
    exitCodeOnInvalidInput = ExitCodes.YOUR_INPUT,
    exitCodeOnExecutionException = ExitCodes.OUR_FAULT,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "The same measurements on Apache Spark, for features past one machine.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {MeasureCommand.class, ConvertCommand.class},
    footer = {"", "Help on a command:  collapsar spark COMMAND --help"})
public final class CollapsarSpark implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private CollapsarSpark() {}

  /** What is said to someone who names no command. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return ExitCodes.DONE;
  }

  /** Runs the command and exits with its code. */
  public static void main(String[] arguments) {
    SparkLog.begin();
    int code = CommandLines.onStandardOutput(commandLine()).execute(arguments);
    SparkLog.end(code);
    System.exit(code);
  }

  /** The command, ready to be executed; errors become one line and an exit code. */
  static CommandLine commandLine() {
    return CommandLines.of(new CollapsarSpark());
  }
}
