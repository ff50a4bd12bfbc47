package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.report.study.StudyReport;
import dev.collapsar.study.Question;
import dev.collapsar.study.RunSet;
import dev.collapsar.study.Study;
import dev.collapsar.study.StudyDirectory;
import dev.collapsar.study.StudyFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Reads the runs of a directory together. */
@Command(
    name = "study",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Read the runs of a directory together: means and t intervals over seeds, contrasts with a"
          + " control paired by seed, and what becomes of the hypotheses in its study.yaml.",
      "Writes study.json, study.csv and study.html there. It does not matter where the runs were"
          + " made: every folder with a record.json is one.",
      ""
    },
    footer = {
      "",
      "Two seeds give values only, three and four intervals, five and more verdicts: different,",
      "equivalent within the margin, or undecided, with the number of seeds that would decide.",
      "",
      "Examples:",
      "  collapsar study runs/my-study",
      "  collapsar study runs/my-study --control head          every other variant against head",
      "  collapsar study runs/my-study --control lora.rank=1   every other rank against rank 1"
    })
final class StudyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "a directory that holds the runs' directories")
  private Path directory;

  @Option(
      names = "--control",
      paramLabel = "NAME",
      description =
          "a variant such as head, or a value of a setting that differs such as lora.rank=1;"
              + " default: the one in study.yaml")
  private String control;

  @Option(
      names = "--margin",
      paramLabel = "RATIO",
      description = "ratios up to this one count as the same (default: 1.1, or study.yaml's)")
  private Double margin;

  @Override
  public Integer call() {
    if (!Files.isDirectory(directory)) {
      throw new InvalidInputException(directory + ": there is no such directory");
    }
    Study study = read(directory, this::asked);
    spec.commandLine().getOut().print(StudyTable.of(study));
    spec.commandLine().getOut().println(new StudyDirectory(directory).page());
    return ExitCodes.DONE;
  }

  private Question asked(Question planned) {
    Question question = control == null ? planned : planned.withControl(control);
    return margin == null
        ? question
        : new Question(question.title(), question.control(), margin, question.hypotheses());
  }

  /** Reads a study's directory and writes what was read into it. */
  static Study read(Path directory, UnaryOperator<Question> asked) {
    StudyDirectory place = new StudyDirectory(directory);
    Question planned = place.readPlan().map(StudyFile::question).orElse(Question.open());
    Study study = Study.of(RunSet.in(directory), asked.apply(planned));
    String name = directory.toAbsolutePath().normalize().getFileName().toString();
    place.write(study, StudyReport.render(study, name));
    return study;
  }
}
