package dev.collapsar.learn.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.SharedFiles;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.merge.AdapterCombination.Weighted;
import dev.collapsar.learn.network.WeightSite.Kind;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class AdapterMergeTest {
  private static final StoredTensor W = StoredTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
  private static final StoredTensor A = StoredTensor.of(new float[] {1, 0, -1}, 1, 3);
  private static final StoredTensor B = StoredTensor.of(new float[] {1, .5f}, 2, 1);

  @Test
  void aMergedWeightIsTheBasesPlusTheScaledProduct() {
    Map<String, StoredTensor> merged = AdapterMerge.into(Map.of("fc.weight", W), plain()).tensors();
    assertArrayEquals(
        new float[] {3, 2, 1, 5, 5, 5}, merged.get("fc.weight").toFloats()); // scale 2
  }

  @Test
  void theBaseIsLeftAsItWas() {
    StoredTensor untouched = StoredTensor.of(new float[] {1}, 1);
    Map<String, StoredTensor> base = Map.of("fc.weight", W, "other", untouched);
    Map<String, StoredTensor> merged = AdapterMerge.into(base, plain()).tensors();
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, base.get("fc.weight").toFloats());
    assertSame(untouched, merged.get("other"));
  }

  @Test
  void anUpdateOfZeroLeavesEveryBit() {
    StoredTensor weight = RandomAdapters.normal(new Random(3), 2, 3);
    LoraFactors zero = LoraFactors.of(Kind.LINEAR, A, StoredTensor.of(new float[2], 2, 1));
    assertEquals(
        weight,
        AdapterMerge.into(Map.of("fc.weight", weight), file(c -> c, zero, Map.of()))
            .tensors()
            .get("fc.weight"));
  }

  @Test
  void aMergedWeightKeepsItsElementType() {
    byte[] bf16 = {(byte) 0x80, 0x3f, 0, 0x40}; // 1, 2
    StoredTensor weight =
        new StoredTensor(ElementType.BF16, new long[] {1, 2}, ByteBuffer.wrap(bf16));
    LoraFactors factors =
        LoraFactors.of(
            Kind.LINEAR,
            StoredTensor.of(new float[] {1, 2}, 1, 2),
            StoredTensor.of(new float[] {.5f}, 1, 1));
    StoredTensor merged =
        AdapterMerge.into(Map.of("fc.weight", weight), file(c -> c, factors, Map.of()))
            .tensors()
            .get("fc.weight");
    assertEquals(ElementType.BF16, merged.type());
    assertArrayEquals(new float[] {2, 4}, merged.toFloats());
  }

  @Test
  void whatRoundingTookAwayIsSaid() {
    byte[] bf16 = {(byte) 0x80, 0x3f, 0, 0x40}; // 1, 2
    StoredTensor weight =
        new StoredTensor(ElementType.BF16, new long[] {1, 2}, ByteBuffer.wrap(bf16));
    LoraFactors factors =
        LoraFactors.of(
            Kind.LINEAR,
            StoredTensor.of(new float[] {1, 1}, 1, 2),
            StoredTensor.of(new float[] {0x1p-10f}, 1, 1)); // scale 2
    AdapterMerge merge =
        AdapterMerge.into(Map.of("fc.weight", weight), file(c -> c, factors, Map.of()));
    AdapterMerge.Change change = merge.changes().get("fc.weight");
    assertEquals(Math.sqrt(5), change.base(), 1e-15);
    assertEquals(0x1p-9 * Math.sqrt(2), change.update(), 1e-17);
    assertEquals(0x1p-9 * Math.sqrt(2), change.rounding(), 1e-17); // bf16 steps here are 2^-7, 2^-6
    assertEquals(0x1p-9, change.largestRounding());
    assertEquals(weight, merge.tensors().get("fc.weight"));
  }

  @Test
  void anOrientationThatNothingTellsIsRefused() {
    StoredTensor square = StoredTensor.of(new float[4], 2, 2);
    LoraFactors factors =
        LoraFactors.of(
            Kind.LINEAR,
            StoredTensor.of(new float[] {1, 2}, 1, 2),
            StoredTensor.of(new float[] {3, 4}, 2, 1));
    AdapterFile adapter = file(c -> c.fanInFanOut(true), factors, Map.of());
    assertTrue(refusal(Map.of("fc.weight", square), adapter).contains("fan_in_fan_out"));
  }

  @Test
  void adaptersAreMergedTogetherWithOneRounding() {
    Random random = new Random(7);
    AdapterFile one = linear(random, 2);
    AdapterFile two = linear(random, 3);
    StoredTensor weight = RandomAdapters.normal(random, 7, 9);
    AdapterCombination sum =
        AdapterCombination.of(
            Map.of("one", new Weighted(one, .7).widened(), "two", new Weighted(two, .3).widened()),
            new CombinationMode.Cat());
    float[] merged =
        AdapterMerge.into(Map.of("fc.weight", weight), sum.adapter())
            .tensors()
            .get("fc.weight")
            .toFloats();
    double[] first = RandomAdapters.update(one, "fc");
    double[] second = RandomAdapters.update(two, "fc");
    for (int i = 0; i < merged.length; i++) {
      double exact = weight.toDoubles()[i] + .7 * first[i] + .3 * second[i];
      assertEquals(exact, merged[i], Math.ulp((float) exact) / 2 + 1e-13);
    }
  }

  private static AdapterFile linear(Random random, int rank) {
    return RandomAdapters.linear(
        RandomAdapters.normal(random, rank, 9).toFloats(),
        RandomAdapters.normal(random, 7, rank).toFloats(),
        rank);
  }

  @Test
  void anEmbeddingsUpdateIsTransposed() {
    LoraFactors factors =
        LoraFactors.of(
            Kind.EMBEDDING,
            StoredTensor.of(new float[] {1, 10}, 1, 2), // two words
            StoredTensor.of(new float[] {1, 2, 3}, 3, 1));
    assertArrayEquals(
        new float[] {3, 6, 9, 24, 45, 66},
        AdapterMerge.into(Map.of("fc.weight", W), file(c -> c, factors, Map.of()))
            .tensors()
            .get("fc.weight")
            .toFloats());
  }

  @Test
  void aKernelNeedNotBeSquare() {
    LoraFactors factors =
        LoraFactors.of(
            Kind.CONV2D,
            StoredTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 1, 2, 1, 3),
            StoredTensor.of(new float[] {1, -1}, 2, 1, 1, 1));
    StoredTensor weight = StoredTensor.of(new float[12], 2, 2, 1, 3);
    StoredTensor merged =
        AdapterMerge.into(Map.of("fc.weight", weight), file(c -> c, factors, Map.of()))
            .tensors()
            .get("fc.weight");
    assertEquals( // scale 2
        StoredTensor.of(new float[] {2, 4, 6, 8, 10, 12, -2, -4, -6, -8, -10, -12}, 2, 2, 1, 3),
        merged);
  }

  @Test
  void everyRowOfAMergedDoraWeightHasTheLearnedNorm() {
    StoredTensor magnitude = StoredTensor.of(new float[] {7, .25f}, 2);
    LoraFactors factors =
        new LoraFactors(Kind.LINEAR, A, B, Optional.empty(), Optional.of(magnitude));
    double[] merged =
        AdapterMerge.into(Map.of("fc.weight", W), file(c -> c.dora(true), factors, Map.of()))
            .tensors()
            .get("fc.weight")
            .toDoubles();
    double[] plain =
        AdapterMerge.into(Map.of("fc.weight", W), plain()).tensors().get("fc.weight").toDoubles();
    assertEquals(7, norm(merged, 0), 1e-6);
    assertEquals(.25, norm(merged, 1), 1e-7);
    for (int i = 0; i < 6; i++) {
      assertEquals(merged[i] / norm(merged, i / 3), plain[i] / norm(plain, i / 3), 1e-7);
    }
  }

  @Test
  void aBiasOfBIsScaledIntoTheBasesBias() {
    LoraFactors factors =
        new LoraFactors(
            Kind.LINEAR,
            A,
            B,
            Optional.of(StoredTensor.of(new float[] {10, 20}, 2)),
            Optional.empty());
    AdapterFile file = file(c -> c.loraBias(true), factors, Map.of());
    StoredTensor bias = StoredTensor.of(new float[] {1, 1}, 2);
    assertArrayEquals(
        new float[] {21, 41},
        AdapterMerge.into(Map.of("fc.weight", W, "fc.bias", bias), file)
            .tensors()
            .get("fc.bias")
            .toFloats());
    assertTrue(refusal(Map.of("fc.weight", W), file).contains("no tensor fc.bias"));
  }

  @Test
  void aBiasOfZeroNeedsNoneInTheBase() { // such as a combination gives layers of one part alone
    LoraFactors factors =
        new LoraFactors(
            Kind.LINEAR, A, B, Optional.of(StoredTensor.of(new float[2], 2)), Optional.empty());
    AdapterFile file = file(c -> c.loraBias(true), factors, Map.of());
    assertEquals(
        AdapterMerge.into(Map.of("fc.weight", W), plain()).tensors(),
        AdapterMerge.into(Map.of("fc.weight", W), file).tensors());
  }

  @Test
  void whatIsSavedInFullReplacesTheBases() {
    StoredTensor head = StoredTensor.of(new float[] {9}, 1);
    AdapterFile file =
        file(
            c -> c.modulesToSave(List.of("head")),
            LoraFactors.of(Kind.LINEAR, A, B),
            Map.of("head.weight", head));
    StoredTensor old = StoredTensor.of(new float[] {1}, 1);
    assertEquals(
        head,
        AdapterMerge.into(Map.of("fc.weight", W, "head.weight", old), file)
            .tensors()
            .get("head.weight"));
  }

  @Test
  void anAdapterOfAnotherNetworkIsRefused() {
    assertTrue(refusal(Map.of(), plain()).contains("no tensor fc.weight"));
    assertTrue(
        refusal(Map.of("fc.weight", StoredTensor.of(new float[6], 3, 2)), plain())
            .contains("for a weight of shape [2, 3], the base has [3, 2]"));
  }

  @Test
  void aBaseWhoseWeightsAreNoRealNumbersIsRefused() {
    StoredTensor quantised =
        new StoredTensor(ElementType.I8, new long[] {2, 3}, ByteBuffer.allocate(6));
    assertTrue(
        refusal(Map.of("fc.weight", quantised), plain()).contains("fc.weight is int8 (2, 3)"));
  }

  @Test
  void aGroupedConvolutionAndWhatIsNotFiniteAreRefused() {
    LoraFactors grouped =
        LoraFactors.of(
            Kind.CONV2D,
            StoredTensor.of(new float[8], 2, 4, 1, 1),
            StoredTensor.of(new float[2], 2, 1, 1, 1));
    AdapterFile file =
        AdapterFile.of(
            AdapterConfig.of(ModuleSelector.named("fc"), 2, 2).build(),
            Map.of("fc", grouped),
            Map.of());
    Map<String, StoredTensor> base = Map.of("fc.weight", StoredTensor.of(new float[4], 2, 2, 1, 1));
    assertTrue(refusal(base, file).contains("in 2 groups"));
    LoraFactors infinite =
        LoraFactors.of(
            Kind.LINEAR, A, StoredTensor.of(new float[] {Float.POSITIVE_INFINITY, 1}, 2, 1));
    assertTrue(
        refusal(Map.of("fc.weight", W), file(c -> c, infinite, Map.of())).contains("not finite"));
  }

  @Test
  void aConvolutionsUpdateIsTheProductOfItsFactors() {
    Map<String, StoredTensor> base =
        Checkpoint.read(SharedFiles.golden("pytorch/resnet18-w16.pth")).tensors();
    AdapterFile adapter = AdapterFile.read(SharedFiles.golden("pytorch/adapter-fc-conv-rslora-r3"));
    Map<String, StoredTensor> merged = AdapterMerge.into(base, adapter).tensors();
    for (String module : List.of("fc", "layer4.1.conv2")) {
      double[] before = base.get(module + ".weight").toDoubles();
      double[] after = merged.get(module + ".weight").toDoubles();
      double[] update = RandomAdapters.update(adapter, module);
      for (int i = 0; i < before.length; i++) {
        double exact = before[i] + update[i];
        assertEquals(exact, after[i], Math.abs(exact) * 0x1p-24 + 1e-12);
      }
    }
  }

  private static AdapterFile plain() {
    return file(c -> c, LoraFactors.of(Kind.LINEAR, A, B), Map.of());
  }

  private static AdapterFile file(
      UnaryOperator<AdapterConfig.Builder> options,
      LoraFactors factors,
      Map<String, StoredTensor> saved) {
    AdapterConfig config =
        options.apply(AdapterConfig.of(ModuleSelector.named("fc"), 1, 2)).build();
    return AdapterFile.of(config, Map.of("fc", factors), saved);
  }

  private static String refusal(Map<String, StoredTensor> base, AdapterFile adapter) {
    return assertThrows(InvalidInputException.class, () -> AdapterMerge.into(base, adapter))
        .getMessage();
  }

  private static double norm(double[] values, int row) {
    return Math.sqrt(
        values[3 * row] * values[3 * row]
            + values[3 * row + 1] * values[3 * row + 1]
            + values[3 * row + 2] * values[3 * row + 2]);
  }
}
