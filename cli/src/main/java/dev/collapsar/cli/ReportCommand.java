package dev.collapsar.cli;

import dev.collapsar.cli.output.PathNames;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.NewFile;
import dev.collapsar.report.HtmlReport;
import dev.collapsar.report.NamedRun;
import dev.collapsar.report.study.StudyReport;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.study.Question;
import dev.collapsar.study.RunSet;
import dev.collapsar.study.Study;
import dev.collapsar.study.StudyRun;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes the report of one run again, or one page on several. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Write one HTML page, which needs no network and no other file, on a run or on several side"
          + " by side.",
      "Runs that differ in their seeds alone are one group: its mean, its interval and a band for"
          + " each curve, as of a study; --each shows every run by itself.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar report runs/my-run                      its report.html once more",
      "  collapsar report runs/a runs/b --out compare.html",
      "  collapsar report runs/s1 runs/s2 runs/s3          of several seeds"
    })
final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN_DIR", arity = "1..*", description = "directories that runs left")
  private List<Path> directories;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "default: report.html in the run's directory, or comparison.html here for several")
  private Path out;

  @Option(
      names = "--each",
      description = "every run by itself, also where runs differ in their seeds alone")
  private boolean each;

  @Override
  public Integer call() {
    List<String> names = PathNames.of(directories);
    List<NamedRun> runs = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      runs.add(new NamedRun(names.get(i), RunDirectory.open(directories.get(i)).record()));
    }
    Path file = Objects.requireNonNullElseGet(out, this::defaultFile);
    byte[] page = page(runs).getBytes(StandardCharsets.UTF_8);
    NewFile.write(file, stream -> stream.write(page));
    spec.commandLine().getOut().println(file);
    return ExitCodes.DONE;
  }

  private String page(List<NamedRun> runs) {
    RunSet together =
        RunSet.of(runs.stream().map(run -> new StudyRun(run.name(), run.record())).toList());
    if (each || !together.hasSeedsToGroup()) {
      return HtmlReport.render(runs);
    }
    String name = String.join(" and ", runs.stream().map(NamedRun::name).toList());
    return StudyReport.render(Study.of(together, Question.open()), name);
  }

  private Path defaultFile() {
    return directories.size() == 1
        ? RunDirectory.open(directories.get(0)).report()
        : Path.of("comparison.html");
  }
}
