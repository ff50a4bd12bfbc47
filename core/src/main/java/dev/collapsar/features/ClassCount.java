package dev.collapsar.features;

import dev.collapsar.InvalidInputException;
import dev.collapsar.linalg.Matrix;

/** How many classes there are: as the user says, else the rows of the weights, else the labels. */
public final class ClassCount {
  private ClassCount() {}

  /**
   * K, which the table's labels are checked against; they are numbered anew only where nothing else
   * says it.
   *
   * @param said null if the user does not say
   * @param weights (K, D); null if there are none
   * @throws InvalidInputException as {@link FeatureFile#requireClasses} says
   */
  public static int of(Integer said, Matrix weights, FeatureFile table) {
    if (said != null && said < 1) {
      throw new InvalidInputException("--classes %s: must be 1 or more".formatted(said));
    }
    if (said == null && weights == null) {
      return table.classes();
    }
    int count = said != null ? said : weights.rows();
    table.requireClasses(count);
    return count;
  }
}
