package dev.collapsar.learn.evidence;

import dev.collapsar.calibration.Sampling;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.network.NetworkCard;
import java.util.Map;
import java.util.OptionalLong;

/** The population of the images that a network trained elsewhere is measured on. */
public final class MeasuredRows {
  private MeasuredRows() {}

  /** How many images the network learned from, as its card says. */
  public static OptionalLong learned(NetworkCard card) {
    return card.trainingCounts().entrySet().stream()
        .filter(count -> count.getKey().endsWith("train"))
        .mapToLong(Map.Entry::getValue)
        .max();
  }

  /**
   * Whether the network learned from other images than these, as the hashes in its card say: those
   * of files that are called alike differ, as those of a split by another seed do.
   */
  public static boolean areOthers(NetworkCard card, ImageSet images) {
    Map<String, String> learned =
        card.training().map(NetworkCard.Training::sha256).orElse(Map.of());
    return images.sha256().entrySet().stream()
        .anyMatch(
            file ->
                learned.entrySet().stream()
                        .anyMatch(known -> known.getKey().endsWith("train/" + file.getKey()))
                    && !learned.containsValue(file.getValue()));
  }

  /**
   * All that the network learned from, or some of them, for which the factor of a finite population
   * counts; a sample without end where it learned from others, or nobody knows from how many.
   *
   * @param learned from how many images; empty if that is not known
   * @param all the images of which the measured ones are
   */
  public static Sampling of(OptionalLong learned, ImageSet all, ImageSet measured) {
    if (learned.isEmpty() || learned.getAsLong() != all.count()) {
      return Sampling.ofPopulation();
    }
    if (measured.count() == all.count()) {
      return Sampling.completeSet();
    }
    long[] population = new long[all.classes().size()];
    for (int label : all.labels()) {
      population[label]++;
    }
    return Sampling.ofFinite(population);
  }
}
