package dev.collapsar.study;

import dev.collapsar.InvalidInputException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The question that is put to several runs.
 *
 * @param title a sentence; empty for none
 * @param control a variant, or a value of an axis as {@code key=value}, with which all others are
 *     contrasted
 * @param margin within which ratios count as the same, above 1
 * @param hypotheses stated before the runs; together they are one family
 */
public record Question(
    String title, Optional<String> control, double margin, List<Hypothesis> hypotheses) {
  /** Ratios from 1/1.1 to 1.1 count as the same unless a study says otherwise. */
  public static final double USUAL_MARGIN = 1.1;

  public Question {
    hypotheses = List.copyOf(hypotheses);
    if (!(margin > 1) || !Double.isFinite(margin)) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT, "margin must be a ratio above 1, such as 1.1, got %s", margin));
    }
  }

  /** No control, no hypothesis. */
  public static Question open() {
    return new Question("", Optional.empty(), USUAL_MARGIN, List.of());
  }

  /** The same with another control. */
  public Question withControl(String other) {
    return new Question(title, Optional.of(other), margin, hypotheses);
  }
}
