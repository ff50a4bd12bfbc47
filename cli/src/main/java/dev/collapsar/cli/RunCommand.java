package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.experiment.Experiment;
import dev.collapsar.learn.experiment.Recipe;
import dev.collapsar.learn.experiment.RecipeFile;
import dev.collapsar.learn.experiment.Recipes;
import dev.collapsar.learn.experiment.RunOptions;
import dev.collapsar.learn.experiment.Setting;
import dev.collapsar.learn.experiment.Settings.Chosen;
import dev.collapsar.report.SummaryTable;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
      "  collapsar run domain-shift --set lora.rank=2,4,8,16 --set target.epochs=10",
      "  collapsar run domain-shift --set data=my-photos.tar",
      "  collapsar run domain-shift --dry-run         every setting and its meaning",
      "  collapsar run runs/my-run/recipe.yaml        the same once more"
    })
final class RunCommand implements Callable<Integer> {
  private static final long DEFAULT_SEED = 42;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "RECIPE",
      description = "a built-in recipe ('collapsar list' shows them) or a YAML file")
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
          "where the data lie: IDX files instead of MNIST's bundled ones, or CIFAR-10's archive")
  private Path dataDir;

  @Option(names = "--seed", paramLabel = "N", description = "default: 42, or the recipe file's")
  private Long seed;

  @Option(names = "--threads", paramLabel = "N", description = "default: one a processor")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--device", paramLabel = "cpu|cuda", description = "default: cpu")
  private String device = "cpu";

  @Option(names = "--quick", description = "less data and fewer epochs: a first look")
  private boolean quick;

  @Option(names = "--dry-run", description = "print what would run, with every setting, and stop")
  private boolean dryRun;

  @Override
  public Integer call() {
    PrintWriter stdout = spec.commandLine().getOut();
    Map<String, Chosen> chosen = new LinkedHashMap<>();
    Recipe named;
    OptionalLong seedOfFile = OptionalLong.empty();
    if (isFile(recipe)) {
      RecipeFile file = RecipeFile.read(Path.of(recipe));
      named = file.recipe();
      seedOfFile = file.seed();
      chosen.putAll(file.chosen());
    } else {
      named = Recipes.named(recipe);
    }
    set.forEach(text -> choose(text, chosen));
    checkOptions();
    RunOptions options =
        new RunOptions(
            chosen,
            out,
            dataDir,
            seed != null ? seed : seedOfFile.orElse(DEFAULT_SEED),
            threads,
            device,
            quick);
    Experiment experiment =
        Experiment.prepare(named, options, new TerminalProgress(stdout), RunClock.system());
    if (dryRun) {
      describe(named, experiment, stdout);
      return ExitCodes.DONE;
    }
    stdout.printf(
        "%s  seed %d  %d threads  to %s%n",
        named.name(), options.seed(), threads, experiment.path());
    stdout.flush();
    return Interruption.run(experiment, end -> tell(end, experiment.path(), stdout))
        .filter(end -> end.status() == RunRecord.Status.COMPLETE)
        .map(end -> ExitCodes.DONE)
        .orElse(ExitCodes.INTERRUPTED);
  }

  private static void tell(RunRecord end, Path path, PrintWriter stdout) {
    stdout.print(SummaryTable.of(end));
    stdout.println(path.resolve("report.html"));
    stdout.flush();
  }

  private static boolean isFile(String recipe) {
    return recipe.endsWith(".yaml") || recipe.endsWith(".yml") || recipe.contains("/");
  }

  private static void choose(String text, Map<String, Chosen> chosen) {
    int equals = text.indexOf('=');
    if (equals < 1) {
      throw new InvalidInputException(
          "--set %s: must be key=value, such as target.epochs=1".formatted(text));
    }
    chosen.put(text.substring(0, equals), new Chosen(text.substring(equals + 1), "--set"));
  }

  private void checkOptions() {
    if (threads < 1 || threads > 1024) {
      throw new InvalidInputException(
          "--threads %d: must be a whole number in 1..1024".formatted(threads));
    }
    if (!device.equals("cpu") && !device.equals("cuda")) {
      throw new InvalidInputException("--device %s: must be cpu or cuda".formatted(device));
    }
  }

  private static void describe(Recipe recipe, Experiment experiment, PrintWriter stdout) {
    stdout.printf("%s: %s%n", recipe.name(), recipe.summary());
    for (Setting<?> setting : recipe.settings()) {
      stdout.printf(
          "  --set %-30s %s (%s)%n",
          setting.key() + "=" + Setting.text(experiment.get(setting)),
          setting.meaning(),
          setting.allowed());
    }
    stdout.printf("would write %s%n", experiment.path());
  }
}
