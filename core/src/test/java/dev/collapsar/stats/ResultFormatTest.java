package dev.collapsar.stats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Parts of a second pass that meet as bytes. */
class ResultFormatTest {
  private static final int CLASSES = AccumulatorContract.CLASSES;
  private static final FrozenPass.Classifier CLASSIFIER =
      new FrozenPass.Classifier(SecondPass.matrix(CLASSES, 8), new double[] {0.1, -0.2, 0, 0.3});
  private static final FrozenPass.Directions DIRECTIONS =
      new FrozenPass.Directions(
          SecondPass.matrix(2, 3), SecondPass.matrix(CLASSES, 4), SecondPass.matrix(2, 5));

  static Stream<FrozenPass> passes() {
    BitSet all = new BitSet();
    all.set(0, CLASSES);
    FrozenPass scatter = FrozenPass.scatter(SecondPass.MOMENTS, all);
    FrozenPass projection = FrozenPass.projection(SecondPass.MOMENTS, all, DIRECTIONS);
    return Stream.of(
        scatter,
        projection,
        FrozenPass.of(SecondPass.MOMENTS).withDecisions(CLASSIFIER),
        scatter.withDecisions(CLASSIFIER));
  }

  @ParameterizedTest
  @MethodSource("passes")
  void partsThatMeetAsBytesAreWhatPartsThatMeetInMemoryAre(FrozenPass pass) {
    try (FrozenPass.Opened opened = pass.open(Blas.reference());
        var merged = opened.accumulator();
        var again = opened.accumulator()) {
      byte[][] sums = new byte[pass.chunks()][];
      for (long part = 0; part < 3; part++) {
        FrozenPass.Result found = found(opened, AccumulatorContract.batches(List.of(9, 4), part));
        merged.merge(found);
        for (int chunk = 0; chunk < sums.length; chunk++) {
          byte[] bytes = pass.toBytes(found, chunk);
          if (sums[chunk] == null) {
            sums[chunk] = bytes;
          } else {
            FrozenPass.merge(sums[chunk], bytes);
          }
        }
      }
      FrozenPass.Result read = pass.fromBytes(Arrays.asList(sums));
      assertSame(merged.snapshot(), read);
      again.merge(read);
      assertSame(read, again.snapshot());
    }
  }

  @ParameterizedTest
  @MethodSource("passes")
  void noPartIsAnEmptyOne(FrozenPass pass) {
    try (FrozenPass.Opened opened = pass.open(Blas.reference());
        var empty = opened.accumulator()) {
      assertSame(
          empty.snapshot(), pass.fromBytes(Collections.nCopies(pass.chunks(), (byte[]) null)));
    }
  }

  @Test
  void wideScattersAndManyClassesComeInSeveralChunks() {
    int width = 1100; // 8 MiB hold 953 rows of as many doubles
    FrozenPass wide = FrozenPass.scatter(moments(2, width), classes(2));
    assertEquals(3, wide.chunks());
    int many = 175_000; // 8 MiB hold six counts of 174,762 classes
    double[] weights = new Random(1).doubles(many).toArray();
    FrozenPass decided =
        FrozenPass.of(moments(many, 1))
            .withDecisions(new FrozenPass.Classifier(Matrix.of(many, 1, weights), null));
    assertEquals(2, decided.chunks());
    for (FrozenPass pass : List.of(wide, decided)) {
      try (FrozenPass.Opened opened = pass.open(Blas.reference())) {
        int classes = pass.moments().classes();
        FrozenPass.Result found = found(opened, List.of(rows(classes, pass.moments().width())));
        List<byte[]> chunks = new ArrayList<>();
        for (int chunk = 0; chunk < pass.chunks(); chunk++) {
          chunks.add(pass.toBytes(found, chunk));
          assertTrue(chunks.get(chunk).length <= 8 << 20);
        }
        assertSame(found, pass.fromBytes(chunks));
      }
    }
  }

  @Test
  void whatIsNotOfThePassIsRefused() {
    FrozenPass scatter = FrozenPass.scatter(SecondPass.MOMENTS, classes(CLASSES));
    FrozenPass decisions = FrozenPass.of(SecondPass.MOMENTS).withDecisions(CLASSIFIER);
    try (FrozenPass.Opened opened = scatter.open(Blas.reference());
        FrozenPass.Opened other = decisions.open(Blas.reference())) {
      FrozenPass.Result found = found(opened, List.of());
      byte[] first = scatter.toBytes(found, 0);
      byte[] second = scatter.toBytes(found, 1);
      byte[] foreign = decisions.toBytes(found(other, List.of()), 0);
      for (List<byte[]> chunks :
          List.of(List.of(first), List.of(second, first), List.of(foreign, second))) {
        assertThrows(InvalidInputException.class, () -> scatter.fromBytes(chunks));
      }
      assertThrows(InvalidInputException.class, () -> FrozenPass.merge(first, second));
      assertThrows(InvalidInputException.class, () -> FrozenPass.merge(first, new byte[3]));
      byte[] later = first.clone();
      later[8] = 2;
      assertThrows(InvalidInputException.class, () -> scatter.fromBytes(List.of(later, second)));
    }
  }

  private static FrozenPass.Result found(FrozenPass.Opened opened, List<LabeledBatch> batches) {
    try (var part = opened.accumulator()) {
      batches.forEach(part::add);
      return part.snapshot();
    }
  }

  /** Bit for bit: both were added up in one order. */
  private static void assertSame(FrozenPass.Result expected, FrozenPass.Result found) {
    assertEquals(expected.projected(), found.projected());
    assertEquals(expected.scatter(), found.scatter());
    assertEquals(expected.decisions() == null, found.decisions() == null);
    if (expected.decisions() != null) {
      assertArrayEquals(counts(expected.decisions()), counts(found.decisions()));
    }
  }

  private static long[] counts(Decisions decisions) {
    return IntStream.range(0, Decisions.KINDS)
        .boxed()
        .flatMapToLong(
            kind ->
                IntStream.range(0, decisions.linearChoices().length)
                    .mapToLong(k -> decisions.tally(kind, k)))
        .toArray();
  }

  private static BitSet classes(int count) {
    BitSet all = new BitSet();
    all.set(0, count);
    return all;
  }

  private static ClassMoments moments(int classes, int width) {
    try (var moments = new ClassMomentsAccumulator(classes, width)) {
      moments.add(rows(classes, width));
      return moments.snapshot();
    }
  }

  /** One of the first class and one of the last. */
  private static LabeledBatch rows(int classes, int width) {
    double[] values = new Random(width).doubles(2L * width).toArray();
    return LabeledBatch.of(values, new int[] {0, classes - 1}, 0L, 2, width);
  }
}
