package dev.collapsar.learn.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.BiasMode;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.merge.AdapterCombination.Weighted;
import dev.collapsar.learn.merge.CombinationMode.Cat;
import dev.collapsar.learn.merge.CombinationMode.Dare;
import dev.collapsar.learn.merge.CombinationMode.Linear;
import dev.collapsar.learn.merge.CombinationMode.MagnitudePrune;
import dev.collapsar.learn.merge.CombinationMode.SignElection;
import dev.collapsar.learn.merge.CombinationMode.Svd;
import dev.collapsar.learn.merge.CombinationMode.Ties;
import dev.collapsar.learn.weight.WeightSite.Kind;
import dev.collapsar.random.Seed;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

class AdapterCombinationTest {
  private static final List<String> MODULES = List.of("conv", "embed", "fc");
  private static final OptionalInt DEFAULT_RANK = OptionalInt.empty();

  /** Half the distance of neighbouring floats, relative. */
  private static final double UNIT_ROUNDOFF = 0x1p-24;

  /** Every mode so that it changes nothing of a lone adapter at weight 1. */
  @Provide
  Arbitrary<CombinationMode> modes() {
    return Arbitraries.of(
        new Cat(),
        new Linear(),
        new Svd(DEFAULT_RANK),
        new Ties(1, SignElection.TOTAL, DEFAULT_RANK),
        new Ties(1, SignElection.FREQUENCY, DEFAULT_RANK),
        new Dare(1, new Seed(7), DEFAULT_RANK),
        new MagnitudePrune(1, DEFAULT_RANK));
  }

  /** The same where they do something. */
  @Provide
  Arbitrary<CombinationMode> activeModes() {
    return Arbitraries.of(
        new Cat(),
        new Linear(),
        new Svd(OptionalInt.of(2)),
        new Ties(.5, SignElection.TOTAL, DEFAULT_RANK),
        new Ties(.5, SignElection.FREQUENCY, DEFAULT_RANK),
        new Dare(.5, new Seed(7), DEFAULT_RANK),
        new MagnitudePrune(.3, DEFAULT_RANK));
  }

  @Property(tries = 60, shrinking = ShrinkingMode.OFF)
  void aLoneAdapterAtWeightOneKeepsItsUpdate(
      @ForAll("modes") CombinationMode mode,
      @ForAll Random random,
      @ForAll boolean rankStabilized) {
    AdapterFile adapter = RandomAdapters.adapter(4, rankStabilized, random);
    AdapterCombination combined = combine(mode, Map.of("a", new Weighted(adapter, 1)));
    for (String module : MODULES) {
      double[] expected = RandomAdapters.update(adapter, module);
      // Factors U S and V^T in floats: both round, and |U S| |V^T| is at most sqrt(r) |S|.
      double bound = 2 * UNIT_ROUNDOFF * Math.sqrt(4) * norm(expected) * 2;
      assertArrayEquals(expected, RandomAdapters.update(combined.adapter(), module), bound);
      assertTrue(combined.errors().get(module).relative() < 1e-6);
    }
  }

  @Property(tries = 20, shrinking = ShrinkingMode.OFF)
  void aloneAtWeightOneCatAndLinearReturnTheVeryAdapter(
      @ForAll Random random, @ForAll boolean rankStabilized) {
    AdapterFile adapter = RandomAdapters.adapter(4, rankStabilized, random);
    Map<String, Weighted> alone = Map.of("a", new Weighted(adapter, 1));
    assertEquals(adapter, combine(new Cat(), alone).adapter());
    assertEquals(adapter, combine(new Linear(), alone).adapter());
  }

  @Test
  void anAdapterOfScaleZeroKeepsItsFactorsToo() {
    AdapterFile one = RandomAdapters.adapter(4, false, new Random(1));
    AdapterFile off =
        RandomAdapters.with(one, AdapterConfig.of(one.config().targets(), 4, 0).build());
    Map<String, Weighted> alone = Map.of("a", new Weighted(off, 1));
    assertEquals(off, combine(new Cat(), alone).adapter());
    assertEquals(off, combine(new Linear(), alone).adapter());
  }

  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void catIsTheSumOfTheUpdates(@ForAll Random random) {
    AdapterFile a = RandomAdapters.adapter(2, false, random);
    AdapterFile b = RandomAdapters.adapter(6, true, random);
    double v = random.nextGaussian();
    double w = random.nextGaussian();
    AdapterCombination combined =
        combine(new Cat(), Map.of("a", new Weighted(a, v), "b", new Weighted(b, w)));
    for (String module : MODULES) {
      assertEquals(1, combined.adapter().config().scale(module));
      assertEquals(8, combined.adapter().modules().get(module).rank());
      double[] expected = sum(v, a, w, b, module);
      double[] actual = RandomAdapters.update(combined.adapter(), module);
      double[] rounded = RandomAdapters.magnitude(combined.adapter(), module);
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], actual[i], 2 * UNIT_ROUNDOFF * rounded[i] + 1e-300);
      }
    }
  }

  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void svdOfEnoughRankIsTheSumOfTheUpdates(@ForAll Random random) {
    AdapterFile a = RandomAdapters.adapter(2, true, random);
    AdapterFile b = RandomAdapters.adapter(4, false, random);
    AdapterCombination combined =
        combine(
            new Svd(OptionalInt.of(6)), Map.of("a", new Weighted(a, 2), "b", new Weighted(b, -1)));
    for (String module : MODULES) {
      double[] expected = sum(2, a, -1, b, module);
      double bound = 2 * UNIT_ROUNDOFF * Math.sqrt(6) * norm(expected) * 2;
      assertArrayEquals(expected, RandomAdapters.update(combined.adapter(), module), bound);
    }
  }

  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void anAdapterInTwoPartsIsThatAdapter(@ForAll Random random) {
    AdapterFile adapter = RandomAdapters.adapter(4, random.nextBoolean(), random);
    Map<String, Weighted> halves =
        Map.of("a", new Weighted(adapter, .25), "b", new Weighted(adapter, .75));
    for (CombinationMode mode :
        List.of(new Cat(), new Svd(DEFAULT_RANK), new MagnitudePrune(1, DEFAULT_RANK))) {
      AdapterFile combined = combine(mode, halves).adapter();
      for (String module : MODULES) {
        double[] expected = RandomAdapters.update(adapter, module);
        double bound = 1e-6 * norm(expected);
        assertArrayEquals(expected, RandomAdapters.update(combined, module), bound);
      }
    }
  }

  @Property(tries = 10, shrinking = ShrinkingMode.OFF)
  void partsOfAnAdapterGiveTheMultipleOfItThatTheTablePromises(@ForAll Random random) {
    AdapterFile adapter = RandomAdapters.adapter(4, random.nextBoolean(), random);
    Map<String, Weighted> parts =
        Map.of("a", new Weighted(adapter, .25), "b", new Weighted(adapter, .75));
    Map<CombinationMode, Double> multiples =
        Map.of(
            new Linear(), Math.pow(Math.sqrt(.25) + Math.sqrt(.75), 2),
            new Ties(1, SignElection.TOTAL, DEFAULT_RANK), .5,
            new Ties(1, SignElection.FREQUENCY, DEFAULT_RANK), .5,
            new Dare(1, new Seed(7), DEFAULT_RANK), 1.);
    multiples.forEach(
        (mode, multiple) -> {
          AdapterFile combined = combine(mode, parts).adapter();
          for (String module : MODULES) {
            double[] expected = RandomAdapters.update(adapter, module);
            double bound = 1e-6 * norm(expected);
            for (int i = 0; i < expected.length; i++) {
              expected[i] *= multiple;
            }
            assertArrayEquals(expected, RandomAdapters.update(combined, module), bound);
          }
        });
  }

  @Property(tries = 30, shrinking = ShrinkingMode.OFF)
  void howAnUpdateIsFactoredMattersToLinearAlone(
      @ForAll("activeModes") CombinationMode mode, @ForAll Random random) {
    AdapterFile one = RandomAdapters.adapter(4, false, random);
    AdapterFile other = RandomAdapters.adapter(4, false, random);
    AdapterFile same = RandomAdapters.factoredOtherwise(one);
    AdapterFile before =
        combine(mode, Map.of("a", new Weighted(one, .3), "b", new Weighted(other, .6))).adapter();
    AdapterFile after =
        combine(mode, Map.of("a", new Weighted(same, .3), "b", new Weighted(other, .6))).adapter();
    for (String module : MODULES) {
      double[] expected = RandomAdapters.update(before, module);
      double[] actual = RandomAdapters.update(after, module);
      double distance = 0;
      for (int i = 0; i < expected.length; i++) {
        distance = Math.max(distance, Math.abs(expected[i] - actual[i]));
      }
      assertEquals(!(mode instanceof Linear), distance <= 1e-6 * norm(expected), module);
    }
  }

  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void theOrderOfTheAdaptersDoesNotMatter(
      @ForAll("activeModes") CombinationMode mode, @ForAll Random random) {
    Map<String, Weighted> there = new LinkedHashMap<>();
    Map<String, Weighted> back = new LinkedHashMap<>();
    for (String name : List.of("a", "b", "c")) {
      there.put(name, new Weighted(RandomAdapters.adapter(4, false, random), random.nextDouble()));
    }
    for (String name : List.of("c", "b", "a")) {
      back.put(name, there.get(name));
    }
    assertEquals(combine(mode, there), combine(mode, back));
  }

  @Test
  void svdLosesWhatTheSingularValuesSay() {
    // Orthonormal rows and columns times 3, 2 and 1.
    AdapterFile adapter =
        RandomAdapters.linear(
            new float[] {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1},
            new float[] {0, 2, 0, 3, 0, 0, 0, 0, 1},
            3);
    AdapterCombination combined =
        combine(new Svd(OptionalInt.of(2)), Map.of("a", new Weighted(adapter, 1)));
    AdapterCombination.ApproximationError error = combined.errors().get("fc");
    assertEquals(1, error.distance(), 1e-12);
    assertEquals(Math.sqrt(14), error.norm(), 1e-12);
    assertArrayEquals(
        new double[] {0, 2, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0},
        RandomAdapters.update(combined.adapter(), "fc"),
        1e-6);
  }

  @Test
  void linearIsPeftsFormulaAndReportsItsCrossTerms() {
    AdapterFile a = RandomAdapters.linear(new float[] {1, 0}, new float[] {1, 0}, 1);
    AdapterFile b = RandomAdapters.linear(new float[] {0, 1}, new float[] {0, 1}, 1);
    AdapterCombination combined =
        combine(new Linear(), Map.of("a", new Weighted(a, 4), "b", new Weighted(b, -1)));
    // A = [2, -1], B = [2, 1]^T
    assertArrayEquals(
        new double[] {4, -2, 2, -1}, RandomAdapters.update(combined.adapter(), "fc"), 0);
    assertEquals(Math.sqrt(8), combined.errors().get("fc").distance(), 1e-12);
    assertEquals(Math.sqrt(17), combined.errors().get("fc").norm(), 1e-12);
  }

  @Test
  void linearRefusesUnequalRanks() {
    Random random = new Random(1);
    Map<String, Weighted> adapters =
        Map.of(
            "a", new Weighted(RandomAdapters.adapter(2, false, random), 1),
            "b", new Weighted(RandomAdapters.adapter(4, false, random), 1));
    assertTrue(refusal(new Linear(), adapters).startsWith("linear needs adapters of equal rank"));
  }

  @Test
  void magnitudePruneKeepsTheLargestElements() {
    AdapterFile adapter = RandomAdapters.linear(new float[] {4, -3, 2, 1}, new float[] {1}, 1);
    assertArrayEquals(
        new double[] {8, -6, 0, 0},
        RandomAdapters.update(
            combine(new MagnitudePrune(.5, DEFAULT_RANK), Map.of("a", new Weighted(adapter, 2)))
                .adapter(),
            "fc"),
        1e-6);
  }

  @Test
  void tiesMeansWhatTheMajoritysSignLeaves() {
    Map<String, Weighted> adapters =
        Map.of(
            "a", new Weighted(RandomAdapters.linear(new float[] {6, 1, 1, 0}, one(), 1), 1),
            "b", new Weighted(RandomAdapters.linear(new float[] {-1, 3, 1, 0}, one(), 1), 2),
            "c", new Weighted(RandomAdapters.linear(new float[] {-1, 2, -9, 0}, one(), 1), 1));
    // Sums 4, 6, -7, 0; votes -1, 3, 1, 0. The means are of what is weighted, over who agrees.
    assertArrayEquals(
        new double[] {6, (1 + 2 * 3 + 2) / 3.0, -9, 0},
        RandomAdapters.update(
            combine(new Ties(1, SignElection.TOTAL, DEFAULT_RANK), adapters).adapter(), "fc"),
        1e-5);
    assertArrayEquals(
        new double[] {(-2 - 1) / 2.0, 3, (1 + 2) / 2.0, 0},
        RandomAdapters.update(
            combine(new Ties(1, SignElection.FREQUENCY, DEFAULT_RANK), adapters).adapter(), "fc"),
        1e-5);
  }

  @Test
  void dareKeepsOrDropsEachElementAndNoOtherAdapterDisturbsItsDraws() {
    Random random = new Random(5);
    AdapterFile a = RandomAdapters.adapter(2, false, random);
    AdapterFile b = RandomAdapters.adapter(2, false, random);
    Dare dare = new Dare(.5, new Seed(3), OptionalInt.of(8));
    double[] alone =
        RandomAdapters.update(combine(dare, Map.of("a", new Weighted(a, 1))).adapter(), "fc");
    double[] own = RandomAdapters.update(a, "fc");
    int kept = 0;
    for (int i = 0; i < own.length; i++) {
      boolean keeps = Math.abs(alone[i]) > Math.abs(own[i]);
      kept += keeps ? 1 : 0;
    }
    assertTrue(kept > 20 && kept < 43, "of 63 elements at one half: " + kept);
    double[] beside =
        RandomAdapters.update(
            combine(dare, Map.of("a", new Weighted(a, 1), "b", new Weighted(b, 0))).adapter(),
            "fc");
    assertArrayEquals(alone, beside, 1e-12);
    double[] twice =
        RandomAdapters.update(
            combine(dare, Map.of("a", new Weighted(a, 1), "b", new Weighted(a, 1))).adapter(),
            "fc");
    int once = 0;
    for (int i = 0; i < own.length; i++) {
      once += Math.abs(twice[i] / (2 * own[i]) - 1) < 1e-3 ? 1 : 0;
    }
    assertTrue(once > 20 && once < 43, "two coins of 63 that fall differently: " + once);
  }

  @Test
  void theBiasesOfBAddUpLikeTheUpdates() {
    LoraFactors fc = RandomAdapters.linear(new float[] {1, 2}, one(), 1).modules().get("fc");
    AdapterFile biased =
        AdapterFile.of(
            AdapterConfig.of(ModuleSelector.named("fc"), 1, 3).loraBias(true).build(),
            Map.of(
                "fc",
                new LoraFactors(
                    Kind.LINEAR,
                    fc.a(),
                    fc.b(),
                    Optional.of(StoredTensor.of(new float[] {5}, 1)),
                    Optional.empty())),
            Map.of());
    AdapterFile plain = RandomAdapters.linear(new float[] {1, 2}, one(), 1);
    AdapterFile both =
        combine(new Cat(), Map.of("a", new Weighted(biased, 2), "b", new Weighted(plain, 1)))
            .adapter();
    assertTrue(both.config().loraBias());
    assertArrayEquals(new float[] {30}, both.modules().get("fc").bias().get().toFloats());
  }

  @Test
  void aDoraAdapterIsRefused() {
    AdapterFile plain = RandomAdapters.linear(new float[] {1, 2}, one(), 1);
    LoraFactors fc = plain.modules().get("fc");
    AdapterFile dora =
        AdapterFile.of(
            AdapterConfig.of(ModuleSelector.named("fc"), 1, 1).dora(true).build(),
            Map.of(
                "fc",
                new LoraFactors(
                    Kind.LINEAR,
                    fc.a(),
                    fc.b(),
                    Optional.empty(),
                    Optional.of(StoredTensor.of(one(), 1)))),
            Map.of());
    String message = refusal(new Cat(), Map.of("mine", new Weighted(dora, 1)));
    assertTrue(message.startsWith("mine: a DoRA adapter's update depends on"), message);
  }

  @Test
  void adaptersOfDifferentNetworksAreRefused() {
    Map<String, Weighted> adapters =
        Map.of(
            "a", new Weighted(RandomAdapters.linear(new float[] {1, 2}, one(), 1), 1),
            "b", new Weighted(RandomAdapters.linear(new float[] {1, 2, 3}, one(), 1), 1));
    assertTrue(refusal(new Cat(), adapters).contains("A float32 (1, 2)"));
  }

  @Test
  void whatIsSavedInFullBelongsToOneAdapterAtWeightOne() {
    AdapterFile plain = RandomAdapters.linear(new float[] {1, 2}, one(), 1);
    AdapterFile saving =
        AdapterFile.of(
            AdapterConfig.of(ModuleSelector.named("fc"), 1, 1)
                .modulesToSave(List.of("head"))
                .build(),
            plain.modules(),
            Map.of("head.weight", StoredTensor.of(one(), 1)));
    AdapterFile both =
        combine(new Cat(), Map.of("a", new Weighted(plain, .5), "b", new Weighted(saving, 1)))
            .adapter();
    assertEquals(saving.saved(), both.saved());
    assertEquals(List.of("head"), both.config().modulesToSave());
    assertTrue(
        refusal(new Cat(), Map.of("a", new Weighted(saving, 1), "b", new Weighted(saving, 1)))
            .contains("another adapter saves head.weight"));
    assertTrue(
        refusal(new Cat(), Map.of("a", new Weighted(saving, .5))).contains("weight must be 1"));
  }

  @Test
  void whatOneAdapterSavesInFullNoOtherMayAdapt() {
    AdapterFile plain = RandomAdapters.linear(new float[] {1, 2}, one(), 1);
    AdapterFile saving =
        AdapterFile.of(
            AdapterConfig.of(ModuleSelector.named("head"), 1, 1)
                .modulesToSave(List.of("fc"))
                .build(),
            Map.of("head", plain.modules().get("fc")),
            Map.of("fc.weight", StoredTensor.of(new float[2], 1, 2)));
    assertEquals(
        "b: it saves fc in full, which another adapter adapts",
        refusal(new Cat(), Map.of("a", new Weighted(plain, 1), "b", new Weighted(saving, 1))));
  }

  @Test
  void whatTheFactorsTypeCannotHoldIsRefusedWithBothNumbers() {
    LoraFactors factors =
        LoraFactors.of(
            Kind.LINEAR,
            StoredTensor.rounded(ElementType.F16, new double[] {1, 2}, 1, 2),
            StoredTensor.rounded(ElementType.F16, new double[] {300}, 1, 1));
    AdapterFile half =
        AdapterFile.of(
            AdapterConfig.of(ModuleSelector.named("fc"), 1, 1).build(),
            Map.of("fc", factors),
            Map.of());
    assertEquals(
        "fc.lora_B: its largest value, 300000.0, is beyond float16, whose largest is 65504.0",
        refusal(new Cat(), Map.of("a", new Weighted(half, 1000))));
  }

  @Test
  void aRankThatDoesNotSuitTheGroupsIsRefused() {
    AdapterFile adapter = RandomAdapters.adapter(4, false, new Random(1));
    assertEquals(
        "rank 3 must be a multiple of the 2 groups of conv",
        refusal(new Svd(OptionalInt.of(3)), Map.of("a", new Weighted(adapter, 1))));
  }

  @Test
  void thatWeightsMayStandTheOtherWayAroundIsNotForgotten() {
    AdapterFile one = RandomAdapters.adapter(4, false, new Random(1));
    AdapterFile turned =
        RandomAdapters.with(
            one, AdapterConfig.of(one.config().targets(), 4, 1).fanInFanOut(true).build());
    Map<String, Weighted> adapters =
        Map.of("a", new Weighted(one, 1), "b", new Weighted(turned, 1));
    assertTrue(combine(new Cat(), adapters).adapter().config().fanInFanOut());
    assertTrue(
        combine(new Svd(DEFAULT_RANK), Map.of("b", new Weighted(turned, 1)))
            .adapter()
            .config()
            .fanInFanOut());
  }

  @Test
  void theResultIsForTheLayersThatItsPartsAreForAndForNoOthers() {
    LoraFactors factors = RandomAdapters.linear(new float[] {1, 2}, one(), 1).modules().get("fc");
    AdapterFile stem =
        AdapterFile.of(
            AdapterConfig.of(ModuleSelector.matching("conv1"), 1, 1).build(),
            Map.of("conv1", factors),
            Map.of());
    AdapterFile inside =
        AdapterFile.of(
            AdapterConfig.of(ModuleSelector.named("0.conv1", "fc"), 1, 1).build(),
            Map.of("layer1.0.conv1", factors, "fc", factors),
            Map.of());
    AdapterConfig both =
        combine(new Cat(), Map.of("a", new Weighted(stem, 1), "b", new Weighted(inside, 1)))
            .adapter()
            .config();
    for (String module : List.of("conv1", "layer1.0.conv1", "fc")) {
      assertTrue(both.adapts(module, Kind.LINEAR), module);
    }
    assertFalse(both.adapts("layer1.1.conv1", Kind.LINEAR));
    AdapterConfig alone =
        combine(new Svd(DEFAULT_RANK), Map.of("b", new Weighted(inside, 1))).adapter().config();
    assertEquals(ModuleSelector.named("0.conv1", "fc"), alone.targets());
  }

  @Test
  void theBiasesOfAllLayersAreMoreThanThoseOfAdaptedOnes() {
    AdapterFile plain = RandomAdapters.linear(new float[] {1, 2}, one(), 1);
    AdapterConfig.Builder config = AdapterConfig.of(ModuleSelector.named("fc"), 1, 1);
    AdapterFile own = RandomAdapters.with(plain, config.bias(BiasMode.LORA_ONLY).build());
    AdapterFile all =
        AdapterFile.of(
            config.bias(BiasMode.ALL).build(),
            plain.modules(),
            Map.of("conv1.bias", StoredTensor.of(one(), 1)));
    AdapterFile both =
        combine(new Cat(), Map.of("a", new Weighted(own, 1), "b", new Weighted(all, 1))).adapter();
    assertEquals(BiasMode.ALL, both.config().bias());
  }

  @Test
  void aLayerThatOnlyOneAdapterHasKeepsItsOwnRank() {
    Random random = new Random(2);
    AdapterFile three = RandomAdapters.adapter(4, false, random);
    AdapterFile one =
        RandomAdapters.linear(new float[9], new float[7], 1); // of the same fc, and nothing else
    AdapterFile combined =
        combine(new Cat(), Map.of("a", new Weighted(three, 1), "b", new Weighted(one, 1)))
            .adapter();
    assertEquals(5, combined.modules().get("fc").rank());
    assertEquals(4, combined.modules().get("embed").rank());
    for (String module : MODULES) {
      assertEquals(1, combined.config().scale(module));
    }
  }

  private static AdapterCombination combine(CombinationMode mode, Map<String, Weighted> adapters) {
    return AdapterCombination.of(adapters, mode);
  }

  private static String refusal(CombinationMode mode, Map<String, Weighted> adapters) {
    return assertThrows(InvalidInputException.class, () -> AdapterCombination.of(adapters, mode))
        .getMessage();
  }

  private static double[] sum(double v, AdapterFile a, double w, AdapterFile b, String module) {
    double[] left = RandomAdapters.update(a, module);
    double[] right = RandomAdapters.update(b, module);
    double[] sum = new double[left.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = v * left[i] + w * right[i];
    }
    return sum;
  }

  private static double norm(double[] values) {
    double squares = 0;
    for (double value : values) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  private static float[] one() {
    return new float[] {1};
  }
}
