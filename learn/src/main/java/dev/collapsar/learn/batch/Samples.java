package dev.collapsar.learn.batch;

import dev.collapsar.random.Seed;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Labelled samples of one kind. What they are (images, arrays, texts) and where they lie is hidden;
 * networks meet them in {@link Batches}.
 */
public interface Samples {
  /** What they are, such as {@code mnist/train}. */
  String name();

  int count();

  /** Class indices in 0..classes-1, (count). */
  int[] labels();

  /** The classes' names by index. */
  List<String> classes();

  /** What one sample is when it enters a network. */
  InputSpec input();

  /** Of what they were read from, by its name. */
  Map<String, String> sha256();

  /**
   * The samples {@code rows[from..from+count)} in the caller's scope. What is random in them draws
   * from streams of {@code seed} alone.
   */
  Input batch(int[] rows, int from, int count, Seed seed);

  /**
   * What draws the samples' values anew whenever they are asked for; empty if they are always the
   * same.
   */
  Optional<String> drawnBy();

  /** What tells these samples' inputs, in this order, from any others that are always the same. */
  String fingerprint();
}
