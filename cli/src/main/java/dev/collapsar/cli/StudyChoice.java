package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.settings.RecipeFile;
import dev.collapsar.study.Axis;
import dev.collapsar.study.Question;
import dev.collapsar.study.StudyDirectory;
import dev.collapsar.study.StudyFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * Which study the options ask for, with or without a file.
 *
 * @param set the options {@code --set}
 */
record StudyChoice(StudyOptions options, boolean quick, List<String> set) {

  /**
   * The study.
   *
   * @param recipe as typed, or null
   * @param out the directory of a study that goes on
   * @param single what the same options say of one run
   */
  StudyFile file(String recipe, Path out, Supplier<RecipeFile> single) {
    if (recipe != null && StudyDirectory.isPlan(Path.of(recipe))) {
      return fixed(StudyDirectory.readPlan(Path.of(recipe)), recipe);
    }
    if (recipe == null) {
      return fixed(
          new StudyDirectory(out)
              .readPlan()
              .orElseThrow(() -> new InvalidInputException("a study needs a recipe")),
          new StudyDirectory(out).plan().toString());
    }
    RecipeFile one = single.get();
    Map<String, String> settings = new LinkedHashMap<>();
    one.chosen().forEach((key, value) -> settings.put(key, value.text()));
    List<Axis> axes = options.axes();
    Question question = Question.open();
    return new StudyFile(
        one.recipe(),
        options.seeds(one.seed().orElseThrow()),
        options.adaptSeeds(),
        quick,
        settings,
        axes,
        List.of(),
        OptionalInt.empty(),
        "",
        options.control() == null ? question : question.withControl(options.control()));
  }

  /** A file is what it is: nothing on the command line changes what it fixed. */
  private StudyFile fixed(StudyFile file, String name) {
    if (options.isAsked() || options.control() != null || quick || !set.isEmpty()) {
      throw new InvalidInputException(
          "%s fixes its seeds, settings and control; change them there".formatted(name));
    }
    return file;
  }
}
