package dev.collapsar.cli.shell;

import dev.collapsar.command.ExitCodes;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command that says what {@code --version} does. */
@Command(
    name = "version",
    mixinStandardHelpOptions = true,
    description = "Say which version this is, as --version does.")
public final class VersionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.root().commandLine().printVersionHelp(spec.commandLine().getOut());
    return ExitCodes.DONE;
  }
}
