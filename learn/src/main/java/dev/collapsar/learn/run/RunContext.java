package dev.collapsar.learn.run;

import dev.collapsar.learn.batch.Samples;
import dev.collapsar.learn.images.SplitTable;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.settings.TrainingSettings;
import dev.collapsar.random.Seed;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * All that a recipe sees of its run; lock, log, record, directory, resuming and event files are
 * hidden behind it. What adds to the record throws {@link RunStopped} once the run is stopped.
 */
public interface RunContext {
  Settings settings();

  /** The value of a setting of the recipe's. */
  default <T> T get(Setting<T> setting) {
    return settings().get(setting);
  }

  Seed seed();

  /**
   * The seed of adaptation: the run's, unless the recipe has the setting {@link
   * TrainingSettings#ADAPT_SEED} and that gives another.
   */
  default Seed adaptSeed() {
    OptionalLong chosen = TrainingSettings.adaptSeed(settings());
    return chosen.isPresent() ? new Seed(chosen.getAsLong()) : seed();
  }

  /** What the run computes with. */
  RunResources resources();

  /** Where other data files lie than the bundled ones, if the user said so. */
  Optional<Path> dataDirectory();

  /** The file in which what was made of photographs waits until the run is complete. */
  Path preparedImages();

  Progress progress();

  RunClock clock();

  /**
   * To be called between steps.
   *
   * @throws RunStopped if the user asked the run to stop
   */
  void throwIfStopped();

  /**
   * Notes a set of samples that takes part.
   *
   * @throws dev.collapsar.InvalidInputException if the run is resumed and began with others
   */
  void useData(String role, Samples samples);

  /** Writes which image is for what, where that was drawn. */
  void keep(SplitTable split);

  /** Notes a network about to be trained, and writes the record. */
  VariantLog beginVariant(Variant variant, Network network);

  /** Shows something of the recipe's own in the report. */
  void add(ReportItem item);

  /** Shows an image in the report. */
  void addSample(RunRecord.Sample sample);

  /** Notes what a reader of the report must know; once, however often it is said. */
  void note(String sentence);

  /** What was recorded so far, before the run broke off too. */
  MetricHistory history();
}
