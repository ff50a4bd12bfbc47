package dev.collapsar.learn.checkpoint;

import dev.collapsar.InvalidInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * How the tensors that a network needs and those that a file holds agree in name and shape.
 *
 * @param missing names that the network needs and the file lacks, in the network's order; without
 *     batch normalisations' {@code num_batches_tracked}, which no number depends on and PyTorch
 *     before 0.4.1 did not save
 * @param unexpected names that the file holds and the network does not need, in the file's order
 * @param misshaped names in both, with both shapes, in the network's order
 */
public record StateDictMatch(
    List<String> missing, List<String> unexpected, List<Misshaped> misshaped) {
  private static final int MOST_LISTED = 10;
  private static final String BATCH_COUNT = ".num_batches_tracked";

  /** A tensor whose shape in the file is not the network's. */
  public record Misshaped(String name, List<Long> needed, List<Long> found) {
    @Override
    public String toString() {
      return "%s %s instead of %s".formatted(name, found, needed);
    }
  }

  public StateDictMatch {
    missing = List.copyOf(missing);
    unexpected = List.copyOf(unexpected);
    misshaped = List.copyOf(misshaped);
  }

  /** Compares what a network needs with what a file holds, both as shapes by name. */
  public static StateDictMatch of(Map<String, long[]> needed, Map<String, long[]> found) {
    List<String> missing = new ArrayList<>();
    List<Misshaped> misshaped = new ArrayList<>();
    needed.forEach(
        (name, shape) -> {
          long[] there = found.get(name);
          if (there == null) {
            if (!name.endsWith(BATCH_COUNT)) {
              missing.add(name);
            }
          } else if (!Arrays.equals(shape, there)) {
            misshaped.add(new Misshaped(name, boxed(shape), boxed(there)));
          }
        });
    List<String> unexpected =
        found.keySet().stream().filter(name -> !needed.containsKey(name)).toList();
    return new StateDictMatch(missing, unexpected, misshaped);
  }

  /** Whether every name and shape agrees. */
  public boolean isExact() {
    return missing.isEmpty() && unexpected.isEmpty() && misshaped.isEmpty();
  }

  /** What disagrees, in one line: at most ten names of each kind, with their number. */
  public String describe() {
    StringJoiner parts = new StringJoiner("; ");
    list(parts, "missing", missing);
    list(parts, "unexpected", unexpected);
    list(parts, "of another shape", misshaped);
    return isExact() ? "every name and shape agrees" : parts.toString();
  }

  /**
   * Refuses what does not agree.
   *
   * @param file as the user spelled it
   * @throws InvalidInputException unless {@link #isExact}
   */
  public void requireExact(String file) {
    if (!isExact()) {
      throw new InvalidInputException(file + ": does not fit the network: " + describe());
    }
  }

  private static void list(StringJoiner into, String kind, List<?> names) {
    if (!names.isEmpty()) {
      String listed =
          String.join(", ", names.stream().limit(MOST_LISTED).map(Object::toString).toList());
      into.add(
          "%s %s (%s%s)"
              .formatted(names.size(), kind, listed, names.size() > MOST_LISTED ? ", ..." : ""));
    }
  }

  private static List<Long> boxed(long[] shape) {
    return Arrays.stream(shape).boxed().toList();
  }
}
