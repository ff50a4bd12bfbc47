package dev.collapsar.study;

import dev.collapsar.data.NewFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The directory of a study: run directories, the plan that they were made by if there was one, and
 * what was read from them.
 *
 * <pre>
 * study.yaml  the plan, before the first run
 * study.json  what was read: every number over seeds, every contrast, every hypothesis
 * study.csv   every number of every complete run, one a row
 * study.html  a function of the records and the plan
 * </pre>
 */
public record StudyDirectory(Path path) {
  /** Where the plan stands. */
  public Path plan() {
    return path.resolve("study.yaml");
  }

  /** Whether a YAML file is one of a study: it has the key {@code study}. */
  public static boolean isPlan(Path file) {
    return StudyYaml.isStudy(file);
  }

  /**
   * Reads a file of a study.
   *
   * @throws dev.collapsar.InvalidInputException if it cannot be read, is no such file, or holds a
   *     key or value that is not allowed
   */
  public static StudyFile readPlan(Path file) {
    return new StudyYaml(file).read();
  }

  /**
   * Reads the plan; empty if the runs were made without one.
   *
   * @throws dev.collapsar.InvalidInputException if it is damaged
   */
  public Optional<StudyFile> readPlan() {
    return Files.exists(plan()) ? Optional.of(readPlan(plan())) : Optional.empty();
  }

  /** Writes the plan. */
  public void write(StudyFile plan) {
    writeText(plan(), plan.toYaml());
  }

  /** Where the page stands. */
  public Path page() {
    return path.resolve("study.html");
  }

  /** Writes what was read, and the page on it. */
  public void write(Study study, String html) {
    writeText(path.resolve("study.json"), StudyJson.format(study));
    writeText(path.resolve("study.csv"), StudyCsv.format(study.runs()));
    writeText(page(), html);
  }

  private static void writeText(Path file, String text) {
    NewFile.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }
}
