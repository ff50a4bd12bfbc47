package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.run.InterruptedRun;
import dev.collapsar.learn.settings.RecipeFile;
import dev.collapsar.learn.settings.SettingText;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * Which recipe, seed and settings the options ask for, with or without a file.
 *
 * @param recipe as typed, or null
 * @param seed the option {@code --seed}, or null
 * @param set the options {@code --set}
 */
record RunChoice(String recipe, Long seed, List<String> set) {
  private static final long DEFAULT_SEED = 42;

  /** Whether a recipe is named by its file. */
  static boolean isFile(String recipe) {
    return recipe.endsWith(".yaml") || recipe.endsWith(".yml") || recipe.contains("/");
  }

  /**
   * The recipe's name, the seed and the settings.
   *
   * @param past the run that goes on
   * @param noRecipe what is thrown if neither that nor the options name a recipe
   */
  RecipeFile file(Optional<InterruptedRun> past, Supplier<RuntimeException> noRecipe) {
    Optional<RecipeFile> before = past.flatMap(InterruptedRun::file);
    Map<String, SettingText> settings = new LinkedHashMap<>();
    OptionalLong said = seed == null ? OptionalLong.empty() : OptionalLong.of(seed);
    String name = recipe;
    if (recipe == null) {
      name = before.orElseThrow(noRecipe).recipe();
    } else if (isFile(recipe)) {
      RecipeFile file = RecipeFile.read(Path.of(recipe));
      name = file.recipe();
      said = said.isPresent() ? said : file.seed();
      settings.putAll(file.chosen());
    }
    if (said.isEmpty()) {
      said = before.map(RecipeFile::seed).orElse(said);
    }
    set.forEach(text -> choose(text, settings));
    return new RecipeFile(name, OptionalLong.of(said.orElse(DEFAULT_SEED)), settings);
  }

  private static void choose(String text, Map<String, SettingText> chosen) {
    int equals = text.indexOf('=');
    if (equals < 1) {
      throw new InvalidInputException(
          "--set %s: must be key=value, such as adapt.epochs=1".formatted(text));
    }
    chosen.put(text.substring(0, equals), new SettingText(text.substring(equals + 1), "--set"));
  }
}
