package dev.collapsar.learn.recipe;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Nearest;
import dev.collapsar.learn.recipe.collapse.CollapseRecipe;
import dev.collapsar.learn.recipe.digitnine.DigitNine;
import dev.collapsar.learn.recipe.domainshift.DomainShift;
import dev.collapsar.learn.recipe.feedbacknull.FeedbackNull;
import dev.collapsar.learn.recipe.finetune.FineTune;
import dev.collapsar.learn.recipe.loraranks.LoraRanks;
import dev.collapsar.learn.run.Recipe;
import java.util.List;

/** The built-in recipes. */
public final class Recipes {
  private static final List<Recipe> ALL =
      List.of(
          new DomainShift(),
          LoraRanks.onDigits(),
          LoraRanks.onCifar10(),
          new DigitNine(),
          CollapseRecipe.atTheLastLayer(),
          CollapseRecipe.atEveryStage(),
          new FeedbackNull(),
          new FineTune());

  private Recipes() {}

  public static List<Recipe> all() {
    return ALL;
  }

  public static Recipe named(String name) {
    return ALL.stream()
        .filter(recipe -> recipe.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "unknown recipe %s; %s (or a YAML file; 'collapsar list' shows all)"
                        .formatted(
                            name, Nearest.suggest(name, ALL.stream().map(Recipe::name).toList()))));
  }
}
