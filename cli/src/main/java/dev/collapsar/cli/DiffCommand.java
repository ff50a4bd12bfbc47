package dev.collapsar.cli;

import dev.collapsar.command.ExitCodes;
import dev.collapsar.report.RecordDiff;
import dev.collapsar.run.RunDirectory;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what differs between two runs. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    description = "Say what differs between two runs: recipe, environment, data, final numbers.")
final class DiffCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "RUN_DIR", description = "a directory that a run left")
  private Path before;

  @Parameters(index = "1", paramLabel = "RUN_DIR", description = "another")
  private Path after;

  @Override
  public Integer call() {
    RecordDiff diff =
        RecordDiff.between(RunDirectory.open(before).record(), RunDirectory.open(after).record());
    spec.commandLine().getOut().print(diff.toText(before.toString(), after.toString()));
    spec.commandLine().getOut().flush();
    return ExitCodes.DONE;
  }
}
