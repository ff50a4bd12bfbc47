package dev.collapsar.learn.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.calibration.Sampling;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.RandomImages;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class MeasuredRowsTest {
  private static final ImageSet ALL = RandomImages.of(60, 3, 3, 4);
  private static final ImageSet SOME = ALL.subset(new int[] {0, 1, 2, 3, 4, 5, 6, 7});

  @Test
  void someOfWhatANetworkLearnedAreASampleOfAFiniteSet() {
    Sampling some = MeasuredRows.of(OptionalLong.of(60), ALL, SOME);
    long[] population = new long[ALL.classes().size()];
    for (int label : ALL.labels()) {
      population[label]++;
    }
    assertArrayEquals(population, some.population().orElseThrow());
    assertEquals(Sampling.completeSet(), MeasuredRows.of(OptionalLong.of(60), ALL, ALL));
  }

  @Test
  void whatItDidNotLearnOrNobodyKnowsOfIsWithoutEnd() {
    for (OptionalLong learned : new OptionalLong[] {OptionalLong.of(8), OptionalLong.empty()}) {
      assertTrue(MeasuredRows.of(learned, ALL, SOME).population().isEmpty());
      assertTrue(!MeasuredRows.of(learned, ALL, ALL).complete());
    }
  }
}
