package dev.collapsar.cli;

import dev.collapsar.cli.output.OutputForm;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.inference.Interval;
import dev.collapsar.report.RecordDiff;
import dev.collapsar.run.RunDirectory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  @Mixin private OutputForm form;

  @Override
  public Integer call() {
    RecordDiff diff =
        RecordDiff.between(RunDirectory.open(before).record(), RunDirectory.open(after).record());
    PrintWriter stdout = spec.commandLine().getOut();
    if (form.isJson()) {
      OutputForm.print(json(diff), stdout);
    } else {
      stdout.print(diff.toText(before.toString(), after.toString(), all));
    }
    stdout.flush();
    return ExitCodes.DONE;
  }

  private Map<String, Object> json(RecordDiff diff) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("before", before.toString());
    json.put("after", after.toString());
    json.put("recipe", diff.recipe());
    json.put("environment", diff.environment());
    json.put("data", diff.data());
    json.put("variants", diff.variants());
    json.put("verdicts", diff.answers());
    json.put(
        "numbers",
        diff.numbers().stream()
            .filter(number -> all || !diff.beside().contains(number.metric()))
            .map(number -> row(number, diff.intervals().get(number)))
            .toList());
    return json;
  }

  private static Map<String, Object> row(RecordDiff.Final number, Interval interval) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("variant", number.variant());
    row.put("stage", number.stage());
    row.put("layer", number.layer());
    row.put("metric", number.metric());
    row.put("before", number.before());
    row.put("after", number.after());
    if (interval != null) {
      row.put("differenceLow", interval.low());
      row.put("differenceHigh", interval.high());
    }
    return row;
  }
}
