package dev.collapsar.learn.recipe.feedbacknull;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.feedback.AlignmentSums;
import dev.collapsar.learn.feedback.FeedbackMatrices;
import dev.collapsar.learn.feedback.FeedbackNulls;
import dev.collapsar.learn.feedback.NullDraws;
import dev.collapsar.learn.feedback.Pairing;
import dev.collapsar.learn.feedback.Signals;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.ResidualMlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.random.Seed;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The script's own verdict, which cannot fail. */
class OriginalRuleTest {
  private static final int WIDTH = 4;
  private static final int CLASSES = 3;
  private static final Seed SEED = new Seed(7);

  @Test
  void aRandomMatrixIsCalledReal() {
    OriginalRule rule = onRandomFeedback(nulls -> nulls.fresh());
    assertEquals("REAL signal", rule.verdict());
  }

  @Test
  void drawsArePooledAsTheScriptPoolsThem() {
    NullDraws fresh =
        new NullDraws(
            "fresh matrices",
            "null-fresh",
            List.of(new double[] {9, .1, .3}, new double[] {9, -.1, -.02}),
            null);
    OriginalRule rule = onRandomFeedback(nulls -> fresh);
    assertEquals(.07, rule.freshDeepMean(), 1e-12);
    assertEquals(Math.sqrt((.0009 + .0529 + .0289 + .0081) / 4), rule.freshDeepStd(), 1e-12);
    assertEquals("mixed", rule.verdict());
    List<Long> widths = List.of((long) WIDTH, (long) WIDTH, (long) WIDTH);
    assertNull(OriginalRule.of(AlignmentSums.none(widths, CLASSES), fresh), "no cosine, no rule");
  }

  private static OriginalRule onRandomFeedback(Function<FeedbackNulls, NullDraws> draws) {
    float[] rows = {1, 2, -3, 4, 5, -6, 7, 8};
    OrderedBatches pass =
        FeatureInputs.pass(
            FeatureArray.of(rows, new int[] {0, 1, 2, 0}, 2), 4, 2, CLASSES, 3, "rows");
    try (Network network = LayerNetwork.initialized(new ResidualMlp(2, WIDTH, CLASSES, 2), SEED)) {
      List<Long> widths = FeedbackMatrices.widths(network, pass);
      Pairing pairing = Pairing.Rule.BLOCK_INPUT.of(widths.size());
      try (FeedbackMatrices feedback = FeedbackMatrices.gaussian(widths, CLASSES, pairing, SEED);
          Signals signals = Signals.of(network, pass, () -> {})) {
        NullDraws fresh = draws.apply(new FeedbackNulls(signals, pairing, 99, () -> {}));
        return OriginalRule.of(signals.alignment(feedback), fresh);
      }
    }
  }
}
