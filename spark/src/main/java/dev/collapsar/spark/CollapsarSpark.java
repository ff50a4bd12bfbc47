package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Spelling;
import dev.collapsar.run.Machine;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command {@code collapsar spark}, which the launcher and spark-submit start. */
@Command(
    name = "collapsar spark",
    exitCodeOnInvalidInput = CollapsarSpark.YOUR_INPUT,
    exitCodeOnExecutionException = CollapsarSpark.OUR_FAULT,
    mixinStandardHelpOptions = true,
    versionProvider = CollapsarSpark.Version.class,
    description = "The same measurements on Apache Spark, for features past one machine.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {MeasureCommand.class, ConvertCommand.class},
    footer = {"", "Help on a command:  collapsar spark COMMAND --help"})
public final class CollapsarSpark implements Callable<Integer> {
  static final int DONE = 0;
  static final int OUR_FAULT = 1;
  static final int YOUR_INPUT = 2;

  @Spec private CommandSpec spec;

  private CollapsarSpark() {}

  /** What is said to someone who names no command. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return DONE;
  }

  /** Runs the command and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The command, ready to be executed; errors become one line and an exit code. */
  static CommandLine commandLine() {
    return withWords(new CommandLine(new CollapsarSpark()))
        .setParameterExceptionHandler(CollapsarSpark::refuse)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              if (failure instanceof InvalidInputException) {
                say(command, failure.getMessage());
                return YOUR_INPUT;
              }
              throw failure;
            });
  }

  /** Options whose values are an enum's take them as they are spelled. */
  private static CommandLine withWords(CommandLine command) {
    command.getCommandSpec().args().stream()
        .map(ArgSpec::type)
        .filter(Class::isEnum)
        .forEach(type -> takeWords(command, type));
    command.getSubcommands().values().forEach(CollapsarSpark::withWords);
    return command;
  }

  private static <E> void takeWords(CommandLine command, Class<E> type) {
    command.registerConverter(
        type,
        text -> {
          try {
            return Spelling.parse(type, text);
          } catch (InvalidInputException e) {
            throw new TypeConversionException(e.getMessage());
          }
        });
  }

  private static int refuse(ParameterException mistake, String[] arguments) {
    CommandLine command = mistake.getCommandLine();
    String problem = mistake.getMessage().lines().findFirst().orElse("");
    say(
        command,
        "%s (see '%s --help')".formatted(problem, command.getCommandSpec().qualifiedName()));
    return YOUR_INPUT;
  }

  /** Messages quote files, whose names for things must not break the line. */
  private static void say(CommandLine command, String message) {
    command.getErr().println("collapsar: " + message.replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]", "?"));
  }

  /** What was built. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"collapsar " + Machine.collapsar()};
    }
  }
}
