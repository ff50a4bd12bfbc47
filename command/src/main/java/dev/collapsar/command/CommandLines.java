package dev.collapsar.command;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Nearest;
import dev.collapsar.Spelling;
import dev.collapsar.compute.NativeEnvironment;
import dev.collapsar.compute.NativeMemory;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.file.InvalidPathException;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Commands ready to be executed: options of an enum's type take its words, integers are refused in
 * a user's words rather than in Java's, help is as wide as the terminal, and what the user got
 * wrong becomes one line on stderr and {@link ExitCodes#YOUR_INPUT}.
 */
public final class CommandLines {
  private static final int LONGEST_LINE = 2000;

  /** Red on a terminal, which the launcher knows of, unless its owner wants no colours. */
  private static final String PREFIX =
      Boolean.getBoolean("collapsar.stderr.terminal") && System.getenv("NO_COLOR") == null
          ? "\u001b[31mcollapsar:\u001b[0m "
          : "collapsar: ";

  private CommandLines() {}

  /**
   * @param command an object with picocli's annotations, whose subcommands are treated alike
   */
  public static CommandLine of(Object command) {
    return withWords(new CommandLine(command))
        .setUsageHelpAutoWidth(System.console() != null)
        .registerConverter(int.class, integer(Integer::valueOf))
        .registerConverter(Integer.class, integer(Integer::valueOf))
        .registerConverter(long.class, integer(Long::valueOf))
        .registerConverter(Long.class, integer(Long::valueOf))
        .setParameterExceptionHandler(CommandLines::refuse)
        .setExecutionStrategy(CommandLines::execute)
        .setExecutionExceptionHandler(
            (failure, line, parsed) -> {
              if (failure instanceof InvalidInputException) {
                return say(line, failure.getMessage());
              }
              if (failure instanceof CleanOutput.Lost lost) {
                return lose(line, lost);
              }
              if (failure instanceof InvalidPathException path) {
                boolean unspelt = path.getReason().contains("unmappable"); // in the locale
                return say(
                    line,
                    path.getInput()
                        + ": is no name of a file "
                        + (unspelt
                            ? "that this process can hold; in a UTF-8 locale (LC_ALL=C.UTF-8) it"
                                + " may be"
                            : "(" + path.getReason() + ")"));
              }
              Optional<InvalidInputException> memory = NativeMemory.denied(failure);
              if (memory.isPresent()) {
                return say(line, memory.get().getMessage());
              }
              throw failure;
            });
  }

  /**
   * Lets the command write to this process's stdout: where that is full the command says so, and
   * where its reader went away it ends.
   */
  public static CommandLine onStandardOutput(CommandLine command) {
    Writer stdout =
        new BufferedWriter(
            new OutputStreamWriter(
                new FileOutputStream(FileDescriptor.out), Charset.defaultCharset()));
    return command.setOut(thrown(stdout));
  }

  static PrintWriter thrown(Writer out) {
    return new PrintWriter(new Thrown(out), true);
  }

  /** Failures to write, which a PrintWriter would keep to itself. */
  private static final class Thrown extends FilterWriter {
    Thrown(Writer out) {
      super(out);
    }

    @Override
    public void write(int letter) {
      perform(() -> out.write(letter));
    }

    @Override
    public void write(char[] letters, int from, int count) {
      perform(() -> out.write(letters, from, count));
    }

    @Override
    public void write(String text, int from, int count) {
      perform(() -> out.write(text, from, count));
    }

    @Override
    public void flush() {
      perform(out::flush);
    }
  }

  /** What may fail for the file behind it. */
  private interface Writing {
    void run() throws IOException;
  }

  private static void perform(Writing writing) {
    try {
      writing.run();
    } catch (IOException e) {
      throw new CleanOutput.Lost(e);
    }
  }

  /** Help goes out as it is, with what makes it bold; all else as a terminal may have it. */
  private static int execute(CommandLine.ParseResult parsed) {
    CommandLine command = parsed.commandSpec().commandLine();
    try {
      Integer help = CommandLine.executeHelpRequest(parsed);
      if (help != null) {
        command.getOut().flush();
        return help;
      }
      return cleanly(command, parsed);
    } catch (CleanOutput.Lost e) {
      return lose(command, e);
    } catch (LinkageError e) {
      return unlinked(command, e);
    } catch (OutOfMemoryError e) {
      say(
          command,
          "the memory of this JVM is full, %s MB (%s); COLLAPSAR_JAVA_OPTS=-Xmx with more gives it more"
              .formatted(Runtime.getRuntime().maxMemory() >> 20, e.getMessage()));
      return ExitCodes.OUR_FAULT;
    }
  }

  /** Notes on stderr quote files too, and their lines end where nobody reads on. */
  private static int cleanly(CommandLine command, CommandLine.ParseResult parsed) {
    PrintWriter out = command.getOut();
    PrintWriter err = command.getErr();
    PrintWriter clean = new PrintWriter(new CleanOutput(out), false);
    command.setOut(clean);
    command.setErr(new PrintWriter(new CleanOutput(err, LONGEST_LINE), true));
    try {
      int code = new CommandLine.RunLast().execute(parsed);
      clean.flush();
      return code;
    } finally {
      command.getErr().flush();
      command.setErr(err);
      command.setOut(out);
    }
  }

  private static int lose(CommandLine command, CleanOutput.Lost failure) {
    if (!failure.isUnread()) {
      say(command, "stdout cannot be written: " + failure.getMessage());
    }
    return ExitCodes.OUR_FAULT;
  }

  /**
   * Native libraries of another platform, or one that cannot be unpacked or does not fit the
   * system.
   */
  private static int unlinked(CommandLine command, LinkageError failure) {
    Throwable first = failure;
    while (first.getCause() != null && !(first instanceof UnsatisfiedLinkError)) {
      first = first.getCause();
    }
    if (!(first instanceof UnsatisfiedLinkError)) {
      throw failure;
    }
    Optional<String> missing = NativeEnvironment.missingPlatform();
    if (missing.isPresent()) {
      return say(
          command,
          ("these jars hold native libraries of another platform than this machine's, %s: take the"
                  + " archive of %s, or add javacpp, openblas and pytorch of that classifier")
              .formatted(missing.get(), missing.get()));
    }
    say(
        command,
        ("a native library does not load: %s; this needs glibc, and a folder for native libraries"
                + " that may be written and executed:"
                + " COLLAPSAR_JAVA_OPTS=-Dorg.bytedeco.javacpp.cachedir=DIR")
            .formatted(first.getMessage()));
    return ExitCodes.OUR_FAULT;
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
    String line = CleanOutput.clean(message.replace('\n', ' '));
    command
        .getErr()
        .println(
            PREFIX
                + (line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "..."));
    command.getErr().flush();
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
