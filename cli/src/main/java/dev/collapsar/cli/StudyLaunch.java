package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.recipe.Recipes;
import dev.collapsar.learn.recipe.RecordedMetrics;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.study.InThisProcess;
import dev.collapsar.learn.study.PlannedRun;
import dev.collapsar.learn.study.RunMaker;
import dev.collapsar.learn.study.StudyPlan;
import dev.collapsar.learn.study.StudyRunner;
import dev.collapsar.mlflow.MlflowServer;
import dev.collapsar.mlflow.MlflowStudy;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.study.Study;
import dev.collapsar.study.StudyDirectory;
import dev.collapsar.study.StudyFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Makes the runs of a study and reads them.
 *
 * @param out the study's directory, or null for one by the recipe's name and the time
 * @param resume whether the study in {@code out} goes on
 */
record StudyLaunch(
    StudyFile file,
    Path out,
    Path dataDirectory,
    boolean resume,
    boolean dryRun,
    boolean printCommands,
    int jobs,
    Optional<Path> tensorBoard,
    Optional<MlflowServer> mlflow,
    PrintWriter stdout) {

  int call() {
    RunClock clock = RunClock.system();
    Path directory = out != null ? out : RunDirectory.defaultPath(file.recipe(), clock.now());
    Optional<MlflowStudy> tracked = mlflow.map(server -> StudyCommand.tracked(server, directory));
    StudyPlan plan =
        new StudyPlan(
            file, Recipes.named(file.recipe()), directory, dataDirectory, tensorBoard, tracked);
    plan.check(new Unheard(), clock);
    file.question().hypotheses().forEach(RecordedMetrics::require);
    if (printCommands) {
      plan.runs().forEach(run -> stdout.println(RunArguments.line(RunArguments.of(plan, run))));
      return ExitCodes.DONE;
    }
    if (dryRun) {
      describe(plan);
      return ExitCodes.DONE;
    }
    StudyDirectory place = new StudyDirectory(directory);
    begin(place);
    stdout.println(
        "%s  %s runs, %s at a time, %s threads each, to %s"
            .formatted(
                file.recipe(), plan.runs().size(), jobs, file.threads().orElseThrow(), directory));
    tracked
        .filter(study -> study.server().hasAnswered())
        .flatMap(study -> study.begin(file.recipe(), MlflowStudy.params(file), clock.now()))
        .ifPresent(why -> stdout.println(why + "; runs are put below their study when it ends"));
    stdout.flush();
    return make(plan, clock);
  }

  private void describe(StudyPlan plan) {
    stdout.println("%s: %s runs".formatted(file.recipe(), plan.runs().size()));
    plan.runs().forEach(run -> stdout.println("  " + run.name()));
    stdout.println("each as: " + RunArguments.line(RunArguments.of(plan, plan.runs().get(0))));
    stdout.println("would write " + plan.directory());
  }

  /** The plan stands on disk before the first run. */
  private void begin(StudyDirectory place) {
    try {
      if (resume) {
        StudyFile then =
            place
                .readPlan()
                .orElseThrow(
                    () ->
                        new InvalidInputException(
                            "--resume --out %s: there is no study; leave --resume out to begin one"
                                .formatted(place.path())));
        if (!then.equals(file)) {
          throw new InvalidInputException(
              ("%s says another study than the options do; go on with it as it is, by"
                      + " --resume --out alone, or begin another")
                  .formatted(place.plan()));
        }
        return;
      }
      if (Files.exists(place.path()) && !isEmpty(place.path())) {
        throw new InvalidInputException(
            ("study directory %s is not empty; name a new or an empty one, or go on with"
                    + " it by --resume")
                .formatted(place.path()));
      }
      Files.createDirectories(place.path());
      place.write(file);
    } catch (IOException e) {
      throw InvalidInputException.because(place.path() + " cannot be written", e);
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new InvalidInputException(
          "study directory %s is a file; name a new or an empty directory".formatted(directory));
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  private int make(StudyPlan plan, RunClock clock) {
    RunMaker maker = jobs == 1 ? new InThisProcess() : new ChildRuns(plan);
    StudyRunner runner = new StudyRunner(plan, maker, jobs, new TerminalProgress(stdout), clock);
    Thread hook = new Thread(() -> stop(runner, plan, clock), "interruption");
    Runtime.getRuntime().addShutdownHook(hook);
    Map<PlannedRun, RuntimeException> failures = runner.run();
    if (runner.isStopped()) {
      return ExitCodes.INTERRUPTED;
    }
    Runtime.getRuntime().removeShutdownHook(hook);
    int code = ExitCodes.DONE;
    if (failures.size() < plan.runs().size()) {
      Study study = StudyCommand.read(plan.directory(), UnaryOperator.identity());
      stdout.print(StudyTable.of(study));
      stdout.println(new StudyDirectory(plan.directory()).page());
    }
    for (Map.Entry<PlannedRun, RuntimeException> failure : failures.entrySet()) {
      stdout.println("failed: %s: %s".formatted(failure.getKey(), failure.getValue().getMessage()));
      boolean input = failure.getValue() instanceof InvalidInputException;
      code = code == ExitCodes.OUR_FAULT || !input ? ExitCodes.OUR_FAULT : ExitCodes.YOUR_INPUT;
    }
    send(plan, failures.isEmpty() ? RunRecord.Status.COMPLETE : RunRecord.Status.FAILED, clock);
    stdout.flush();
    return code;
  }

  /** The JVM ends when this does: whoever waits for the runs has no time to say anything. */
  private void stop(StudyRunner runner, StudyPlan plan, RunClock clock) {
    runner.stop();
    stdout.println("stopped; to go on: collapsar run --resume --out " + plan.directory());
    stdout.flush();
    send(plan, RunRecord.Status.INTERRUPTED, clock);
  }

  private void send(StudyPlan plan, RunRecord.Status ended, RunClock clock) {
    Map<Path, RunRecord> records = new LinkedHashMap<>();
    for (PlannedRun run : plan.runs()) {
      RunDirectory made = RunDirectory.open(plan.options(run).out());
      if (made.hasRecord()) {
        records.put(plan.options(run).out(), made.record());
      }
    }
    plan.mlflow().ifPresent(s -> s.end(records, ended, clock.now()).forEach(stdout::println));
  }

  /** What runs say before they run is said when they do. */
  private static final class Unheard implements Progress {
    @Override
    public void say(String line) {}

    @Override
    public Bar bar(String task, long total) {
      throw new IllegalStateException("nothing takes time before the first run: " + task);
    }
  }
}
