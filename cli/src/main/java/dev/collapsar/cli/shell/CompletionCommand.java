package dev.collapsar.cli.shell;

import dev.collapsar.command.ExitCodes;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The script by which a shell completes what is typed. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = {
      "Print the script by which a shell completes commands, options and their words.",
      ""
    },
    footer = {
      "",
      "Put one of these into ~/.bashrc or ~/.zshrc:",
      "  source <(collapsar completion bash)",
      "  source <(collapsar completion zsh)"
    })
public final class CompletionCommand implements Callable<Integer> {
  /** The shells whose script this is: the same does for both. */
  enum Shell {
    BASH,
    ZSH
  }

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "bash|zsh", arity = "1", description = "bash or zsh")
  private Shell shell;

  @Override
  public Integer call() {
    spec.commandLine().getOut().print(AutoComplete.bash("collapsar", spec.root().commandLine()));
    spec.commandLine().getOut().flush();
    return ExitCodes.DONE;
  }
}
