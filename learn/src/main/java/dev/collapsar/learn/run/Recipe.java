package dev.collapsar.learn.run;

import dev.collapsar.learn.settings.FormerKeys;
import dev.collapsar.learn.settings.Preset;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import java.util.List;
import java.util.Optional;

/**
 * A named kind of run: what may be chosen, and what is done with it.
 *
 * <p>A run that broke off is resumed by running its recipe again from the top. The variant trainer
 * then loads what was trained and reads back what was measured meanwhile; all else happens anew. So
 * that the end is the same, byte for byte, {@link #run} keeps four rules. It trains through the
 * variant trainer alone, each variant and stage once. All chance comes from named streams of {@link
 * RunContext#seed}. What is measured of an epoch is a function of the network after it: a measure
 * remembers nothing. And what is shown at the end is a function of end networks and of {@link
 * RunContext#history}, not of what was gathered on the way.
 */
public interface Recipe {
  /** As typed after {@code collapsar run}. */
  String name();

  /** One line for {@code collapsar list}. */
  String summary();

  /** What heads the page of a run with these settings. */
  default String title(Settings settings) {
    return summary();
  }

  /** Everything a user may choose, in the order of recipe.yaml. */
  List<Setting<?>> settings();

  /** The keys that its settings once had. */
  default FormerKeys formerKeys() {
    return FormerKeys.none();
  }

  /** What {@code --quick} chooses: the same code on less data and fewer epochs. */
  List<Preset> quick();

  /**
   * What beside the end of a training depends on a number of epochs, so that a resumed run cannot
   * have another; empty if nothing does: the learning rate is constant, draws and measurements are
   * functions of the epoch alone, and nothing is trained on what this trains.
   *
   * @param epochs the key of a setting
   * @param settings the run's
   */
  default Optional<String> whatDependsOn(String epochs, Settings settings) {
    return Optional.of("its schedule, or what is trained on it, depends on that");
  }

  /**
   * The settings that its base does not depend on, nor anything that is measured while that is
   * trained: runs that differ in them alone can share one. None if it trains no base, or does not
   * say.
   */
  default List<Setting<?>> ofAdaptationAlone() {
    return List.of();
  }

  /** The variants that it trains with these settings; none if it does not say. */
  default List<String> variants(Settings settings) {
    return List.of();
  }

  /** Does it, leaving everything worth keeping in the run's log. */
  void run(RunContext run);
}
