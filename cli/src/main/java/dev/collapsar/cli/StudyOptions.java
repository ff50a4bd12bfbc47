package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.study.Axis;
import dev.collapsar.study.Seeds;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that make a study of a run. */
final class StudyOptions {
  @Option(
      names = "--seeds",
      paramLabel = "LIST",
      description =
          "a study: one run a seed, such as 1..5 or 3,7,11; --out is then the study's directory")
  private String seeds;

  @Option(
      names = "--adapt-seeds",
      paramLabel = "LIST",
      description = "seeds of adaptation, each on the same base of every seed")
  private String adaptSeeds;

  @Option(
      names = "--sweep",
      paramLabel = "key=v1,v2",
      description =
          "a study: one run for each value of a setting; repeatable, and multiplied; values that"
              + " hold commas are separated by |, as in lora.rank=1,4|1,16")
  private List<String> sweep = List.of();

  @Option(
      names = "--control",
      paramLabel = "NAME",
      description =
          "what all else in a study is held against: a variant, or a value such as lora.rank=1")
  private String control;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      description = "how many runs of a study at a time, which share --threads (default: 1)")
  private int jobs = 1;

  @Option(
      names = "--print-commands",
      description = "print a command line for each run of a study, for a scheduler, and stop")
  private boolean printCommands;

  /** Whether a study is asked for by these options alone. */
  boolean isAsked() {
    return seeds != null || adaptSeeds != null || !sweep.isEmpty();
  }

  /**
   * Refuses what only a study has.
   *
   * @throws InvalidInputException for an option of a study without one
   */
  void requireNone() {
    if (control != null || printCommands || jobs != 1) {
      throw new InvalidInputException(
          "--%s: is of a study; ask for one by --seeds, --sweep or a study's file"
              .formatted(control != null ? "control" : printCommands ? "print-commands" : "jobs"));
    }
  }

  List<Long> seeds(long otherwise) {
    return seeds == null ? List.of(otherwise) : Seeds.parse("--seeds", seeds);
  }

  boolean hasSeeds() {
    return seeds != null;
  }

  List<Long> adaptSeeds() {
    return adaptSeeds == null ? List.of() : Seeds.parse("--adapt-seeds", adaptSeeds);
  }

  String control() {
    return control;
  }

  boolean printsCommands() {
    return printCommands;
  }

  int jobs() {
    if (jobs < 1 || jobs > 256) {
      throw new InvalidInputException(
          "--jobs %s: must be a whole number in 1..256".formatted(jobs));
    }
    return jobs;
  }

  /** The axes, in the order given. */
  List<Axis> axes() {
    List<Axis> axes = new ArrayList<>();
    for (String text : sweep) {
      int equals = text.indexOf('=');
      if (equals < 1) {
        throw new InvalidInputException(
            "--sweep %s: must be key=value,value such as lora.rank=1,4,16".formatted(text));
      }
      String key = text.substring(0, equals);
      String separator = text.indexOf('|') < 0 ? "," : "\\|";
      List<String> values = List.of(text.substring(equals + 1).split(separator, -1));
      if (values.stream().distinct().count() < values.size()) {
        throw new InvalidInputException("--sweep %s: has a value twice".formatted(text));
      }
      if (axes.stream().anyMatch(axis -> axis.key().equals(key))) {
        throw new InvalidInputException("--sweep %s: %s is swept twice".formatted(text, key));
      }
      axes.add(new Axis(key, values));
    }
    return axes;
  }
}
