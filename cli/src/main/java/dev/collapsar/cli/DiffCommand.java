package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.OutputForm;
import dev.collapsar.cli.output.Wrapped;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.inference.Interval;
import dev.collapsar.inference.SeedValues;
import dev.collapsar.report.RecordDiff;
import dev.collapsar.report.TextTable;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.study.Arm;
import dev.collapsar.study.RunSet;
import dev.collapsar.study.SeedMeans;
import dev.collapsar.study.StudyDiff;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
    description = {
      "Say what differs between two runs: recipe, environment, data, final numbers.",
      "Where a run knows how sure a number is, the difference has a 95%% interval: of test"
          + " accuracies, of numbers less the noise of their samples, of changes. Of two"
          + " directories of runs that differ in their seeds (or two studies) it says the mean"
          + " difference over the seeds that both have, of positive numbers the ratio, with its"
          + " 95%% interval.",
      ""
    })
final class DiffCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "DIR", description = "that a run left, or that holds runs")
  private Path before;

  @Parameters(index = "1", paramLabel = "DIR", description = "another")
  private Path after;

  @Option(
      names = "--all",
      description = "show the columns beside numbers too: nulls and ends of intervals")
  private boolean all;

  @Mixin private OutputForm form;

  @Override
  public Integer call() {
    PrintWriter stdout = spec.commandLine().getOut();
    if (holdsRuns(before) && holdsRuns(after)) {
      StudyDiff groups = StudyDiff.between(RunSet.in(before), RunSet.in(after));
      if (form.isJson()) {
        OutputForm.print(json(groups), stdout);
      } else {
        print(groups, stdout);
      }
      stdout.flush();
      return ExitCodes.DONE;
    }
    for (List<Path> sides : List.of(List.of(before, after), List.of(after, before))) {
      if (holdsRuns(sides.get(0)) && RunDirectory.open(sides.get(1)).hasRecord()) {
        throw new InvalidInputException(
            "%s is one run and %s holds several; name two of a kind"
                .formatted(sides.get(1), sides.get(0)));
      }
    }
    RecordDiff diff =
        RecordDiff.between(RunDirectory.open(before).record(), RunDirectory.open(after).record());
    if (form.isJson()) {
      OutputForm.print(json(diff), stdout);
    } else {
      stdout.print(diff.toText(before.toString(), after.toString(), all));
    }
    stdout.flush();
    return ExitCodes.DONE;
  }

  /** A directory of runs rather than one. */
  private static boolean holdsRuns(Path directory) {
    if (!Files.isDirectory(directory) || RunDirectory.open(directory).hasRecord()) {
      return false;
    }
    try (Stream<Path> folders = Files.list(directory)) {
      return folders.anyMatch(folder -> RunDirectory.open(folder).hasRecord());
    } catch (IOException e) {
      throw InvalidInputException.because(directory + " cannot be read", e);
    }
  }

  private void print(StudyDiff groups, PrintWriter stdout) {
    stdout.println("first:  " + before);
    stdout.println("second: " + after);
    stdout.println("seeds that both have: " + words(groups.seeds()));
    groups
        .settings()
        .forEach(
            (key, values) ->
                stdout.println("%s: %s -> %s".formatted(key, values.get(0), values.get(1))));
    stdout.println();
    Map<Arm, List<StudyDiff.Row>> arms =
        groups.rows().stream()
            .filter(StudyDiff.Row::differs)
            .collect(
                Collectors.groupingBy(StudyDiff.Row::arm, LinkedHashMap::new, Collectors.toList()));
    arms.forEach(
        (arm, rows) -> {
          TextTable table = new TextTable(arm.label(), "first", "second", "apart", "95%");
          rows.forEach(row -> table.row(cells(row, groups.seeds().size())));
          stdout.println(table.folded());
        });
    String said =
        "%s of %s final numbers differ in some seed. Apart: x the ratio of the second to the first"
            + " (geometric mean over seeds, and first and second likewise), + or - the difference"
            + " where numbers need not be positive; 95%% of Student's t from 3 seeds on. A star:"
            + " the interval leaves out no change; of many rows one in twenty does so by chance.";
    stdout.println(
        Wrapped.behind(
            "",
            said.formatted(
                arms.values().stream().mapToInt(List::size).sum(), groups.rows().size())));
  }

  private static String[] cells(StudyDiff.Row row, int seeds) {
    SeedValues apart = row.apart().values().orElseThrow();
    boolean ratio = row.apart().scale() == SeedValues.Scale.LOGARITHMIC;
    Optional<Interval> interval = apart.interval();
    double same = ratio ? 1 : 0;
    boolean clear = interval.filter(i -> i.low() > same || i.high() < same).isPresent();
    String few = apart.count() < seeds ? " of %s seeds".formatted(apart.count()) : "";
    return new String[] {
      (row.key().metric() + " " + row.key().layer()).strip() + few,
      brief(row.before()),
      brief(row.after()),
      (ratio ? "x" : apart.mean() < 0 ? "" : "+") + brief(apart.mean()),
      interval.map(i -> brief(i.low()) + " to " + brief(i.high())).orElse("-") + (clear ? " *" : "")
    };
  }

  private static String brief(SeedMeans means) {
    return means.values().map(values -> brief(values.mean())).orElse("-");
  }

  private static String brief(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }

  private static String words(Set<Long> seeds) {
    return seeds.stream().map(seed -> Long.toString(seed)).collect(Collectors.joining(", "));
  }

  private Map<String, Object> json(StudyDiff groups) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("before", before.toString());
    json.put("after", after.toString());
    json.put("seeds", groups.seeds());
    json.put("settings", groups.settings());
    json.put("numbers", groups.rows().stream().map(DiffCommand::row).toList());
    return json;
  }

  private static Map<String, Object> row(StudyDiff.Row row) {
    SeedValues apart = row.apart().values().orElseThrow();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("arm", row.arm().label());
    json.put("stage", row.arm().stage());
    json.put("layer", row.key().layer());
    json.put("metric", row.key().metric());
    json.put("beforeBySeed", row.before().bySeed());
    json.put("afterBySeed", row.after().bySeed());
    json.put("apart", row.apart().scale() == SeedValues.Scale.LOGARITHMIC ? "ratio" : "difference");
    json.put("apartBySeed", row.apart().bySeed());
    json.put("mean", apart.mean());
    apart
        .interval()
        .ifPresent(
            interval -> {
              json.put("low", interval.low());
              json.put("high", interval.high());
            });
    return json;
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
