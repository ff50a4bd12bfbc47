package dev.collapsar.cli;

import dev.collapsar.cli.output.OutputForm;
import dev.collapsar.cli.output.Wrapped;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.recipe.Recipes;
import dev.collapsar.learn.run.Recipe;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The built-in recipes. */
@Command(name = "list", mixinStandardHelpOptions = true, description = "List the built-in recipes.")
final class ListCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private OutputForm form;

  @Override
  public Integer call() {
    if (form.isJson()) {
      OutputForm.print(
          Recipes.all().stream()
              .map(recipe -> Map.of("name", recipe.name(), "summary", recipe.summary()))
              .map(TreeMap::new)
              .toList(),
          spec.commandLine().getOut());
      return ExitCodes.DONE;
    }
    for (Recipe recipe : Recipes.all()) {
      spec.commandLine()
          .getOut()
          .println(
              Wrapped.behind(String.format(Locale.ROOT, "%-20s", recipe.name()), recipe.summary()));
    }
    return ExitCodes.DONE;
  }
}
