package dev.collapsar.command;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Nearest;
import dev.collapsar.Spelling;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Commands ready to be executed: options of an enum's type take its words, integers are refused in
 * a user's words rather than in Java's, and what the user got wrong becomes one line on stderr and
 * {@link ExitCodes#YOUR_INPUT}.
 */
public final class CommandLines {
  private CommandLines() {}

  /**
   * @param command an object with picocli's annotations, whose subcommands are treated alike
   */
  public static CommandLine of(Object command) {
    return withWords(new CommandLine(command))
        .registerConverter(int.class, integer(Integer::valueOf))
        .registerConverter(Integer.class, integer(Integer::valueOf))
        .registerConverter(long.class, integer(Long::valueOf))
        .registerConverter(Long.class, integer(Long::valueOf))
        .setParameterExceptionHandler(CommandLines::refuse)
        .setExecutionExceptionHandler(
            (failure, line, parsed) -> {
              if (failure instanceof InvalidInputException) {
                return say(line, failure.getMessage());
              }
              throw failure;
            });
  }

  private static int refuse(ParameterException mistake, String[] arguments) {
    CommandLine command = mistake.getCommandLine();
    String problem =
        mistake instanceof UnmatchedArgumentException unmatched
            ? unknown(unmatched)
            : mistake.getMessage().lines().findFirst().orElse("");
    return say(
        command,
        "%s (see '%s --help')".formatted(problem, command.getCommandSpec().qualifiedName()));
  }

  /** Messages quote files, whose names for things must not break the line. */
  private static int say(CommandLine command, String message) {
    command.getErr().println("collapsar: " + message.replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]", "?"));
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

  private static CommandLine withWords(CommandLine command) {
    command.getCommandSpec().args().stream()
        .map(ArgSpec::type)
        .filter(Class::isEnum)
        .forEach(type -> takeWords(command, type));
    command.getSubcommands().values().forEach(CommandLines::withWords);
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

  private static <T extends Number> ITypeConverter<T> integer(Function<String, T> parse) {
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
