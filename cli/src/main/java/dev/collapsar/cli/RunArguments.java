package dev.collapsar.cli;

import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.study.PlannedRun;
import dev.collapsar.learn.study.StudyPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The command line, after {@code collapsar}, of one run of a study. */
final class RunArguments {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./=:,@%+-]+");

  private RunArguments() {}

  static List<String> of(StudyPlan plan, PlannedRun run) {
    RunOptions options = plan.options(run);
    List<String> arguments = new ArrayList<>(List.of("run", plan.recipe().name()));
    if (options.quick()) {
      arguments.add("--quick");
    }
    options.chosen().forEach((key, value) -> add(arguments, "--set", key + "=" + value.text()));
    add(arguments, "--seed", options.seed());
    add(arguments, "--threads", options.threads());
    add(arguments, "--device", options.device());
    if (options.dataDir() != null) {
      add(arguments, "--data-dir", options.dataDir());
    }
    add(arguments, "--bases", options.bases());
    if (options.tensorBoard() != null) {
      add(arguments, "--tensorboard", options.tensorBoard());
    }
    if (options.mlflow() != null) {
      add(arguments, "--mlflow", options.mlflow());
    }
    add(arguments, "--out", options.out());
    return arguments;
  }

  private static void add(List<String> arguments, String option, Object value) {
    arguments.add(option);
    arguments.add(value.toString());
  }

  /** As a line for a POSIX shell. */
  static String line(List<String> arguments) {
    return arguments.stream()
        .map(a -> PLAIN.matcher(a).matches() ? a : "'" + a.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" ", "collapsar ", ""));
  }
}
