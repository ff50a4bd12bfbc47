package dev.collapsar.stats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.data.LabeledBatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The laws of merging, which every accumulator of batches keeps. */
abstract class AccumulatorContract<S> {
  static final int CLASSES = 4;
  static final int WIDTH = 5;

  abstract Accumulator<LabeledBatch, S> fresh();

  /** All that a snapshot says, as numbers. */
  abstract double[] numbers(S snapshot);

  /** How far two ways of adding up this many rows may differ. */
  abstract double[] bound(S snapshot, int rows);

  @Property(tries = 50)
  void anEmptyPartChangesNothing(@ForAll @Size(max = 6) List<@IntRange(max = 9) Integer> sizes) {
    try (var whole = fresh();
        var empty = fresh();
        var receiver = fresh()) {
      batches(sizes, 1).forEach(whole::add);
      double[] before = numbers(whole.snapshot());
      whole.merge(empty.snapshot());
      assertArrayEquals(before, numbers(whole.snapshot()));
      receiver.merge(whole.snapshot());
      assertArrayEquals(before, numbers(receiver.snapshot()), "merged into an empty one");
    }
  }

  @Property(tries = 100)
  void anySplitAndOrderAgree(
      @ForAll @Size(min = 1, max = 12) List<@IntRange(max = 9) Integer> sizes,
      @ForAll @IntRange(min = 1, max = 5) int parts,
      @ForAll long seed) {
    Random random = new Random(seed);
    List<LabeledBatch> batches = batches(sizes, seed);
    try (var whole = fresh();
        var merged = fresh()) {
      batches.forEach(whole::add);
      List<Accumulator<LabeledBatch, S>> split = new ArrayList<>();
      for (int i = 0; i < parts; i++) {
        split.add(fresh());
      }
      Collections.shuffle(batches, random);
      batches.forEach(batch -> split.get(random.nextInt(parts)).add(batch));
      Collections.shuffle(split, random);
      for (var part : split) {
        merged.merge(part.snapshot());
        part.close();
      }
      double[] expected = numbers(whole.snapshot());
      double[] found = numbers(merged.snapshot());
      double[] bound = bound(whole.snapshot(), sizes.stream().mapToInt(i -> i).sum());
      for (int i = 0; i < expected.length; i++) {
        if (!Double.isNaN(expected[i]) || !Double.isNaN(found[i])) {
          assertEquals(expected[i], found[i], bound[i], "number " + i);
        }
      }
    }
  }

  @Property(tries = 50)
  void theOperandIsUntouchedAndASnapshotStays(
      @ForAll @Size(min = 1, max = 4) List<@IntRange(min = 1, max = 9) Integer> sizes) {
    try (var part = fresh();
        var whole = fresh()) {
      batches(sizes, 1).forEach(part::add);
      S snapshot = part.snapshot();
      double[] before = numbers(snapshot);
      whole.merge(snapshot);
      batches(sizes, 2).forEach(whole::add);
      assertArrayEquals(before, numbers(snapshot), "after merging it and adding to the whole");
      assertArrayEquals(before, numbers(part.snapshot()), "the accumulator it came from");
      batches(sizes, 3).forEach(part::add);
      assertArrayEquals(before, numbers(snapshot), "after adding to where it came from");
    }
  }

  /** Batches of these sizes, single and double precision in turns. */
  static List<LabeledBatch> batches(List<Integer> sizes, long seed) {
    Random random = new Random(seed);
    List<LabeledBatch> batches = new ArrayList<>();
    for (int rows : sizes) {
      int[] labels = random.ints(rows, 0, CLASSES).toArray();
      float[] floats = new float[rows * WIDTH];
      double[] doubles = new double[rows * WIDTH];
      for (int i = 0; i < floats.length; i++) {
        doubles[i] = labels[i / WIDTH] * (i % WIDTH) + random.nextGaussian();
        floats[i] = (float) doubles[i];
      }
      batches.add(
          random.nextBoolean()
              ? LabeledBatch.of(floats, labels, 0L, rows, WIDTH)
              : LabeledBatch.of(doubles, labels, 0L, rows, WIDTH));
    }
    return batches;
  }
}
