package dev.collapsar.learn.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.RandomImages;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.recipe.digitnine.DigitNine;
import dev.collapsar.learn.run.Recipe;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.TestRecipe;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.learn.variant.EpochMetrics;
import dev.collapsar.learn.variant.TestSet;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.random.Seed;
import dev.collapsar.run.Machine;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunConditions;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ResumeTest {
  private static final Seed SEED = new Seed(3);
  private static final ImageSet IMAGES = RandomImages.of(40, 8, 8, 3);

  /** Small values of settings that recipes have under these names. */
  private static final Map<String, String> TINY =
      Map.ofEntries(
          Map.entry("base.samples", "200"),
          Map.entry("base.epochs", "2"),
          Map.entry("adapt.samples", "100"),
          Map.entry("adapt.epochs", "3"),
          Map.entry("samples", "200"),
          Map.entry("probe.samples", "64"),
          Map.entry("null.networks", "2"),
          Map.entry("test.samples", "100"),
          Map.entry("data", "mnist"),
          Map.entry("null.draws", "20"),
          Map.entry("null.shuffles", "5"),
          Map.entry("ood.samples", "100"),
          Map.entry("epochs", "3"),
          Map.entry("batch", "50"),
          Map.entry("network.width", "4"),
          Map.entry("adapt.steps", "8"),
          Map.entry("adapt.every", "2"));

  @TempDir private Path directory;
  private RunEngine running;

  static List<Recipe> recipes() {
    return Recipes.all();
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void aRecipeThatBreaksOffTwiceEndsWithTheSameBytes(Recipe recipe) throws IOException {
    breaksOffTwice(recipe, tiny(recipe));
  }

  /** The recipe at sizes that end in seconds. */
  static Map<String, SettingText> tiny(Recipe recipe) {
    Map<String, SettingText> tiny = new TreeMap<>();
    recipe.settings().stream()
        .filter(setting -> TINY.containsKey(setting.key()))
        .forEach(s -> tiny.put(s.key(), new SettingText(TINY.get(s.key()), "--set")));
    return tiny;
  }

  @Test
  void dropoutAndMomentsAndRunningStatisticsGoOnWhereTheyWere() throws IOException {
    List<Consumer<RunContext>> trainings =
        List.of(
            run -> {
              try (Network network = LayerNetwork.initialized(new SmallCnn(1, 8, 3), SEED)) {
                AdapterConfig config =
                    AdapterConfig.of(new ModuleSelector.AllLinear(), 2, 4).dropout(0.5).build();
                Adapter.attach(network, "default", config, SEED);
                train(trainer(run), "lora", network, OptimizerSpec.Adam.withLearningRate(0.01));
              }
            },
            run -> {
              try (Network network =
                  LayerNetwork.initialized(new ResNet18(1, 2, ResNet18.Stem.CIFAR, 3), SEED)) {
                train(trainer(run), "resnet", network, new OptimizerSpec.Sgd(0.05, 0.9, 5e-4));
              }
            });
    breaksOffTwice(
        new TestRecipe(run -> trainings.forEach(training -> training.accept(run))), Map.of());
  }

  /** Stops after a third of the steps, goes on for another third, and then to the end. */
  private void breaksOffTwice(Recipe recipe, Map<String, SettingText> chosen) throws IOException {
    RunOptions whole = options(chosen, directory.resolve("whole"));
    List<Integer> steps = new ArrayList<>();
    assertEquals(Status.COMPLETE, run(recipe, whole, Integer.MAX_VALUE, steps).status());

    RunOptions broken = options(chosen, directory.resolve("broken"));
    int third = steps.size() / 3;
    assertEquals(Status.INTERRUPTED, run(recipe, broken, third, null).status());
    List<String> left = Files.readAllLines(broken.out().resolve("metrics.csv"));
    assertEquals(Status.INTERRUPTED, run(recipe, broken.resuming(), third, null).status());
    assertTrue(
        Files.readAllLines(broken.out().resolve("metrics.csv")).size() >= left.size(),
        "what was measured is gone");
    RunRecord end = run(recipe, broken.resuming(), Integer.MAX_VALUE, null);

    assertEquals(Status.COMPLETE, end.status());
    assertEquals(
        Files.readString(whole.out().resolve("metrics.csv")),
        Files.readString(broken.out().resolve("metrics.csv")));
    RunRecord uninterrupted = RunDirectory.open(whole.out()).record();
    assertEquals(uninterrupted.exhibits(), end.exhibits());
    assertEquals(uninterrupted.classifications(), end.classifications());
    assertEquals(uninterrupted.variants(), end.variants());
    // Or a study whose hypothesis is about one of them would be refused.
    end.metrics().forEach(info -> assertTrue(RecordedMetrics.mayBe(info.id()), info.id()));
    end.metrics().stream()
        .map(MetricInfo::calibrated)
        .filter(Objects::nonNull)
        .filter(of -> of.column() == Column.MEAN || of.column() == Column.CLOSED_FORM)
        .forEach(of -> assertTrue(RecordedMetrics.mayHaveChance(of.metric()), of.metric()));
    assertEquals(2, end.resumed().size());
    assertTrue(end.notes().contains("The run broke off and was resumed 2 times."), "unsaid");
    assertFalse(Files.exists(broken.out().resolve("checkpoints")), "nothing needs them any more");
    assertFalse(Files.exists(broken.out().resolve(".lock")));
  }

  @Test
  void aCompleteRunIsLeftAsItIs() {
    Recipe recipe = new TestRecipe(e -> e.note("once"));
    RunOptions options = options(Map.of(), directory.resolve("run"));
    RunRecord first = run(recipe, options, Integer.MAX_VALUE, null);
    assertEquals(first, run(recipe, options.resuming(), Integer.MAX_VALUE, null));
  }

  @Test
  void theLastTwoEpochsAreKept() throws IOException {
    Path out = directory.resolve("run");
    List<String> kept = new ArrayList<>();
    Recipe recipe =
        new TestRecipe(
            e -> {
              trainSmall(e);
              kept.addAll(files(out.resolve("checkpoints/adapt/small")));
              trainThenStop(e);
            });
    assertEquals(
        Status.INTERRUPTED, run(recipe, options(Map.of(), out), Integer.MAX_VALUE, null).status());
    assertEquals(List.of("epoch-4.safetensors"), kept, "it is trained no further");
    assertEquals(
        List.of("epoch-1.safetensors", "epoch-2.safetensors"),
        files(out.resolve("checkpoints/adapt/stopped")));
  }

  @Test
  void aDamagedCheckpointIsLeftOutAndTheOneBeforeItTaken() throws IOException {
    Recipe recipe = new TestRecipe(this::trainSmall);
    RunOptions whole = options(Map.of(), directory.resolve("whole"));
    List<Integer> steps = new ArrayList<>();
    run(recipe, whole, Integer.MAX_VALUE, steps);
    RunOptions broken = options(Map.of(), directory.resolve("broken"));
    run(recipe, broken, steps.size() - 1, null);
    Path last = broken.out().resolve("checkpoints/adapt/small/epoch-3.safetensors");
    Files.write(last, new byte[100]);
    Watching watching = new Watching(() -> {});
    RunEngine.prepare(recipe, broken.resuming(), watching, RunClock.system()).run();
    assertTrue(watching.lines.get(0).startsWith(last + " is left out: "), watching.lines.get(0));
    assertEquals("small     goes on after epoch 2", watching.lines.get(1));
    assertEquals(
        Files.readString(whole.out().resolve("metrics.csv")),
        Files.readString(broken.out().resolve("metrics.csv")));
  }

  @Test
  void anotherRunIsNotResumed() {
    Setting<Integer> rank = Setting.integer("rank", 2, 1, 9, "rank");
    Recipe recipe = new TestRecipe(List.of(rank), this::trainThenStop);
    Path out = directory.resolve("run");
    Map<String, SettingText> three = Map.of("rank", new SettingText("3", "--set"));
    run(recipe, options(three, out), Integer.MAX_VALUE, null);
    Map<String, SettingText> four = Map.of("rank", new SettingText("4", "--set"));
    RunOptions seed = new RunOptions(Map.of(), out, null, 8, 1, "cpu", false).resuming();
    RunOptions threads = new RunOptions(Map.of(), out, null, 7, 2, "cpu", false).resuming();
    String end =
        ", but the run in %s began with %%s; resume it with that, or begin another run"
            .formatted(out);
    refuse(recipe, options(four, out).resuming(), "--set rank is 4" + end.formatted(3));
    refuse(recipe, seed, "--seed is 8" + end.formatted(7));
    refuse(recipe, threads, "--threads is 2" + end.formatted(1));
    refuse(
        new DigitNine(),
        options(Map.of(), out).resuming(),
        "the recipe is digit-nine" + end.formatted("test"));
    Path nowhere = directory.resolve("nowhere");
    refuse(
        recipe,
        options(Map.of(), nowhere).resuming(),
        "--resume --out %s: there is no run; leave --resume out to begin one".formatted(nowhere));
    RunEngine same = prepare(recipe, options(Map.of(), out).resuming());
    assertEquals(3, same.settings().get(rank), "what is not said again is as it was");
  }

  @Test
  void whatDeterminesTheNumbersIsOnDiskBeforeTheFirst() {
    Path out = directory.resolve("run");
    List<RunConditions> found = new ArrayList<>();
    Recipe recipe =
        new TestRecipe(
            e -> {
              assertEquals(!found.isEmpty(), Files.exists(out.resolve("record.json")));
              found.add(RunDirectory.open(out).conditions().orElseThrow());
              trainSmall(e);
            });
    RunOptions options = new RunOptions(Map.of(), out, Path.of("images"), 7, 1, "cpu", false);
    run(recipe, options, 9, null);
    run(recipe, options(Map.of(), out).resuming(), Integer.MAX_VALUE, null);
    assertEquals(found.get(0), RunDirectory.open(out).conditions().orElseThrow());
    assertEquals(Path.of("images").toAbsolutePath().toString(), found.get(0).dataDirectory());
    assertEquals(Machine.collapsar(), found.get(0).collapsar());
  }

  @Test
  void anEditedRecipeOrAnotherVersionIsRefused() throws IOException {
    Setting<Integer> rank = Setting.integer("rank", 2, 1, 9, "rank");
    Recipe recipe = new TestRecipe(List.of(rank), this::trainThenStop);
    Path out = directory.resolve("run");
    run(recipe, options(Map.of(), out), Integer.MAX_VALUE, null);
    Path file = out.resolve("recipe.yaml");
    String written = Files.readString(file);
    Files.writeString(file, written.replace("rank: 2", "rank: 3"));
    refuse(
        recipe, options(Map.of(), out).resuming(), "recipe.yaml rank is 3, but the run in " + out);
    Files.delete(out.resolve("record.json"));
    refuse(recipe, options(Map.of(), out).resuming(), file + " is not what the run began with");
    Files.writeString(file, "# said\n" + written);
    prepare(recipe, options(Map.of(), out).resuming());
    Path conditions = out.resolve("conditions.json");
    String now = Machine.collapsar();
    Files.writeString(conditions, Files.readString(conditions).replace(now, "0.0.1"));
    refuse(
        recipe,
        options(Map.of(), out).resuming(),
        "the version of Collapsar is %s, but the run in %s began with 0.0.1".formatted(now, out));
  }

  @Test
  void theSameImagesElsewhereAreAcceptedAndSaid() throws IOException {
    Setting<String> data = new Setting<>("data", "a/x", "images", "a place", text -> text);
    Recipe recipe =
        new TestRecipe(
            List.of(data),
            e -> {
              e.useData("train", IMAGES);
              trainSmall(e);
            });
    Path out = directory.resolve("run");
    run(recipe, options(Map.of(), out), 9, null);
    Map<String, SettingText> moved = Map.of("data", new SettingText("b/x", "--set"));
    RunRecord end = run(recipe, options(moved, out).resuming(), Integer.MAX_VALUE, null);
    assertEquals(Status.COMPLETE, end.status());
    assertTrue(
        end.notes()
            .contains(
                "The data lie in b/x now, and lay in a/x when the run began: the same by their"
                    + " hashes."),
        end.notes()::toString);
    assertTrue(Files.readString(out.resolve("recipe.yaml")).contains("b/x"));
    Map<String, SettingText> named = Map.of("data", new SettingText("mnist", "--set"));
    refuse(recipe, options(named, out).resuming(), "--set data is mnist, but the run in ");
  }

  @Test
  void aFileThatASettingNamesMustHaveTheContentItHadWhenTheRunBegan() throws IOException {
    Setting<String> base = Setting.file("base.checkpoint", "a base");
    Recipe recipe = new TestRecipe(List.of(base), this::trainThenStop);
    Path file = Files.writeString(directory.resolve("base.pth"), "weights");
    Map<String, SettingText> chosen =
        Map.of("base.checkpoint", new SettingText(file.toString(), "--set"));
    Path out = directory.resolve("run");
    run(recipe, options(chosen, out), Integer.MAX_VALUE, null);
    assertEquals(
        Map.of(
            "base.checkpoint", "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"),
        RunDirectory.open(out).conditions().orElseThrow().files());
    Files.writeString(file, "others");
    RunEngine other = prepare(recipe, options(Map.of(), out).resuming());
    String message = assertThrows(InvalidInputException.class, other::run).getMessage();
    assertTrue(
        message.startsWith("base.checkpoint=%s: its sha256 is ".formatted(file))
            && message.endsWith("; resume it with that file"),
        message);
    Files.delete(file);
    RunEngine gone = prepare(recipe, options(Map.of(), out).resuming());
    assertTrue(
        assertThrows(InvalidInputException.class, gone::run)
            .getMessage()
            .startsWith("base.checkpoint=%s: there is no such file, but".formatted(file)));
    Path moved = Files.writeString(directory.resolve("moved.pth"), "weights");
    RunOptions elsewhere =
        options(Map.of("base.checkpoint", new SettingText(moved.toString(), "--set")), out);
    assertEquals(
        Status.INTERRUPTED, run(recipe, elsewhere.resuming(), 1, null).status(), "the same bytes");
  }

  /** Recipes, and the key of a number of epochs that may change. */
  @ParameterizedTest
  @CsvSource({"domain-shift, adapt.epochs", "lora-ranks, adapt.epochs", "feedback-null, epochs"})
  void anotherNumberOfEpochsEndsAsIfItHadBeenChosenFirst(String name, String key)
      throws IOException {
    Recipe recipe = Recipes.named(name);
    Map<String, SettingText> few = tiny(recipe);
    few.put(key, new SettingText("2", "--set"));
    Map<String, SettingText> many = new TreeMap<>(few);
    many.put(key, new SettingText("3", "--set"));
    List<Integer> steps = new ArrayList<>();
    RunOptions whole = options(many, directory.resolve("whole"));
    run(recipe, whole, Integer.MAX_VALUE, steps);
    Path out = directory.resolve("run");
    run(recipe, options(few, out), steps.size() / 2, null);
    RunRecord end = run(recipe, options(many, out).resuming(), Integer.MAX_VALUE, null);
    assertEquals(Status.COMPLETE, end.status());
    assertEquals(
        Files.readString(whole.out().resolve("metrics.csv")),
        Files.readString(out.resolve("metrics.csv")));
    assertEquals(3, end.settings().get(key));
  }

  @Test
  void anotherNumberOfEpochsIsRefusedWhereMoreDependsOnIt() {
    Setting<Integer> epochs = Setting.integer("epochs", 4, 1, 9, "epochs");
    Recipe recipe = new TestRecipe(List.of(epochs), this::trainThenStop);
    Path out = directory.resolve("run");
    run(recipe, options(Map.of(), out), Integer.MAX_VALUE, null);
    Map<String, SettingText> five = Map.of("epochs", new SettingText("5", "--set"));
    refuse(
        recipe,
        options(five, out).resuming(),
        ("--set epochs is 5, but the run in %s began with 4, and its schedule, or what is"
                + " trained on it, depends on that")
            .formatted(out));
  }

  @Test
  void otherImagesThanTheRunBeganWithAreRefusedAndTheRunStays() throws IOException {
    ImageSet[] images = {IMAGES};
    Recipe recipe =
        new TestRecipe(
            e -> {
              e.useData("train", images[0]);
              trainThenStop(e);
            });
    Path out = directory.resolve("run");
    run(recipe, options(Map.of(), out), Integer.MAX_VALUE, null);
    String record = Files.readString(out.resolve("record.json"));
    images[0] = RandomImages.of(41, 8, 8, 3);
    RunEngine resumed = prepare(recipe, options(Map.of(), out).resuming());
    String message = assertThrows(InvalidInputException.class, resumed::run).getMessage();
    assertTrue(message.contains("are not the train images that the run in " + out), message);
    assertEquals(record, Files.readString(out.resolve("record.json")));
  }

  @Test
  void dataThatAreGoneEndInTheirOwnLineAndTheRunGoesOnWhenTheyAreBack() throws IOException {
    boolean[] gone = {false};
    Recipe recipe =
        new TestRecipe(
            e -> {
              if (gone[0]) {
                throw new InvalidInputException("images.tar: no such file");
              }
              trainSmall(e);
            });
    RunOptions options = options(Map.of(), directory.resolve("run"));
    run(recipe, options, 9, null);
    gone[0] = true;
    RunEngine without = prepare(recipe, options.resuming());
    assertEquals(
        "images.tar: no such file",
        assertThrows(InvalidInputException.class, without::run).getMessage());
    gone[0] = false;
    assertEquals(
        Status.COMPLETE, run(recipe, options.resuming(), Integer.MAX_VALUE, null).status());
  }

  @Test
  void aDirectoryIsForOneProcess() {
    Path out = directory.resolve("run");
    List<String> refusals = new ArrayList<>();
    Recipe recipe =
        new TestRecipe(
            e -> {
              trainSmall(e);
              RunEngine second =
                  prepare(new TestRecipe(f -> {}), options(Map.of(), out).resuming());
              refusals.add(assertThrows(InvalidInputException.class, second::run).getMessage());
            });
    assertEquals(
        Status.COMPLETE, run(recipe, options(Map.of(), out), Integer.MAX_VALUE, null).status());
    assertEquals(
        List.of(
            "run directory %s is in use by process %s; wait for it, or choose another directory"
                .formatted(out, ProcessHandle.current().pid())),
        refusals);
  }

  private void refuse(Recipe recipe, RunOptions options, String message) {
    String said =
        assertThrows(InvalidInputException.class, () -> prepare(recipe, options)).getMessage();
    assertTrue(said.startsWith(message), said);
  }

  private void trainSmall(RunContext run) {
    try (Network network = LayerNetwork.initialized(new SmallCnn(1, 8, 3), SEED)) {
      train(trainer(run), "small", network, OptimizerSpec.Adam.withLearningRate(0.01));
    }
  }

  private void trainThenStop(RunContext run) {
    EpochMetrics stop =
        (network, tests, evaluated) -> {
          if (run.history().variant("stopped").epochs().contains(2)) {
            running.stop();
          }
          return List.of();
        };
    try (Network network = LayerNetwork.initialized(new SmallCnn(1, 8, 3), SEED)) {
      VariantTrainer trainer = trainer(run).withMetrics(stop);
      train(trainer, "stopped", network, new OptimizerSpec.Sgd(0.01, 0, 0));
    }
  }

  private static VariantTrainer trainer(RunContext run) {
    OrderedBatches test = OrderedBatches.inOrder(IMAGES, 20, SEED);
    return new VariantTrainer(run, List.of(new TestSet("test", LearnMetrics.ACCURACY_TEST, test)));
  }

  private static void train(
      VariantTrainer trainer, String name, Network network, OptimizerSpec optimizer) {
    Variant variant = new Variant(name, "adapt", Variant.Kind.FULL);
    trainer.train(
        trainer.run().beginVariant(variant, network),
        network,
        TrainingSpec.of(optimizer),
        4,
        epoch -> OrderedBatches.shuffled(IMAGES, 10, SEED.under("epoch/" + epoch)));
  }

  private static RunOptions options(Map<String, SettingText> chosen, Path out) {
    return new RunOptions(chosen, out, null, 7, 1, "cpu", false);
  }

  private static RunEngine prepare(Recipe recipe, RunOptions options) {
    return RunEngine.prepare(recipe, options, new Watching(() -> {}), RunClock.system());
  }

  /** Runs, and stops at the step after so many; steps are counted in {@code counted}. */
  private RunRecord run(Recipe recipe, RunOptions options, int most, List<Integer> counted) {
    int[] steps = new int[1];
    Watching watching =
        new Watching(
            () -> {
              if (counted != null) {
                counted.add(1);
              }
              if (++steps[0] > most) {
                running.stop();
              }
            });
    running = RunEngine.prepare(recipe, options, watching, RunClock.system());
    return running.run();
  }

  private static List<String> files(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
