package dev.collapsar.calibration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsar.InvalidInputException;
import dev.collapsar.inference.Accuracy;
import dev.collapsar.inference.Holm;
import dev.collapsar.inference.Interval;
import dev.collapsar.inference.OverlapChance;
import dev.collapsar.inference.PairedAccuracy;
import dev.collapsar.inference.SeedValues;
import dev.collapsar.inference.SeedValues.Conclusion;
import dev.collapsar.inference.SeedValues.Scale;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.random.Permutation;
import dev.collapsar.update.LinearCka;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Tests and intervals of plain numbers, against golden/evidence/analytic. */
class PlainEvidenceTest {
  private static final double SAME = 1e-12;

  private final EvidenceCase golden = EvidenceCase.of("analytic");

  @Test
  void intervalsOfAccuraciesAreWilsons() {
    for (JsonNode one : golden.expected().get("wilson")) {
      Interval interval = new Accuracy(one.get("N").asLong(), one.get("right").asLong()).interval();
      assertEquals(one.get("low").asDouble(), interval.low(), SAME);
      assertEquals(one.get("high").asDouble(), interval.high(), SAME);
    }
  }

  @Test
  void moreRightThanThereAreIsRefused() {
    assertThrows(InvalidInputException.class, () -> new Accuracy(10, 11));
    assertThrows(InvalidInputException.class, () -> new Accuracy(0, 0));
  }

  @Test
  void pairedAccuraciesHaveMcNemarsPAndBonettAndPricesInterval() {
    for (JsonNode one : golden.expected().get("paired_accuracy")) {
      PairedAccuracy pair =
          new PairedAccuracy(
              one.get("N").asLong(),
              one.get("only_first_right").asLong(),
              one.get("only_second_right").asLong());
      assertEquals(one.get("mcnemar_exact").asDouble(), pair.exactP(), SAME);
      assertEquals(one.get("mcnemar_mid_p").asDouble(), pair.midP(), SAME);
      assertEquals(one.get("difference").asDouble(), pair.difference(), SAME);
      assertEquals(one.get("bonett_price").get(0).asDouble(), pair.interval().low(), SAME);
      assertEquals(one.get("bonett_price").get(1).asDouble(), pair.interval().high(), SAME);
    }
  }

  @Test
  void pairsAreCountedFromCorrectness() {
    boolean[] first = {true, true, false, true, false};
    boolean[] second = {true, false, true, false, false};
    assertEquals(new PairedAccuracy(5, 2, 1), PairedAccuracy.of(first, second));
    assertThrows(InvalidInputException.class, () -> PairedAccuracy.of(first, new boolean[] {true}));
  }

  @Test
  void severalTestsAreAdjustedByHolm() {
    JsonNode holm = golden.expected().get("holm");
    assertArrayEquals(numbers(holm.get("adjusted")), Holm.adjusted(numbers(holm.get("p"))), SAME);
    assertThrows(InvalidInputException.class, () -> Holm.adjusted(new double[] {.1, Double.NaN}));
  }

  @Test
  void seedsHaveAnIntervalOfTheLogarithm() {
    JsonNode seeds = golden.expected().get("seeds");
    SeedValues values = new SeedValues(Scale.LOGARITHMIC, numbers(seeds.get("values")));
    assertEquals(seeds.get("geometric_mean").asDouble(), values.mean(), SAME);
    assertEquals(seeds.get("low").asDouble(), values.interval().orElseThrow().low(), SAME);
    assertEquals(seeds.get("high").asDouble(), values.interval().orElseThrow().high(), SAME);
  }

  @Test
  void seedsArePairedWithTheirControl() {
    JsonNode seeds = golden.expected().get("seeds");
    SeedValues ratios =
        SeedValues.paired(
            Scale.LOGARITHMIC, numbers(seeds.get("control")), numbers(seeds.get("values")));
    assertEquals(seeds.get("ratio").asDouble(), ratios.mean(), SAME);
    assertEquals(seeds.get("ratio_low").asDouble(), ratios.interval().orElseThrow().low(), SAME);
    assertEquals(seeds.get("ratio_high").asDouble(), ratios.interval().orElseThrow().high(), SAME);
    assertEquals(seeds.get("p_paired").asDouble(), ratios.p().orElseThrow(), SAME);
    double margin = seeds.get("tost_margin").asDouble();
    assertEquals(seeds.get("tost_p").asDouble(), ratios.equivalenceP(margin).orElseThrow(), SAME);
    assertEquals(Conclusion.DIFFERENT, ratios.conclusion(margin));
  }

  @Test
  void fewSeedsSayLess() {
    SeedValues two = new SeedValues(Scale.RAW, new double[] {1, 2});
    assertTrue(two.interval().isEmpty() && two.p().isEmpty() && two.equivalenceP(1).isEmpty());
    SeedValues four = new SeedValues(Scale.RAW, new double[] {1, 2, 3, 4});
    assertTrue(four.interval().isPresent());
    assertEquals(Conclusion.TOO_FEW, four.conclusion(1));
    assertThrows(
        InvalidInputException.class, () -> new SeedValues(Scale.LOGARITHMIC, new double[] {0}));
    assertThrows(InvalidInputException.class, () -> four.conclusion(0));
  }

  @Test
  void equalSeedsAreEquivalentAndScatteredOnesUndecided() {
    double[] near = {1.01, 0.99, 1.02, 0.98, 1};
    double[] far = {1.5, 0.6, 2, 0.7, 1};
    assertEquals(Conclusion.EQUIVALENT, new SeedValues(Scale.LOGARITHMIC, near).conclusion(1.1));
    assertEquals(Conclusion.UNDECIDED, new SeedValues(Scale.LOGARITHMIC, far).conclusion(1.1));
  }

  @Test
  void seedsThatWouldDecideFollowFromTheDeviation() {
    double sd = 0.09; // of two values d sqrt(2) apart; ten seeds allow for .093
    double[] values = {Math.exp(sd / Math.sqrt(2)), Math.exp(-sd / Math.sqrt(2))};
    assertEquals(OptionalInt.of(10), new SeedValues(Scale.LOGARITHMIC, values).seedsToDecide(1.1));
  }

  @Test
  void overlapsHaveAClosedFormOfChance() {
    golden
        .expected()
        .properties()
        .forEach(
            entry -> {
              if (entry.getKey().startsWith("overlap")) {
                agrees(entry.getValue());
              }
            });
  }

  private static void agrees(JsonNode one) {
    OverlapChance chance =
        OverlapChance.of(
            numbers(one.get("weights_of_directions")),
            numbers(one.get("weights_of_span")),
            one.get("D").asInt());
    assertEquals(one.get("mean").asDouble(), chance.mean(), SAME);
    assertEquals(one.get("variance").asDouble(), chance.variance(), SAME);
    assertEquals(one.get("best").asDouble(), chance.best(), SAME);
    double observed = one.get("observed").asDouble();
    double upper = one.get("p_upper_beta").asDouble();
    assertEquals(upper, chance.upperP(observed).orElseThrow(), SAME);
    assertEquals(2 * Math.min(upper, 1 - upper), chance.p(observed).orElseThrow(), 2 * SAME);
    assertEquals(1, chance.standing(chance.best()).orElseThrow(), SAME);
  }

  @Test
  void anOverlapThatNoRotationChangesHasNoChanceLevel() {
    OverlapChance chance = OverlapChance.of(new double[] {1, 1}, new double[] {2, 1}, 2);
    assertTrue(chance.upperP(1).isEmpty() && chance.standing(1).isEmpty());
  }

  @Test
  void linearCkaIsThatOfUncentredKernels() {
    Matrix x = golden.matrix("cka-x");
    Matrix y = golden.matrix("cka-y");
    double expected = golden.expected().get("cka_unbiased").asDouble();
    assertEquals(expected, LinearCka.of(x, y, Blas.reference()).orElseThrow(), SAME);
    assertEquals(1, LinearCka.of(x, x, Blas.reference()).orElseThrow(), SAME);
  }

  @Test
  void linearCkaInPartsIsThatOfTheWhole() {
    Matrix x = golden.matrix("cka-x");
    Matrix y = golden.matrix("cka-y");
    int[] order = Permutation.of(x.rows(), new SplittableRandom(1));
    LinearCka cka = new LinearCka(means(x), means(y), Blas.reference());
    int half = order.length / 2;
    for (int[] part :
        new int[][] {Arrays.copyOf(order, half), Arrays.copyOfRange(order, half, order.length)}) {
      cka.add(x.rows(part), y.rows(part));
    }
    assertEquals(golden.expected().get("cka_unbiased").asDouble(), cka.value().orElseThrow(), SAME);
  }

  private static double[] means(Matrix rows) {
    double[] means = new double[rows.columns()];
    for (int i = 0; i < rows.length(); i++) {
      means[i % means.length] += rows.at(i) / rows.rows();
    }
    return means;
  }

  private static double[] numbers(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false)
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }
}
