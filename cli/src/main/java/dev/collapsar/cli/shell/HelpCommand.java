package dev.collapsar.cli.shell;

import dev.collapsar.command.ExitCodes;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command that says what {@code COMMAND --help} does. */
@Command(
    name = "help",
    mixinStandardHelpOptions = true,
    description = {"Say what a command does and takes.", ""},
    footer = {"", "Examples:", "  collapsar help measure", "  collapsar help adapter merge"})
public final class HelpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "the command, and its own command if it has some (default: what there is)")
  private List<String> path = List.of();

  @Override
  public Integer call() {
    CommandLine at = spec.root().commandLine();
    for (String name : path) {
      CommandLine next = at.getSubcommands().get(name);
      if (next == null) {
        throw new UnmatchedArgumentException(at, List.of(name));
      }
      at = next;
    }
    at.usage(spec.commandLine().getOut());
    return ExitCodes.DONE;
  }
}
