package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.recipe.Recipes;
import dev.collapsar.learn.run.InterruptedRun;
import dev.collapsar.learn.run.Recipe;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.settings.RecipeFile;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.mlflow.MlflowServer;
import dev.collapsar.report.SummaryTable;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import dev.collapsar.study.StudyDirectory;
import dev.collapsar.study.StudyFile;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs a recipe. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Run a recipe and leave a directory with its record, its numbers, its adapters and a report.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar run domain-shift --quick",
      "  collapsar run domain-shift --set lora.rank=2,4,8,16 --set adapt.epochs=10",
      "  collapsar run domain-shift --set lora.kind=dora --set adapt.schedule=cosine",
      "  collapsar run domain-shift --set data=my-photos.tar",
      "  collapsar run domain-shift --dry-run         every setting and its meaning",
      "  collapsar run domain-shift --seeds 1..5      a study: five runs read together",
      "  collapsar run domain-shift --seeds 1..5 --sweep lora.rank=1,4 --control head",
      "  collapsar run STUDY.yaml --out runs/my-study  hypotheses are fixed before",
      "  collapsar run runs/my-run/recipe.yaml        the same once more",
      "  collapsar run --resume --out runs/my-run     go on with a run that broke off"
    })
final class RunCommand implements Callable<Integer> {
  private static final int SETTING_WIDTH = 34;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "RECIPE",
      arity = "0..1",
      description =
          "a built-in recipe ('collapsar list' shows them) or a YAML file; with --resume it may be"
              + " left out")
  private String recipe;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description = "choose a setting; repeatable ('--dry-run' shows them all)")
  private List<String> set = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "a new or empty directory (default: runs/<recipe>-<UTC time>)")
  private Path out;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description =
          "where the data lie: IDX files (Fashion-MNIST's, or instead of MNIST's bundled ones), or"
              + " CIFAR-10's archive")
  private Path dataDir;

  @Option(names = "--seed", paramLabel = "N", description = "default: 42, or the recipe file's")
  private Long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "default: one a processor; where other programs are busy, 1 is often faster")
  private Integer threads;

  @Option(names = "--device", paramLabel = "cpu|cuda", description = "default: cpu")
  private String device;

  @Option(
      names = "--resume",
      description =
          "go on with the run in --out DIR, after the last epoch of each training that it finished;"
              + " what is not said again is as it was")
  private boolean resume;

  @Option(
      names = "--tensorboard",
      paramLabel = "DIR",
      description =
          "also write event files for TensorBoard, a folder a variant; of a study, of each run")
  private Path tensorBoard;

  @Option(
      names = "--bases",
      paramLabel = "DIR",
      description =
          "leave the trained base there for other runs, and take it if one has left the same")
  private Path bases;

  @Mixin private StudyOptions study = new StudyOptions();

  @Option(
      names = "--mlflow",
      paramLabel = "URI",
      description =
          "also send the run, or a study with its runs below it, to this MLflow tracking server"
              + " (experiment: MLFLOW_EXPERIMENT_NAME or the recipe's name; credentials:"
              + " MLFLOW_TRACKING_TOKEN, or _USERNAME and _PASSWORD); with --resume what it has not"
              + " got")
  private String mlflow;

  @Option(names = "--quick", description = "less data and fewer epochs: a first look")
  private boolean quick;

  @Option(names = "--dry-run", description = "print what would run, with every setting, and stop")
  private boolean dryRun;

  @Override
  public Integer call() {
    PrintWriter stdout = spec.commandLine().getOut();
    if (isStudy()) {
      return launch(stdout).call();
    }
    study.requireNone();
    Optional<InterruptedRun> past = past();
    RecipeFile file = choice().file(past, this::noRecipe);
    Recipe named = Recipes.named(file.recipe());
    setDefaults(past);
    checkOptions();
    Optional<MlflowServer> server = Optional.ofNullable(mlflow).map(uri -> server(uri, true));
    RunEngine engine =
        RunEngine.prepare(
            named, options(file, server), new TerminalProgress(stdout), RunClock.system());
    if (dryRun) {
      describe(named, engine, stdout);
      return ExitCodes.DONE;
    }
    stdout.printf(
        Locale.ROOT,
        "%s  seed %d  %d threads  to %s%n",
        named.name(),
        file.seed().orElseThrow(),
        threads,
        engine.path());
    stdout.flush();
    return Interruption.run(engine, end -> tell(end, engine.path(), stdout))
        .filter(end -> end.status() == RunRecord.Status.COMPLETE)
        .map(end -> ExitCodes.DONE)
        .orElse(ExitCodes.INTERRUPTED);
  }

  private RunOptions options(RecipeFile file, Optional<MlflowServer> server) {
    return new RunOptions(
        file.chosen(),
        out,
        dataDir,
        file.seed().orElseThrow(),
        threads,
        device,
        quick,
        tensorBoard,
        bases,
        server.orElse(null),
        Optional.ofNullable(System.getenv("MLFLOW_EXPERIMENT_NAME")),
        resume);
  }

  private MlflowServer server(String uri, boolean called) {
    if (dryRun || !called) {
      return MlflowServer.at(uri, System.getenv());
    }
    PrintWriter stderr = spec.commandLine().getErr();
    return MlflowServer.found(
        uri,
        System.getenv(),
        reason -> {
          stderr.println(reason + "; the run goes on, and is sent once it does");
          stderr.flush();
        });
  }

  private RunChoice choice() {
    return new RunChoice(recipe, seed, set);
  }

  private Optional<InterruptedRun> past() {
    if (!resume) {
      return Optional.empty();
    }
    if (out == null) {
      throw new InvalidInputException("--resume: needs --out DIR, the directory of the run");
    }
    return Optional.of(InterruptedRun.in(out));
  }

  private ParameterException noRecipe() {
    return new ParameterException(spec.commandLine(), "Missing required parameter: 'RECIPE'");
  }

  private void setDefaults(Optional<InterruptedRun> before) {
    if (threads == null) {
      threads =
          before
              .flatMap(InterruptedRun::threads)
              .orElseGet(() -> Runtime.getRuntime().availableProcessors());
    }
    if (device == null) {
      device = before.flatMap(InterruptedRun::device).orElse("cpu");
    }
  }

  private static void tell(RunRecord end, Path path, PrintWriter stdout) {
    stdout.print(SummaryTable.of(end));
    stdout.println(path.resolve("report.html"));
    if (end.status() == RunRecord.Status.INTERRUPTED) {
      stdout.println("to go on: collapsar run --resume --out " + path);
    }
    stdout.flush();
  }

  private boolean isStudy() {
    boolean going = resume && out != null && Files.exists(new StudyDirectory(out).plan());
    return going
        || study.isAsked()
        || recipe != null && RunChoice.isFile(recipe) && StudyDirectory.isPlan(Path.of(recipe));
  }

  private StudyLaunch launch(PrintWriter stdout) {
    if (seed != null && study.hasSeeds() || bases != null) {
      throw new InvalidInputException(
          (bases != null ? "--bases" : "--seed")
              + ": is of a single run; a study has --seeds and shares its bases by itself");
    }
    int jobs = study.jobs();
    setDefaults(Optional.empty());
    checkOptions();
    StudyFile file =
        new StudyChoice(study, quick, set)
            .file(recipe, out, () -> choice().file(Optional.empty(), this::noRecipe));
    int each = file.threads().orElse(Math.max(1, threads / jobs));
    StudyFile whole = file.on(each, file.device().isEmpty() ? device : file.device());
    boolean printed = study.printsCommands();
    Optional<MlflowServer> server = Optional.ofNullable(mlflow).map(u -> server(u, !printed));
    return new StudyLaunch(
        whole,
        out,
        dataDir,
        resume,
        dryRun,
        printed,
        jobs,
        Optional.ofNullable(tensorBoard),
        server,
        stdout);
  }

  private void checkOptions() {
    if (threads < 1 || threads > 1024) {
      throw new InvalidInputException(
          "--threads %s: must be a whole number in 1..1024".formatted(threads));
    }
    if (!device.equals("cpu") && !device.equals("cuda")) {
      throw new InvalidInputException("--device %s: must be cpu or cuda".formatted(device));
    }
  }

  private void describe(Recipe recipe, RunEngine engine, PrintWriter stdout) {
    stdout.printf(Locale.ROOT, "%s: %s%n", recipe.name(), recipe.summary());
    TextTable table =
        TextTable.forColumns(
            spec.commandLine().getColorScheme(),
            new Column(SETTING_WIDTH, 2, Column.Overflow.SPAN),
            new Column(spec.usageMessage().width() - SETTING_WIDTH, 2, Column.Overflow.WRAP));
    for (Setting<?> setting : recipe.settings()) {
      String value = Setting.text(engine.settings().get(setting));
      table.addRowValues(
          "--set %s=%s".formatted(setting.key(), value),
          "%s (%s)".formatted(setting.meaning(), setting.allowed()));
    }
    stdout.print(table);
    engine.notes().forEach(stdout::println);
    stdout.printf(Locale.ROOT, "would write %s%n", engine.path());
  }
}
