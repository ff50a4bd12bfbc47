package dev.collapsar.learn.study;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.Recipe;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.learn.settings.TrainingSettings;
import dev.collapsar.mlflow.MlflowStudy;
import dev.collapsar.run.RunClock;
import dev.collapsar.study.Axis;
import dev.collapsar.study.Hypothesis;
import dev.collapsar.study.StudyFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Every run of a study, and where each goes: seeds and settings multiplied. Nothing is run or
 * written yet.
 *
 * @param directory the study's
 * @param dataDirectory where other data files lie than the bundled ones, or null
 * @param tensorBoard where event files go, a folder a run, if anywhere
 * @param mlflow where its runs are sent to while they go on, if anywhere
 */
public record StudyPlan(
    StudyFile file,
    Recipe recipe,
    Path directory,
    Path dataDirectory,
    Optional<Path> tensorBoard,
    Optional<MlflowStudy> mlflow) {
  private static final String BASES = "bases";
  private static final Set<String> NO_AXES = Set.of("data", "seed");

  /**
   * The runs: the seed changes slowest, so that a study which was stopped has whole seeds; then the
   * first axis, and that of adaptation fastest.
   */
  public List<PlannedRun> runs() {
    List<PlannedRun> runs = new ArrayList<>();
    for (long seed : file.seeds()) {
      for (Map<String, String> choice : file.choices()) {
        if (file.adaptSeeds().isEmpty()) {
          runs.add(new PlannedRun(choice, seed, OptionalLong.empty()));
        }
        file.adaptSeeds()
            .forEach(own -> runs.add(new PlannedRun(choice, seed, OptionalLong.of(own))));
      }
    }
    return runs;
  }

  /** What one run is asked for. */
  public RunOptions options(PlannedRun run) {
    Map<String, SettingText> chosen = new LinkedHashMap<>();
    file.settings().forEach((key, value) -> chosen.put(key, new SettingText(value, "--set")));
    run.values().forEach((key, value) -> chosen.put(key, new SettingText(value, "--sweep")));
    run.adaptSeed()
        .ifPresent(
            own ->
                chosen.put(
                    TrainingSettings.ADAPT_SEED.key(),
                    new SettingText(Long.toString(own), "--adapt-seeds")));
    RunOptions options =
        new RunOptions(
            chosen,
            directory.resolve(run.name()),
            dataDirectory,
            run.seed(),
            file.threads().orElseThrow(),
            file.device(),
            file.quick());
    RunOptions tracked =
        mlflow.map(study -> options.withMlflow(study.server(), study.experiment())).orElse(options);
    return tensorBoard
        .map(events -> tracked.withTensorBoard(events.resolve(run.name())))
        .orElse(tracked)
        .sharingBases(bases());
  }

  /** Where the runs leave their bases for each other until all are made. */
  public Path bases() {
    return directory.resolve(BASES);
  }

  /**
   * Checks every run, the control and the hypotheses, as far as that can be done before the first
   * run.
   *
   * @throws InvalidInputException for an axis or setting that the recipe does not have, a value
   *     that it does not allow, or a control, variant or choice that there will not be
   */
  public void check(Progress progress, RunClock clock) {
    for (Axis axis : file.axes()) {
      if (NO_AXES.contains(axis.key())) {
        throw new InvalidInputException(
            "--sweep %s: a study is of one data set, and seeds are --seeds".formatted(axis.key()));
      }
    }
    if (!file.adaptSeeds().isEmpty() && !recipe.settings().contains(TrainingSettings.ADAPT_SEED)) {
      throw new InvalidInputException(
          "--adapt-seeds: the recipe %s has no adaptation with a seed of its own"
              .formatted(recipe.name()));
    }
    Set<String> variants = new LinkedHashSet<>();
    Set<String> names = new LinkedHashSet<>();
    ForeseenRuns foreseen = new ForeseenRuns();
    for (PlannedRun run : runs()) {
      RunEngine engine = RunEngine.prepare(recipe, options(run), progress, clock);
      List<String> own = recipe.variants(engine.settings());
      variants.addAll(own);
      foreseen.add(engine.settings().asMap(), own);
      if (!names.add(run.name())) {
        throw new InvalidInputException("%s: two runs have this name".formatted(run.name()));
      }
    }
    file.question().control().ifPresent(control -> requireControl("control", control, variants));
    for (Hypothesis hypothesis : file.question().hypotheses()) {
      String whose = "hypothesis '%s'".formatted(hypothesis.title());
      requireVariant(whose + ", of", hypothesis.of(), variants);
      foreseen.requireChoice(whose, hypothesis);
      if (!Set.of(Hypothesis.START, Hypothesis.CHANCE).contains(hypothesis.against())) {
        requireControl(whose + ", against", hypothesis.against(), variants);
      }
    }
  }

  private void requireControl(String whose, String name, Set<String> variants) {
    boolean value =
        file.axes().stream()
            .anyMatch(
                axis -> axis.values().stream().anyMatch(v -> name.equals(axis.key() + "=" + v)));
    if (!value) {
      requireVariant(whose, name, variants);
    }
  }

  /** A recipe that does not name its variants is believed until they are there. */
  private void requireVariant(String whose, String name, Set<String> variants) {
    if (!variants.isEmpty() && !variants.contains(name)) {
      List<String> values = new ArrayList<>();
      file.axes().forEach(axis -> axis.values().forEach(v -> values.add(axis.key() + "=" + v)));
      throw new InvalidInputException(
          "%s %s: there is no such variant%s; variants: %s%s"
              .formatted(
                  whose,
                  name,
                  values.isEmpty() ? "" : " or value of an axis",
                  String.join(", ", variants),
                  values.isEmpty() ? "" : "; values: " + String.join(", ", values)));
    }
  }

  /** What two runs have in common that share a base: they are not made at once. */
  Map<String, Object> base(PlannedRun run, RunEngine engine) {
    Map<String, Object> base = new LinkedHashMap<>(engine.settings().asMap());
    recipe.ofAdaptationAlone().forEach(setting -> base.remove(setting.key()));
    base.put("of seed", run.seed());
    return base;
  }
}
