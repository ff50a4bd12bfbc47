package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import java.util.function.Supplier;

/** Says which option it was that the library refused. */
final class Naming {
  private Naming() {}

  /**
   * What {@code use} gives.
   *
   * @throws InvalidInputException what it throws, behind the option and its value as they were
   *     spelled
   */
  static <T> T option(String option, Object value, Supplier<T> use) {
    try {
      return use.get();
    } catch (InvalidInputException e) {
      throw new InvalidInputException("%s %s: %s".formatted(option, value, e.getMessage()), e);
    }
  }
}
