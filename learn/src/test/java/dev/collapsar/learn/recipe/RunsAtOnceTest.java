package dev.collapsar.learn.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.recipe.digitnine.DigitNine;
import dev.collapsar.learn.recipe.domainshift.DomainShift;
import dev.collapsar.learn.run.Recipe;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.run.RunClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A convolutional network beside one without, since these share the threads differently. */
class RunsAtOnceTest {
  private static final List<Recipe> RECIPES = List.of(new DomainShift(), new DigitNine());

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void runsOfOneProcessAtTheSameTimeEndAsEachAlone(int threads) {
    List<String> alone = RECIPES.stream().map(r -> numbers(r, threads, "alone")).toList();
    alone.forEach(text -> assertTrue(text.lines().count() > 20, text));
    ExecutorService callers = Executors.newFixedThreadPool(2);
    try {
      List<CompletableFuture<String>> atOnce =
          RECIPES.stream()
              .map(
                  r -> CompletableFuture.supplyAsync(() -> numbers(r, threads, "at-once"), callers))
              .toList();
      assertEquals(alone, atOnce.stream().map(CompletableFuture::join).toList());
    } finally {
      callers.shutdown();
    }
  }

  private String numbers(Recipe recipe, int threads, String folder) {
    Path out = directory.resolve(recipe.name() + "-" + folder);
    Map<String, SettingText> chosen = ResumeTest.tiny(recipe);
    Map.of("base.epochs", "1", "adapt.epochs", "1", "null.draws", "0", "base.samples", "50")
        .forEach(
            (key, text) -> chosen.computeIfPresent(key, (k, v) -> new SettingText(text, "--set")));
    RunOptions options = new RunOptions(chosen, out, null, 7, threads, "cpu", false);
    RunEngine.prepare(recipe, options, new Watching(() -> {}), RunClock.system()).run();
    try (Stream<String> lines = Files.lines(out.resolve("metrics.csv"))) {
      return lines.filter(line -> !line.contains("seconds")).collect(Collectors.joining("\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
