package dev.collapsar.learn.run;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.settings.RecipeFile;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.run.Machine;
import dev.collapsar.run.RunConditions;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A run that is to be resumed, as it lies in its directory.
 *
 * @param file its recipe.yaml; empty if it was killed before it had written that
 * @param conditions its conditions.json; empty if it was killed before it had written that
 * @param record its record.json; empty if it was killed before it had written that
 */
public record InterruptedRun(
    Path directory,
    Optional<RecipeFile> file,
    Optional<RunConditions> conditions,
    Optional<RunRecord> record) {
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
        run.conditions(),
        run.hasRecord() ? Optional.of(run.record()) : Optional.empty());
  }

  /** The number of threads it began with. */
  public Optional<Integer> threads() {
    return conditions
        .map(RunConditions::threads)
        .or(() -> record.map(r -> r.environment().threads()));
  }

  /** What it began to compute on. */
  public Optional<String> device() {
    return conditions
        .map(RunConditions::device)
        .or(() -> record.map(r -> r.environment().device()));
  }

  /** Where other data files lay than the bundled ones. */
  public Optional<Path> dataDirectory() {
    return conditions.map(RunConditions::dataDirectory).map(Path::of);
  }

  boolean isComplete() {
    return record.filter(r -> r.status() == RunRecord.Status.COMPLETE).isPresent();
  }

  /**
   * The settings of the run, with which everything in the options must agree, but for the place of
   * the same images and the number of epochs where nothing else depends on that.
   *
   * @param chosen what the user chose now, by the keys of today
   * @throws InvalidInputException if something does not agree, with both values
   */
  Settings agreed(Recipe recipe, Map<String, SettingText> chosen, RunOptions options) {
    RecipeFile written = file.orElseThrow();
    requireSame("the recipe", recipe.name(), written.recipe());
    Settings began = settings(recipe);
    Settings asked = Settings.resolve(recipe.settings(), chosen);
    Set<String> counting = began.asMap().keySet();
    for (Setting<?> setting : recipe.settings()) {
      SettingText choice = counting.contains(setting.key()) ? chosen.get(setting.key()) : null;
      if (choice != null && !setting.parse(choice).equals(began.get(setting))) {
        requireFree(recipe, setting, choice, asked, began);
      }
    }
    written.seed().ifPresent(seed -> requireSame("--seed", options.seed(), seed));
    threads().ifPresent(then -> requireSame("--threads", options.threads(), then));
    device().ifPresent(then -> requireSame("--device", options.device(), then));
    requireUnedited(recipe, began, options.seed());
    version()
        .filter(then -> !isComplete())
        .ifPresent(then -> requireSame("the version of Collapsar", Machine.collapsar(), then));
    Map<String, SettingText> all = new LinkedHashMap<>(chosen(recipe));
    all.putAll(chosen);
    return Settings.resolve(recipe.settings(), all);
  }

  /** The settings that it began with, or was last resumed with. */
  Settings settings(Recipe recipe) {
    return Settings.resolve(recipe.settings(), chosen(recipe));
  }

  /** What its file chooses, by the keys of today. */
  private Map<String, SettingText> chosen(Recipe recipe) {
    return recipe.formerKeys().read(file.orElseThrow().chosen()).chosen();
  }

  /**
   * Says that the data lie elsewhere now, if they do. That they are the same is checked when they
   * are read.
   */
  Optional<String> moves(Settings now, Optional<Path> directoryNow) {
    String place = directoryNow.map(Path::toString).orElseGet(() -> FreeSettings.data(now));
    String then =
        dataDirectory()
            .map(Path::toString)
            .or(() -> file.map(f -> f.chosen().get(FreeSettings.DATA)).map(SettingText::text))
            .orElse(place);
    return place.equals(then)
        ? Optional.empty()
        : Optional.of(
            "The data lie in %s now, and lay in %s when the run began: the same by their hashes."
                .formatted(place, then));
  }

  private Optional<String> version() {
    return conditions
        .map(RunConditions::collapsar)
        .or(() -> record.map(r -> r.environment().collapsar()));
  }

  /** Refuses a value other than that of the run unless the numbers do not depend on which it is. */
  private void requireFree(
      Recipe recipe, Setting<?> setting, SettingText choice, Settings asked, Settings began) {
    Object now = asked.get(setting);
    Object then = began.get(setting);
    if (FreeSettings.isPlace(setting, asked) && FreeSettings.isPlace(setting, began)) {
      return; // their hashes are compared when they are read
    }
    if (FreeSettings.countsEpochs(setting.key())) {
      if (isComplete()) {
        throw new InvalidInputException(
            "%s %s is %s, but the run in %s is complete with %s; begin another run"
                .formatted(choice.origin(), setting.key(), now, directory, then));
      }
      Optional<String> reason = recipe.whatDependsOn(setting.key(), settings(recipe));
      if (reason.isEmpty()) {
        return;
      }
      throw new InvalidInputException(
          "%s %s is %s, but the run in %s began with %s, and %s; begin another run"
              .formatted(
                  choice.origin(), setting.key(), now, directory, then, reason.orElseThrow()));
    }
    requireSame(choice.origin() + " " + setting.key(), now, then);
  }

  private void requireUnedited(Recipe recipe, Settings settings, long seed) {
    String now = FreeSettings.hash(recipe, seed, settings);
    if (conditions.isEmpty() || conditions.get().recipe().equals(now)) {
      return;
    }
    record.ifPresent(
        r ->
            settings
                .asMap()
                .forEach(
                    (key, value) ->
                        requireSame(
                            "recipe.yaml " + key, text(value), text(r.settings().get(key)))));
    throw new InvalidInputException(
        ("%s is not what the run began with; restore it, or begin another run with it:"
                + " collapsar run %s")
            .formatted(directory.resolve("recipe.yaml"), directory.resolve("recipe.yaml")));
  }

  private static String text(Object value) {
    return Setting.text(value);
  }

  /** Refuses samples that are not those with which the run began, wherever they lie now. */
  void requireSameData(RunRecord.DataSet now) {
    record.stream()
        .flatMap(r -> r.data().stream())
        .filter(then -> then.role().equals(now.role()) && !isSame(then, now))
        .findFirst()
        .ifPresent(
            then -> {
              throw new InvalidInputException(
                  ("%s: these are not the %s images that the run in %s began with (%s"
                          + " now, %s then); resume it with those")
                      .formatted(
                          now.name(),
                          now.role(),
                          directory,
                          difference(now, then),
                          difference(then, now)));
            });
  }

  private static boolean isSame(RunRecord.DataSet then, RunRecord.DataSet now) {
    return then.samples() == now.samples()
        && then.shape().equals(now.shape())
        && then.sha256().equals(now.sha256());
  }

  /** What of a set is not as in the other. */
  private static String difference(RunRecord.DataSet set, RunRecord.DataSet other) {
    return set.sha256().entrySet().stream()
        .filter(file -> !file.getValue().equals(other.sha256().get(file.getKey())))
        .findFirst()
        .map(file -> "%s has sha256 %.12s...".formatted(file.getKey(), file.getValue()))
        .orElse("%s of %s".formatted(set.samples(), set.shape()));
  }

  /**
   * Refuses a file that a setting names if its content is not that with which the run began.
   *
   * @param now hashes by the settings' keys
   * @param settings which name the files
   */
  void requireSameFiles(Map<String, String> now, Map<String, Object> settings) {
    Map<String, String> then = conditions.map(RunConditions::files).orElse(Map.of());
    then.forEach(
        (key, hash) -> {
          String found = now.get(key);
          if (!hash.equals(found)) {
            throw new InvalidInputException(
                "%s=%s: %s, but the run in %s began with sha256 %.12s...; resume it with that file"
                    .formatted(
                        key,
                        text(settings.get(key)),
                        found == null
                            ? "there is no such file"
                            : "its sha256 is %.12s...".formatted(found),
                        directory,
                        hash));
          }
        });
  }

  /** Refuses to go on with a run that another process has gone on with since this was read. */
  void requireUnchanged(RunDirectory now) {
    Optional<RunRecord> found = now.hasRecord() ? Optional.of(now.record()) : Optional.empty();
    if (!found.map(InterruptedRun::stand).equals(record.map(InterruptedRun::stand))) {
      throw new InvalidInputException(
          "run directory %s: another process went on with the run meanwhile; resume it again"
              .formatted(directory));
    }
  }

  private static List<Object> stand(RunRecord record) {
    return List.of(record.status(), record.resumed(), record.measurements().size());
  }

  private void requireSame(String what, Object now, Object then) {
    if (!Objects.equals(now, then)) {
      throw new InvalidInputException(
          "%s is %s, but the run in %s began with %s; resume it with that, or begin another run"
              .formatted(what, Setting.text(now), directory, Setting.text(then)));
    }
  }
}
