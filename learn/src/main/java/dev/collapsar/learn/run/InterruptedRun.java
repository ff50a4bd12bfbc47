package dev.collapsar.learn.run;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.settings.RecipeFile;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A run that is to be resumed, as it lies in its directory.
 *
 * @param file its recipe.yaml; empty if it was killed before it had written that
 * @param record its record.json; empty if it was killed before it had written that
 */
public record InterruptedRun(
    Path directory, Optional<RecipeFile> file, Optional<RunRecord> record) {
  /**
   * Reads what there is.
   *
   * @throws InvalidInputException if there is no such directory, or its files are damaged
   */
  public static InterruptedRun in(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new InvalidInputException(
          "--resume --out %s: there is no run; leave --resume out to begin one"
              .formatted(directory));
    }
    RunDirectory run = RunDirectory.open(directory);
    return new InterruptedRun(
        directory,
        Files.exists(run.recipe()) ? Optional.of(RecipeFile.read(run.recipe())) : Optional.empty(),
        run.hasRecord() ? Optional.of(run.record()) : Optional.empty());
  }

  /**
   * The settings of the run, with which everything in the options must agree.
   *
   * @param chosen what the user chose now, by the keys of today
   * @throws InvalidInputException if something does not agree
   */
  Settings agreed(Recipe recipe, Map<String, SettingText> chosen, RunOptions options) {
    RecipeFile written = file.orElseThrow();
    requireSame("the recipe", recipe.name(), written.recipe());
    Settings settings =
        Settings.resolve(recipe.settings(), recipe.formerKeys().read(written.chosen()).chosen());
    Settings.resolve(recipe.settings(), chosen); // for its messages
    for (Setting<?> setting : recipe.settings()) {
      SettingText choice = chosen.get(setting.key());
      if (choice != null) {
        requireSame(
            choice.origin() + " " + setting.key(), setting.parse(choice), settings.get(setting));
      }
    }
    written.seed().ifPresent(seed -> requireSame("--seed", options.seed(), seed));
    record.ifPresent(
        r -> {
          requireSame("--threads", options.threads(), r.environment().threads());
          requireSame("--device", options.device(), r.environment().device());
        });
    return settings;
  }

  /** Refuses samples that are not those with which the run began. */
  void requireSameData(RunRecord.DataSet now) {
    record.stream()
        .flatMap(r -> r.data().stream())
        .filter(then -> then.role().equals(now.role()) && !then.equals(now))
        .findFirst()
        .ifPresent(
            then -> {
              throw new InvalidInputException(
                  "%s: these are not the %s images that the run in %s began with; resume it with those"
                      .formatted(now.name(), now.role(), directory));
            });
  }

  private void requireSame(String what, Object now, Object then) {
    if (!Objects.equals(now, then)) {
      throw new InvalidInputException(
          "%s is %s, but the run in %s began with %s; resume it with that, or begin another run"
              .formatted(what, Setting.text(now), directory, Setting.text(then)));
    }
  }
}
