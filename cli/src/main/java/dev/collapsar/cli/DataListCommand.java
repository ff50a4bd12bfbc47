package dev.collapsar.cli;

import dev.collapsar.cli.output.OutputForm;
import dev.collapsar.cli.output.Wrapped;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.dataset.DataFolder;
import dev.collapsar.learn.dataset.NamedImages;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The data that have a name, one line each. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "List the images that have a name, and where they are.")
final class DataListCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private OutputForm form;

  @Override
  public Integer call() {
    PrintWriter stdout = spec.commandLine().getOut();
    if (form.isJson()) {
      OutputForm.print(
          Arrays.stream(NamedImages.values()).map(DataListCommand::row).toList(), stdout);
      return ExitCodes.DONE;
    }
    for (NamedImages data : NamedImages.values()) {
      String is = "%s; %s".formatted(data.summary(), data.whereabouts(DataFolder.usual()));
      stdout.println(Wrapped.behind(String.format(Locale.ROOT, "%-15s", data.key()), is));
    }
    return ExitCodes.DONE;
  }

  private static Map<String, String> row(NamedImages data) {
    Map<String, String> row = new LinkedHashMap<>();
    row.put("name", data.key());
    row.put("summary", data.summary());
    row.put("where", data.whereabouts(DataFolder.usual()));
    return row;
  }
}
