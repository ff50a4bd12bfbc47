package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.mlflow.MlflowServer;
import dev.collapsar.mlflow.MlflowStudy;
import dev.collapsar.report.study.StudyReport;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import dev.collapsar.study.Question;
import dev.collapsar.study.RunSet;
import dev.collapsar.study.Study;
import dev.collapsar.study.StudyDirectory;
import dev.collapsar.study.StudyFile;
import dev.collapsar.study.StudyRun;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
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
      "Two seeds give values only, three and four intervals, five and more verdicts:"
          + " different, equivalent within the margin, or undecided, with the number of seeds that"
          + " would decide.",
      "",
      "Examples:",
      "  collapsar study runs/my-study",
      "  collapsar study runs/my-study --control head          all against head",
      "  collapsar study runs/my-study --control lora.rank=1   all ranks against 1"
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

  @Option(
      names = "--mlflow",
      paramLabel = "URI",
      description =
          "also send it to this MLflow tracking server, its runs below it; what is there already is"
              + " not sent again")
  private String mlflow;

  @Override
  public Integer call() {
    if (!Files.isDirectory(directory)) {
      throw new InvalidInputException(directory + ": there is no such directory");
    }
    Optional<MlflowStudy> tracked =
        Optional.ofNullable(mlflow).map(uri -> tracked(found(uri), directory));
    Study study = read(directory, this::asked);
    tracked.ifPresent(server -> send(study, server));
    spec.commandLine().getOut().print(StudyTable.of(study));
    spec.commandLine().getOut().println(new StudyDirectory(directory).page());
    return ExitCodes.DONE;
  }

  /** Calls that follow say themselves what becomes of it. */
  private static MlflowServer found(String uri) {
    return MlflowServer.found(uri, System.getenv(), reason -> {});
  }

  /** The study of this directory on a server, in the experiment that the environment names. */
  static MlflowStudy tracked(MlflowServer server, Path directory) {
    return new MlflowStudy(
        server, directory, Optional.ofNullable(System.getenv("MLFLOW_EXPERIMENT_NAME")));
  }

  private void send(Study study, MlflowStudy to) {
    RunClock clock = RunClock.system();
    Map<Path, RunRecord> records = new LinkedHashMap<>();
    for (StudyRun run : study.runs().runs()) {
      records.put(directory.resolve(run.name()), run.record());
    }
    String recipe = study.runs().runs().get(0).record().recipe();
    Map<String, String> params =
        new StudyDirectory(directory).readPlan().map(MlflowStudy::params).orElse(Map.of());
    boolean whole = study.runs().complete().size() == records.size();
    PrintWriter stderr = spec.commandLine().getErr();
    Optional<String> why = to.begin(recipe, params, clock.now());
    why.ifPresent(stderr::println);
    if (why.isEmpty()) {
      to.end(records, whole ? RunRecord.Status.COMPLETE : RunRecord.Status.FAILED, clock.now())
          .forEach(stderr::println);
    }
    stderr.flush();
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
