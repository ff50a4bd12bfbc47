package dev.collapsar.cli;

import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.recipe.Recipes;
import dev.collapsar.learn.run.Recipe;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The built-in recipes, one line each. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "List the built-in recipes, one line each.")
final class ListCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    for (Recipe recipe : Recipes.all()) {
      spec.commandLine()
          .getOut()
          .printf(Locale.ROOT, "%-16s %s%n", recipe.name(), recipe.summary());
    }
    return ExitCodes.DONE;
  }
}
