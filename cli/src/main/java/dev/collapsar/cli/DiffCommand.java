package dev.collapsar.cli;

import dev.collapsar.command.ExitCodes;
import dev.collapsar.report.RecordDiff;
import dev.collapsar.run.RunDirectory;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what differs between two runs. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    description =
        "Say what differs between two runs: recipe, environment, data, final numbers. Where a run"
            + " knows how sure a number is, the difference has a 95%% interval: of test accuracies,"
            + " of numbers less the noise of their samples, of changes.")
final class DiffCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "RUN_DIR", description = "a directory that a run left")
  private Path before;

  @Parameters(index = "1", paramLabel = "RUN_DIR", description = "another")
  private Path after;

  @Option(
      names = "--all",
      description = "show the columns beside numbers too: nulls and ends of intervals")
  private boolean all;

  @Override
  public Integer call() {
    RecordDiff diff =
        RecordDiff.between(RunDirectory.open(before).record(), RunDirectory.open(after).record());
    spec.commandLine().getOut().print(diff.toText(before.toString(), after.toString(), all));
    spec.commandLine().getOut().flush();
    return ExitCodes.DONE;
  }
}
