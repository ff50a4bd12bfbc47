package dev.collapsar.learn.recipe.loraranks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class StepMatchTest {
  private static final double TOLERANCE = 1.06; // a twentieth, in logarithms

  @Test
  void aRateIsFoundWhoseUpdateIsAsLongAsAskedFor() {
    for (double power : new double[] {0.5, 1, 2}) {
      StepMatch found =
          StepMatch.find(0.01, 3, rate -> OptionalDouble.of(0.5 * Math.pow(rate, power)));
      assertTrue(found.isMatched(), "power " + power);
      assertEquals(3, 0.5 * Math.pow(found.rate(), power), 3 * (TOLERANCE - 1));
      assertEquals(found.norm(), 0.5 * Math.pow(found.rate(), power));
    }
  }

  @Test
  void aRateAtWhichTrainingDivergesIsMadeSmaller() {
    StepMatch found =
        StepMatch.find(
            1, 0.2, rate -> rate > 0.5 ? OptionalDouble.empty() : OptionalDouble.of(rate));
    assertTrue(found.isMatched());
    assertEquals(0.2, found.rate(), 0.2 * (TOLERANCE - 1));
  }

  @Test
  void whatCannotBeReachedSaysHowNearItCame() {
    StepMatch found = StepMatch.find(0.01, 10, rate -> OptionalDouble.of(Math.min(rate, 1)));
    assertFalse(found.isMatched());
    assertTrue(found.sentence("lora-r1").startsWith("lora-r1: no learning rate was found"));
    assertEquals(1, found.norm());
  }
}
