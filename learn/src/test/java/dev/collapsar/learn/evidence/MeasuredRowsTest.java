package dev.collapsar.learn.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.calibration.Sampling;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.RandomImages;
import dev.collapsar.learn.network.NetworkCard;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
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

  /** As of a folder that another seed divides. */
  @Test
  void imagesOfTheSameNameAndAnotherHashAreOthers() {
    ImageSet images =
        new ImageSet(
            ALL.name(),
            ALL.pixels(),
            ALL.labels(),
            ALL.channels(),
            ALL.height(),
            ALL.width(),
            ALL.classes(),
            Map.of("train", "aa"));
    assertFalse(MeasuredRows.areOthers(card("train/train", "aa"), images));
    assertTrue(MeasuredRows.areOthers(card("train/train", "bb"), images));
    assertFalse(MeasuredRows.areOthers(card("train/train-images.gz", "bb"), images), "unknown");
    assertFalse(MeasuredRows.areOthers(card("test/train", "bb"), images), "it says nothing");
  }

  private static NetworkCard card(String file, String hash) {
    return NetworkCard.of(Map.of("name", "small-cnn"), "fc", Optional.empty(), 2)
        .withTraining(
            new NetworkCard.Training("fine-tune", 1, Map.of(file, hash)), OptionalDouble.empty());
  }
}
