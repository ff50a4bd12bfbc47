package dev.collapsar.calibration;

import dev.collapsar.InvalidInputException;
import java.util.Arrays;
import java.util.Optional;

/**
 * The population that the measured rows are of, which decides whether their sampling noise is to be
 * corrected.
 *
 * @param complete whether they are all samples that the network was trained on. Collapse is defined
 *     on that finite set: the plug-in number is the value, with no correction and no interval
 * @param population for each class how many samples it has, of which the measured ones are drawn
 *     without replacement; empty where there is no end of them
 * @param heldOut whether the classifier's weights were not fitted to these rows; NC3 is corrected
 *     only then, since weights carry the noise of the samples that they were fitted to
 */
public record Sampling(boolean complete, Optional<long[]> population, boolean heldOut) {
  /** A sample of a population without end that the weights may have been fitted to. */
  public static Sampling ofPopulation() {
    return new Sampling(false, Optional.empty(), false);
  }

  /** The complete training set. */
  public static Sampling completeSet() {
    return new Sampling(true, Optional.empty(), false);
  }

  /** Some of so many samples of each class. */
  public static Sampling ofFinite(long[] population) {
    return new Sampling(false, Optional.of(population.clone()), false);
  }

  /** The same of rows that the weights were not fitted to. */
  public Sampling asHeldOut() {
    return new Sampling(complete, population, true);
  }

  /** The same of these classes alone, in this order. */
  Sampling ofClasses(int... classes) {
    return new Sampling(
        complete,
        population.map(all -> Arrays.stream(classes).mapToLong(k -> all[k]).toArray()),
        heldOut);
  }

  /** 1 - n_k / n_pop: by how much a mean of so many varies less than if drawn without end. */
  double remaining(int k, long count) {
    return population.map(sizes -> 1 - (double) count / of(k, count)).orElse(1.0);
  }

  /** (n_pop - 1) / n_pop: from the divisor n-1 to the population's own. */
  double ownDivisor(int k, long count) {
    return population.map(sizes -> (of(k, count) - 1.0) / of(k, count)).orElse(1.0);
  }

  /**
   * By how much {@code nc1_vci} of the population itself falls short of that without end, (P-1-D) /
   * (P-1) for P samples in all.
   */
  double ownVariability(int width) {
    double all = population.map(sizes -> Arrays.stream(sizes).sum()).orElse(0L);
    return population.isEmpty() ? 1 : Math.max(0, all - 1 - width) / (all - 1);
  }

  private long of(int k, long count) {
    long size = population.orElseThrow()[k];
    if (size < count) {
      throw new InvalidInputException(
          "the population of class %s must be at least its %s samples, got %s"
              .formatted(k, count, size));
    }
    return size;
  }
}
