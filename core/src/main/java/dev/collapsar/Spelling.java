package dev.collapsar;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How an enum's constants are spelled where people type and read them: in lower case, with dashes;
 * {@code MAGNITUDE_PRUNE} is {@code magnitude-prune}.
 */
public final class Spelling {
  private Spelling() {}

  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** How all constants of an enum are spelled, in their order. */
  public static List<String> all(Class<?> type) {
    return Arrays.stream(type.getEnumConstants()).map(constant -> of((Enum<?>) constant)).toList();
  }

  /**
   * The constant of an enum that is spelled so, in lower or upper case; underscores do for dashes,
   * since PEFT writes {@code magnitude_prune}.
   *
   * @throws InvalidInputException listing how they are spelled
   */
  public static <E> E parse(Class<E> type, String text) {
    List<String> words = all(type);
    int at = words.indexOf(text.toLowerCase(Locale.ROOT).replace('_', '-'));
    if (at < 0) {
      throw new InvalidInputException(
          "'%s' is none of %s".formatted(text, String.join(", ", words)));
    }
    return type.getEnumConstants()[at];
  }
}
