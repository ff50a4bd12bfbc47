package dev.collapsar.learn.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class AdapterSummaryTest {
  /** Sums of at most 60 products in another order, each relative error 2^-53. */
  private static final double SUMMATION = 1e-13;

  @Property(tries = 20)
  void theNormIsThatOfTheUpdateThoughItIsNeverFormed(@ForAll long seed) {
    Random random = new Random(seed);
    AdapterFile adapter = RandomAdapters.adapter(2 * (1 + random.nextInt(6)), true, random);
    AdapterSummary.of(adapter)
        .modules()
        .forEach(
            (name, module) -> {
              double norm = norm(RandomAdapters.update(adapter, name));
              assertEquals(norm, module.updateNorm().getAsDouble(), SUMMATION * norm, name);
            });
  }

  @Test
  void updatesThatCancelHaveNoNormLeft() {
    float[] a = {1, 2, 3, 1, 2, 3};
    AdapterFile adapter = RandomAdapters.linear(a, new float[] {.1f, -.1f, .7f, -.7f}, 2);
    double ofFactors = 1 * Math.sqrt(28); // ||B|| ||A||; their Gram matrices would leave 1e-8 of it
    assertEquals(
        0,
        AdapterSummary.of(adapter).modules().get("fc").updateNorm().getAsDouble(),
        SUMMATION * ofFactors);
  }

  @Test
  void shapesOfWeightsFollowFromFactors() {
    AdapterFile adapter = RandomAdapters.adapter(4, false, new Random(1));
    assertArrayEquals(new long[] {7, 9}, adapter.modules().get("fc").weightShape());
    assertArrayEquals(new long[] {6, 2, 2, 2}, adapter.modules().get("conv").weightShape());
    assertArrayEquals(new long[] {11, 5}, adapter.modules().get("embed").weightShape());
    assertEquals(63, AdapterSummary.of(adapter).modules().get("fc").layerParameters());
  }

  @Test
  void besideABaseTheShareIsTheQuotientOfTheNorms() {
    AdapterFile adapter = RandomAdapters.linear(new float[] {3, 4}, new float[] {2}, 1);
    Map<String, StoredTensor> base = Map.of("fc.weight", StoredTensor.of(new float[] {0, 5}, 1, 2));
    AdapterSummary.Module module = on(base, adapter).modules().get("fc");
    assertEquals(10, module.updateNorm().getAsDouble(), 1e-14);
    assertEquals(5, module.baseNorm().getAsDouble());
    assertEquals(2, module.share().getAsDouble(), 1e-14);
    assertEquals(OptionalDouble.empty(), AdapterSummary.of(adapter).modules().get("fc").share());
  }

  @Test
  void aBaseOfAnotherShapeIsRefused() {
    AdapterFile adapter = RandomAdapters.linear(new float[] {3, 4}, new float[] {2}, 1);
    Map<String, StoredTensor> base = Map.of("fc.weight", StoredTensor.of(new float[3], 1, 3));
    assertTrue(
        assertThrows(InvalidInputException.class, () -> on(base, adapter))
            .getMessage()
            .contains(
                "fc.weight: the adapter is for a weight of shape (1, 2), the base has float32 (1,"
                    + " 3)"));
  }

  @Test
  void whatDoraAddsIsKnownOnlyBesideABase() {
    LoraFactors factors =
        new LoraFactors(
            Kind.LINEAR,
            StoredTensor.of(new float[] {1, 0}, 1, 2),
            StoredTensor.of(new float[] {0}, 1, 1),
            Optional.empty(),
            Optional.of(StoredTensor.of(new float[] {7}, 1)));
    AdapterConfig config = AdapterConfig.of(ModuleSelector.named("fc"), 1, 1).dora(true).build();
    AdapterFile adapter = AdapterFile.of(config, Map.of("fc", factors), Map.of());
    assertEquals(
        OptionalDouble.empty(), AdapterSummary.of(adapter).modules().get("fc").updateNorm());
    Map<String, StoredTensor> base = Map.of("fc.weight", StoredTensor.of(new float[] {3, 4}, 1, 2));
    AdapterSummary.Module module = on(base, adapter).modules().get("fc");
    assertEquals(2, module.updateNorm().getAsDouble(), 1e-15); // (3,4) of norm 5 became norm 7
  }

  @Test
  void whereTheScaleComesFromIsSaid() {
    AdapterConfig config =
        AdapterConfig.of(ModuleSelector.named("fc", "head"), 2, 16)
            .rankStabilized(true)
            .alphaPattern(Map.of("head", .5))
            .build();
    LoraFactors factors =
        LoraFactors.of(
            Kind.LINEAR, StoredTensor.of(new float[2], 2, 1), StoredTensor.of(new float[2], 1, 2));
    AdapterSummary summary =
        AdapterSummary.of(AdapterFile.of(config, Map.of("fc", factors, "head", factors), Map.of()));
    assertEquals(
        List.of("16/sqrt(2)", "0.5/sqrt(2) by pattern"),
        summary.modules().values().stream().map(AdapterSummary.Module::scaleOrigin).toList());
    assertTrue(summary.modules().get("fc").isLargerThanLayer());
  }

  private static AdapterSummary on(Map<String, StoredTensor> base, AdapterFile adapter) {
    return Merged.withBase(base, network -> AdapterSummary.on(network, adapter, 1));
  }

  private static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(v -> v * v).sum());
  }
}
