package dev.collapsar.learn.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.RandomImages;
import dev.collapsar.learn.run.Recipe;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.TestRecipe;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.learn.settings.DataSettings;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.variant.RunImages;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same thing is called the same in every recipe, and by its former name too. */
class VocabularyTest {
  private static final Set<String> TRAINING =
      Set.of("epochs", "optimizer", "learning-rate", "momentum", "weight-decay", "schedule");

  /** Of domain-shift: what makes it small, by the names that these keys have today. */
  private static final Map<String, String> SMALL =
      Map.of(
          "base.samples", "60",
          "base.epochs", "1",
          "test.samples", "40",
          "lora.rank", "2");

  @TempDir Path directory;

  static List<Recipe> recipes() {
    return Recipes.all();
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void everyRecipeTrainsByTheSameSettings(Recipe recipe) {
    Set<String> keys = keys(recipe);
    boolean twice = keys.contains("base.optimizer");
    for (String prefix : twice ? List.of("base.", "adapt.") : List.of("")) {
      Set<String> expected =
          TRAINING.stream().map(key -> prefix + key).collect(Collectors.toCollection(TreeSet::new));
      if (recipe.name().equals("digit-nine") && prefix.equals("adapt.")) {
        expected.remove("adapt.epochs"); // it counts steps
      }
      assertTrue(keys.containsAll(expected), () -> expected + " of " + keys);
    }
    assertTrue(keys.containsAll(Set.of("data", "network", "base.checkpoint", "taps")));
    assertTrue(keys.containsAll(Set.of("test.samples", "batch")));
    assertTrue(keys.contains(twice && !keys.contains("samples") ? "base.samples" : "samples"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"domain-shift", "digit-nine", "lora-ranks", "lora-ranks-cifar10"})
  void everyRecipeThatAdaptsOffersEveryAdapter(String name) {
    Set<String> keys = keys(Recipes.named(name));
    for (String option :
        List.of("kind", "rank", "alpha", "scaling", "dropout", "targets", "init", "plus")) {
      assertTrue(keys.contains("lora." + option), option);
    }
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void aFormerKeyIsNoneOfTodaysAndStandsForSome(Recipe recipe) {
    Set<String> keys = keys(recipe);
    recipe
        .formerKeys()
        .now()
        .forEach(
            (former, now) -> {
              assertTrue(!keys.contains(former), former);
              assertTrue(keys.containsAll(now), () -> former + " was " + now);
            });
  }

  @Test
  void formerKeysGiveTheSameRunAndAreNoted() throws IOException {
    RunRecord now =
        run(
            "now",
            Map.of("adapt.samples", "40", "adapt.epochs", "1", "adapt.learning-rate", "0.01"));
    RunRecord former =
        run(
            "former",
            Map.of("target.samples", "40", "target.epochs", "1", "target.learning-rate", "0.01"));
    assertEquals(-1, Files.mismatch(file("now", "metrics.csv"), file("former", "metrics.csv")));
    assertEquals(-1, Files.mismatch(file("now", "recipe.yaml"), file("former", "recipe.yaml")));
    assertEquals(now.settings(), former.settings());
    assertTrue(
        former.notes().contains("target.epochs is read as adapt.epochs, its name today."),
        former.notes().toString());
    assertEquals(3, former.notes().stream().filter(note -> note.contains("is read as")).count());
    assertEquals(0, now.notes().stream().filter(note -> note.contains("is read as")).count());
  }

  @ParameterizedTest
  @CsvSource({
    "lora-ranks, train.samples, 7, samples",
    "lora-ranks, epochs, 3, adapt.epochs",
    "lora-ranks, learning-rate, 0.5, adapt.learning-rate",
    "lora-ranks-cifar10, momentum, 0.5, base.momentum adapt.momentum",
    "lora-ranks-cifar10, weight-decay, 0.5, base.weight-decay adapt.weight-decay",
    "digit-nine, lora.learning-rate, 0.5, adapt.learning-rate",
    "digit-nine, lora.batches, 3, adapt.steps",
    "digit-nine, lora.every, 3, adapt.every",
    "feedback-null, train.samples, 7, samples",
    "feedback-null, train.epochs, 7, epochs",
    "feedback-null, train.learning-rate, 0.5, learning-rate",
    "collapse, train.samples, 7, samples",
    "collapse-layers, train.samples, 7, samples"
  })
  void formerKeysOfEveryRecipeHaveTheValuesThatTodaysWouldHave(
      String name, String former, String text, String now) {
    Recipe recipe = Recipes.named(name);
    Map<String, SettingText> today = new LinkedHashMap<>();
    Stream.of(now.split(" ")).forEach(key -> today.put(key, new SettingText(text, "--set")));
    Map<String, Object> expected = Settings.resolve(recipe.settings(), today).asMap();
    Map<String, SettingText> before = Map.of(former, new SettingText(text, "--set"));
    assertEquals(
        expected,
        Settings.resolve(recipe.settings(), recipe.formerKeys().read(before).chosen()).asMap());
    Stream.of(now.split(" "))
        .forEach(key -> assertEquals(text, Setting.text(expected.get(key)), key));
  }

  @Test
  void aRunThatBeganUnderFormerKeysIsResumed() throws IOException {
    Map<String, String> choices = Map.of("adapt.samples", "40", "adapt.epochs", "2");
    run("whole", choices);
    RunEngine[] engine = new RunEngine[1];
    int[] steps = {0};
    engine[0] =
        engine(
            "broken",
            choices,
            false,
            new Watching(
                () -> {
                  if (++steps[0] == 12) {
                    engine[0].stop();
                  }
                }));
    assertEquals(RunRecord.Status.INTERRUPTED, engine[0].run().status());
    Path recipe = file("broken", "recipe.yaml");
    String former = "target:\n  samples: 40\n  epochs: 2\n  learning-rate: 0.001\n";
    Files.writeString(
        recipe, Files.readString(recipe).replaceAll("(?m)^adapt:\n(?:  .*\n)+", former));
    RunRecord end = engine("broken", Map.of(), true, new Watching(() -> {})).run();
    assertEquals(RunRecord.Status.COMPLETE, end.status());
    assertTrue(end.notes().stream().anyMatch(note -> note.contains("target.epochs is read as")));
    assertEquals(-1, Files.mismatch(file("whole", "metrics.csv"), file("broken", "metrics.csv")));
  }

  @Test
  void everyAdapterOptionOptimizerAndScheduleTakesPartInARun() {
    RunRecord record =
        run(
            "options",
            Map.of(
                "adapt.samples", "40",
                "adapt.epochs", "1",
                "base.optimizer", "momentum",
                "base.schedule", "steps",
                "adapt.optimizer", "adamw",
                "adapt.weight-decay", "0.01",
                "adapt.schedule", "cosine",
                "lora.kind", "dora",
                "lora.dropout", "0.1",
                "lora.plus", "16"));
    assertEquals(RunRecord.Status.COMPLETE, record.status());
    RunRecord.Variant adapted = record.variants().get(record.variants().size() - 1);
    assertEquals("dora-r2", adapted.name());
    assertTrue(
        adapted.trainableTensors().stream().anyMatch(name -> name.contains("magnitude")),
        adapted.toString());
    assertEquals(0.9, record.settings().get("base.momentum"));
    assertTrue(!record.settings().containsKey("adapt.momentum"));
    assertTrue(!record.settings().containsKey("network.width"));
  }

  @Test
  void moreSamplesThanThereAreAreAllThatThereAre() {
    Setting<Integer> samples = Setting.count("samples", 50, "images");
    ImageSet images = RandomImages.of(40, 8, 8, 3);
    int[] taken = new int[1];
    RunRecord record =
        new TestRecipe(
                List.of(samples),
                run ->
                    taken[0] =
                        new RunImages(run, new DataSettings("mnist"))
                            .sample(images, samples, "subset")
                            .count())
            .engine(new RunOptions(Map.of(), directory.resolve("more"), null, 1, 1, "cpu", false))
            .run();
    assertEquals(40, taken[0]);
    assertEquals(List.of("samples=50: there are 40, all of which take part."), record.notes());
  }

  private static Set<String> keys(Recipe recipe) {
    return recipe.settings().stream().map(Setting::key).collect(Collectors.toSet());
  }

  private Path file(String run, String name) {
    return directory.resolve(run).resolve(name);
  }

  private RunRecord run(String name, Map<String, String> choices) {
    return engine(name, choices, false, new Watching(() -> {})).run();
  }

  private RunEngine engine(
      String name, Map<String, String> choices, boolean resume, Watching watching) {
    Map<String, SettingText> chosen = new LinkedHashMap<>();
    SMALL.forEach((key, value) -> chosen.put(key, new SettingText(value, "--set")));
    choices.forEach((key, value) -> chosen.put(key, new SettingText(value, "--set")));
    RunOptions options = new RunOptions(chosen, directory.resolve(name), null, 1, 1, "cpu", false);
    RunClock clock = new RunClock(() -> Instant.parse("2026-01-02T03:04:05Z"), () -> 0);
    return RunEngine.prepare(
        Recipes.named("domain-shift"), resume ? options.resuming() : options, watching, clock);
  }
}
