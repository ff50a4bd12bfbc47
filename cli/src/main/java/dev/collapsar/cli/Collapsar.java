package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Nearest;
import dev.collapsar.Spelling;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

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
      ConvertCommand.class,
      DataCommand.class,
      AdapterCommand.class,
      NetworkCommand.class
    },
    footer = {
      "",
      "Begin with:  collapsar run domain-shift --quick",
      "Help on a command:  collapsar COMMAND --help"
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
    System.exit(commandLine().execute(arguments));
  }

  /** The command, ready to be executed; errors become one line and an exit code. */
  static CommandLine commandLine() {
    return withWords(new CommandLine(new Collapsar()))
        .registerConverter(int.class, whole(Integer::valueOf))
        .registerConverter(Integer.class, whole(Integer::valueOf))
        .registerConverter(long.class, whole(Long::valueOf))
        .registerConverter(Long.class, whole(Long::valueOf))
        .setParameterExceptionHandler(Collapsar::refuse)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              if (failure instanceof InvalidInputException) {
                command.getErr().println("collapsar: " + oneLine(failure.getMessage()));
                return ExitCodes.YOUR_INPUT;
              }
              throw failure;
            });
  }

  /** Messages quote files, whose names for things must not break the line. */
  private static String oneLine(String message) {
    return message.replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]", "?");
  }

  private static int refuse(ParameterException mistake, String[] arguments) {
    CommandLine command = mistake.getCommandLine();
    PrintWriter err = command.getErr();
    String problem =
        mistake instanceof UnmatchedArgumentException unmatched
            ? unknown(unmatched)
            : mistake.getMessage().lines().findFirst().orElse("");
    err.println(
        "collapsar: %s (see '%s --help')"
            .formatted(problem, command.getCommandSpec().qualifiedName()));
    return ExitCodes.YOUR_INPUT;
  }

  private static String unknown(UnmatchedArgumentException mistake) {
    CommandLine command = mistake.getCommandLine();
    String argument = mistake.getUnmatched().get(0);
    if (mistake.isUnknownOption()) {
      return "unknown option %s; %s"
          .formatted(
              argument, Nearest.suggest(argument, command.getCommandSpec().optionsMap().keySet()));
    }
    return command.getSubcommands().isEmpty()
        ? "unexpected argument " + argument
        : "unknown command %s; %s"
            .formatted(argument, Nearest.suggest(argument, command.getSubcommands().keySet()));
  }

  /** Options whose values are an enum's take them as they are spelled. */
  private static CommandLine withWords(CommandLine command) {
    command.getCommandSpec().args().stream()
        .map(ArgSpec::type)
        .filter(Class::isEnum)
        .forEach(type -> takeWords(command, type));
    command.getSubcommands().values().forEach(Collapsar::withWords);
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

  /** Names what is allowed in a user's words rather than in Java's. */
  private static <T extends Number> ITypeConverter<T> whole(Function<String, T> parse) {
    return text -> {
      try {
        return parse.apply(text);
      } catch (NumberFormatException e) {
        throw new TypeConversionException(
            "'%s' is no whole number, or too large a one".formatted(text));
      }
    };
  }
}
