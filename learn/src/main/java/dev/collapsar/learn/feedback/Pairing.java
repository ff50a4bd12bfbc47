package dev.collapsar.learn.feedback;

import dev.collapsar.InvalidInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which feedback matrix feeds which hidden state: B of index {@code matrices.get(l)} is multiplied
 * with the error for h_l. Every matrix is used.
 *
 * @param matrices for each hidden state h_0 .. h_L the index of its matrix
 */
public record Pairing(List<Integer> matrices) {
  public Pairing {
    matrices = List.copyOf(matrices);
    if (matrices.stream().distinct().sorted().toList().size() != count(matrices)
        || matrices.stream().anyMatch(j -> j < 0)) {
      throw new IllegalArgumentException("a pairing uses every matrix from 0 on, got " + matrices);
    }
  }

  /** How a pairing follows from the number of hidden states. */
  public enum Rule {
    /** Every hidden state its own: L+1 matrices. */
    OWN,
    /** One matrix for all. */
    SHARED,
    /** Matrix l for the output of block l, h_{l+1}; the first also for h_0: L matrices. */
    BLOCK_OUTPUT,
    /**
     * Matrix min(l, L-1) for h_l, as the null-calibration script reads its checkpoints: L matrices,
     * of which the last feeds the last block's input and output.
     */
    BLOCK_INPUT;

    /** As settings spell it. */
    public String key() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The rule of this key. */
    public static Rule named(String key) {
      return Arrays.stream(values()).filter(r -> r.key().equals(key)).findFirst().orElseThrow();
    }

    /** The pairing of so many hidden states, at least one. */
    public Pairing of(int states) {
      IntUnaryOperator matrix =
          switch (this) {
            case OWN -> l -> l;
            case SHARED -> l -> 0;
            case BLOCK_OUTPUT -> l -> Math.max(0, l - 1);
            case BLOCK_INPUT -> l -> Math.max(0, Math.min(l, states - 2));
          };
      return new Pairing(IntStream.range(0, states).map(matrix).boxed().toList());
    }
  }

  public int states() {
    return matrices.size();
  }

  /** The number of matrices. */
  public int count() {
    return count(matrices);
  }

  private static int count(List<Integer> matrices) {
    return matrices.stream().mapToInt(j -> j + 1).max().orElse(0);
  }

  /** The hidden states that matrix j feeds. */
  public List<Integer> fedBy(int j) {
    return IntStream.range(0, states()).filter(l -> matrices.get(l) == j).boxed().toList();
  }

  /**
   * The number of rows of each matrix.
   *
   * @param widths of the hidden states
   * @throws InvalidInputException if one matrix would feed states of different widths
   */
  public List<Long> rows(List<Long> widths) {
    List<Long> rows = new ArrayList<>();
    for (int j = 0; j < count(); j++) {
      List<Long> fed = fedBy(j).stream().map(widths::get).distinct().toList();
      if (fed.size() > 1) {
        throw new InvalidInputException(
            ("feedback.pairing %s: one matrix cannot feed hidden states of widths %s;"
                    + " allowed here: own")
                .formatted(this, fed));
      }
      rows.add(fed.get(0));
    }
    return rows;
  }

  /** The inverse of {@link #parse}: {@code 0,0,1,2}. */
  @Override
  public String toString() {
    return matrices.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  /**
   * Reads what {@link #toString} wrote.
   *
   * @throws InvalidInputException if it is nothing of the kind
   */
  public static Pairing parse(String text, String source) {
    try {
      return new Pairing(Arrays.stream(text.split(",")).map(Integer::valueOf).toList());
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(
          ("%s: feedback_pairing is '%s'; it must be matrix indices separated by commas,"
                  + " every one from 0 on used")
              .formatted(source, text),
          e);
    }
  }
}
