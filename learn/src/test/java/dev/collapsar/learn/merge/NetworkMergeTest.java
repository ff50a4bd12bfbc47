package dev.collapsar.learn.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.merge.AdapterCombination.Weighted;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkMergeTest {
  private static final StoredTensor W = StoredTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
  private static final StoredTensor A = StoredTensor.of(new float[] {1, 0, -1}, 1, 3);
  private static final StoredTensor B = StoredTensor.of(new float[] {1, .5f}, 2, 1);

  @Test
  void aMergedWeightIsTheBasesPlusTheScaledProduct() {
    Map<String, StoredTensor> merged = Merged.into(Map.of("fc.weight", W), plain()).tensors();
    assertArrayEquals(
        new float[] {3, 2, 1, 5, 5, 5}, merged.get("fc.weight").toFloats()); // scale 2
  }

  @Test
  void theBaseIsLeftAsItWas() {
    StoredTensor untouched = StoredTensor.of(new float[] {1}, 1);
    Map<String, StoredTensor> base = Map.of("fc.weight", W, "other", untouched);
    Map<String, StoredTensor> merged = Merged.into(base, plain()).tensors();
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, base.get("fc.weight").toFloats());
    assertEquals(untouched, merged.get("other"));
  }

  @Test
  void anUpdateOfZeroLeavesEveryBit() {
    StoredTensor weight = RandomAdapters.normal(new Random(3), 2, 3);
    LoraFactors zero = LoraFactors.of(Kind.LINEAR, A, StoredTensor.of(new float[2], 2, 1));
    assertEquals(
        weight,
        Merged.into(Map.of("fc.weight", weight), file(c -> c, zero, Map.of()))
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
        Merged.into(Map.of("fc.weight", weight), file(c -> c, factors, Map.of()))
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
    Merged merge = Merged.into(Map.of("fc.weight", weight), file(c -> c, factors, Map.of()));
    Change change = merge.changes().get("fc.weight");
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

  /** The whole of PEFT's and transformers' own GPT-2, with and without the hub's missing prefix. */
  @ParameterizedTest
  @ValueSource(strings = {"hf-gpt2", "hf-gpt2-no-prefix"})
  void gpt2sConv1dGetsTheTransposedUpdate(String name) {
    Path golden = Golden.path("adapters/" + name);
    Map<String, StoredTensor> base =
        Checkpoint.read(golden.resolve("base/model.safetensors")).tensors();
    Merged merge = Merged.into(base, AdapterFile.read(golden.resolve("adapter")));
    Map<String, StoredTensor> exact =
        Checkpoint.read(golden.resolve("merged_f64.safetensors")).tensors();
    assertEquals(base.keySet(), merge.tensors().keySet());
    assertEquals(exact.keySet(), merge.changes().keySet());
    merge
        .tensors()
        .forEach(
            (tensor, merged) ->
                assertEquals(
                    exact.containsKey(tensor)
                        ? StoredTensor.rounded(
                            ElementType.F32,
                            exact.get(tensor).toDoubles(),
                            exact.get(tensor).shape())
                        : base.get(tensor),
                    merged,
                    tensor));
    assertEquals(name.endsWith("no-prefix"), merge.notes().toString().contains("without"));
  }

  @Test
  void theOrientationIsDecidedLayerByLayerWhateverTheConfigurationSays() {
    for (boolean flag : new boolean[] {false, true}) {
      Merged merge = Merged.into(gpt2(), onGpt2(flag, "h.0.c_fc", "h.0.c_proj", "score"));
      assertArrayEquals(
          new double[] {3, 5, 7, 5, 10, 15}, // W + (s B A)^T, which is 1 2 3 over 3 6 9
          merge.tensors().get("h.0.c_fc.weight").toDoubles());
      assertArrayEquals(
          new double[] {2, 4, 4, 7}, merge.tensors().get("h.0.c_proj.weight").toDoubles());
      assertArrayEquals(
          new double[] {2, 4, 3, 7, 4, 10}, merge.tensors().get("score.weight").toDoubles());
      assertEquals(
          List.of(
              "h.0.c_proj is square and taken as (in,out), as GPT-2 keeps layers of such names"),
          merge.notes());
    }
  }

  @Test
  void layersOfGpt2sNamesThatAreLinearAreNotTurned() {
    Map<String, StoredTensor> starcoder = new HashMap<>(gpt2());
    starcoder.put("h.0.c_fc.weight", doubles(3, 2, 2, 3, 4, 2, 4, 6)); // (out,in)
    Merged merge = Merged.into(starcoder, onGpt2(true, "h.0.c_proj"));
    assertArrayEquals(
        new double[] {2, 5, 3, 7}, merge.tensors().get("h.0.c_proj.weight").toDoubles());
    assertTrue(merge.notes().get(0).contains("taken as (out,in)"), merge.notes().toString());
  }

  @Test
  void aSquareLayerOfAnUnknownNameBesideTurnedOnesNeedsAWord() {
    AdapterFile adapter = onGpt2(false, "h.0.c_fc", "head");
    assertTrue(refusal(gpt2(), adapter).contains("head: other layers are (in,out)"));
    assertTrue(refusal(gpt2(), adapter).contains("--fan-in-fan-out"));
    assertArrayEquals(new double[] {2, 3, 5, 7}, head(Merged.into(gpt2(), adapter, names("head"))));
    assertArrayEquals(new double[] {2, 4, 4, 7}, head(Merged.into(gpt2(), adapter, names())));
    assertTrue(
        assertThrows(
                InvalidInputException.class, () -> Merged.into(gpt2(), adapter, names("heads")))
            .getMessage()
            .contains("'heads' is no Linear layer"));
  }

  @Test
  void aSquareLayerOfANetworkWithOthersTurnedNeedsAWordThoughOnlyItIsAdapted() {
    Map<String, StoredTensor> base = new HashMap<>(gpt2());
    base.put("up.weight", base.remove("h.0.c_fc.weight"));
    base.put("up.bias", base.remove("h.0.c_fc.bias"));
    base.remove("h.0.c_proj.weight");
    AdapterFile adapter = onGpt2(false, "head");
    assertTrue(refusal(base, adapter).contains("head: other layers are (in,out)"));
    base.remove("up.bias");
    assertArrayEquals(new double[] {2, 4, 4, 7}, head(Merged.into(base, adapter)));
  }

  private static Optional<List<String>> names(String... names) {
    return Optional.of(List.of(names));
  }

  private static double[] head(Merged merge) {
    return merge.tensors().get("head.weight").toDoubles();
  }

  /** One block as GPT-2 keeps it, and two Linear layers. */
  private static Map<String, StoredTensor> gpt2() {
    return Map.of(
        "h.0.c_fc.weight", doubles(2, 3, 2, 3, 4, 2, 4, 6),
        "h.0.c_fc.bias", vector(0, 0, 0),
        "h.0.c_proj.weight", doubles(2, 2, 1, 2, 1, 1),
        "h.0.c_proj.bias", vector(0, 0),
        "score.weight", doubles(3, 2, 1, 1, 1, 1, 1, 1),
        "head.weight", doubles(2, 2, 1, 1, 2, 1));
  }

  /** The update's rows are (1 3), (2 6), (3 9), of the square layers the first two. */
  private static AdapterFile onGpt2(boolean flag, String... layers) {
    Map<String, LoraFactors> modules = new HashMap<>();
    for (String layer : layers) {
      boolean square = layer.endsWith("c_proj") || layer.equals("head");
      modules.put(
          layer,
          LoraFactors.of(
              Kind.LINEAR,
              doubles(1, 2, 1, 3),
              square ? doubles(2, 1, 1, 2) : doubles(3, 1, 1, 2, 3)));
    }
    AdapterConfig config =
        AdapterConfig.of(ModuleSelector.named(layers), 1, 1).fanInFanOut(flag).build();
    return AdapterFile.of(config, modules, Map.of());
  }

  @Test
  void anUpdateOfAttentionsOutputAloneIsMergedAndSaidNotToRunInPeft() {
    Map<String, StoredTensor> attention =
        Map.of(
            "attn.in_proj_weight", doubles(6, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
            "attn.out_proj.weight", doubles(2, 2, 1, 0, 0, 1));
    LoraFactors factors = LoraFactors.of(Kind.LINEAR, doubles(1, 2, 1, 3), doubles(2, 1, 1, 2));
    AdapterConfig config = AdapterConfig.of(ModuleSelector.named("attn.out_proj"), 1, 1).build();
    Merged merge =
        Merged.into(attention, AdapterFile.of(config, Map.of("attn.out_proj", factors), Map.of()));

    assertArrayEquals(
        new double[] {2, 3, 2, 7}, merge.tensors().get("attn.out_proj.weight").toDoubles());
    assertTrue(
        merge.notes().get(0).startsWith("attn.out_proj.weight: of a MultiheadAttention, which"),
        merge.notes().toString());
  }

  private static StoredTensor vector(double... values) {
    return StoredTensor.of(values, values.length);
  }

  private static StoredTensor doubles(int rows, int columns, double... values) {
    return StoredTensor.of(values, rows, columns);
  }

  @Test
  void whatTheBasesTypeCannotHoldIsRefusedWithBothNumbers() {
    StoredTensor large = StoredTensor.rounded(ElementType.F16, new double[] {65504, 1}, 1, 2);
    LoraFactors factors =
        LoraFactors.of(
            Kind.LINEAR,
            StoredTensor.of(new float[] {8, 0}, 1, 2),
            StoredTensor.of(new float[] {1}, 1, 1)); // scale 2
    assertEquals(
        "fc.weight: its largest value, 65520.0, is beyond float16, whose largest is 65504.0",
        refusal(Map.of("fc.weight", large), file(c -> c, factors, Map.of())));
    LoraFactors nearly =
        LoraFactors.of(
            Kind.LINEAR,
            StoredTensor.of(new float[] {7.5f, 0}, 1, 2),
            StoredTensor.of(new float[] {1}, 1, 1));
    assertEquals(
        large,
        Merged.into(Map.of("fc.weight", large), file(c -> c, nearly, Map.of()))
            .tensors()
            .get("fc.weight"));
  }

  @Test
  void aBiasThatTheBasesTypeCannotHoldIsRefusedToo() {
    LoraFactors factors =
        new LoraFactors(
            Kind.LINEAR,
            A,
            B,
            Optional.of(StoredTensor.of(new float[] {40000, 0}, 2)),
            Optional.empty());
    Map<String, StoredTensor> base =
        Map.of("fc.weight", W, "fc.bias", StoredTensor.rounded(ElementType.F16, new double[2], 2));
    String message = refusal(base, file(c -> c.loraBias(true), factors, Map.of()));
    assertTrue(message.startsWith("fc.bias: its largest value, 80000.0,"), message);
  }

  @Test
  void aWeightOfHalfThePrecisionIsRoundedOnceFromDouble() {
    // 1 + 2^-11 + 2^-40 lies just above the middle of two numbers; as a float it is the middle.
    StoredTensor one = StoredTensor.rounded(ElementType.F16, new double[] {1, 1}, 1, 2);
    LoraFactors factors =
        LoraFactors.of(
            Kind.LINEAR,
            StoredTensor.of(new double[] {0x1p-12 + 0x1p-41, 0}, 1, 2),
            StoredTensor.of(new double[] {1}, 1, 1)); // scale 2
    assertArrayEquals(
        new double[] {1 + 0x1p-10, 1},
        Merged.into(Map.of("fc.weight", one), file(c -> c, factors, Map.of()))
            .tensors()
            .get("fc.weight")
            .toDoubles());
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
        Merged.into(Map.of("fc.weight", weight), sum.adapter())
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
        Merged.into(Map.of("fc.weight", W), file(c -> c, factors, Map.of()))
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
        Merged.into(Map.of("fc.weight", weight), file(c -> c, factors, Map.of()))
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
        Merged.into(Map.of("fc.weight", W), file(c -> c.dora(true), factors, Map.of()))
            .tensors()
            .get("fc.weight")
            .toDoubles();
    double[] plain =
        Merged.into(Map.of("fc.weight", W), plain()).tensors().get("fc.weight").toDoubles();
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
        Merged.into(Map.of("fc.weight", W, "fc.bias", bias), file)
            .tensors()
            .get("fc.bias")
            .toFloats());
    assertTrue(refusal(Map.of("fc.weight", W), file).contains("fc has no bias in the base"));
  }

  @Test
  void aBiasOfZeroNeedsNoneInTheBase() { // such as a combination gives layers of one part alone
    LoraFactors factors =
        new LoraFactors(
            Kind.LINEAR, A, B, Optional.of(StoredTensor.of(new float[2], 2)), Optional.empty());
    AdapterFile file = file(c -> c.loraBias(true), factors, Map.of());
    assertEquals(
        Merged.into(Map.of("fc.weight", W), plain()).tensors(),
        Merged.into(Map.of("fc.weight", W), file).tensors());
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
        Merged.into(Map.of("fc.weight", W, "head.weight", old), file).tensors().get("head.weight"));
  }

  @Test
  void anAdapterOfAnotherNetworkIsRefused() {
    assertTrue(refusal(Map.of(), plain()).contains("no tensor fc.weight"));
    assertTrue(refusal(Map.of("head.weight", W), plain()).contains("no tensor fc.weight"));
    assertTrue(
        refusal(Map.of("fc.weight", StoredTensor.of(new float[6], 3, 2)), plain())
            .contains("for a weight of shape (2, 3), the base has float32 (3, 2)"));
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
    assertTrue(refusal(base, file).contains("a convolution in groups"));
    LoraFactors infinite =
        LoraFactors.of(
            Kind.LINEAR, A, StoredTensor.of(new float[] {Float.POSITIVE_INFINITY, 1}, 2, 1));
    assertTrue(
        refusal(Map.of("fc.weight", W), file(c -> c, infinite, Map.of())).contains("not finite"));
  }

  @Test
  void aConvolutionsUpdateIsTheProductOfItsFactors() {
    Map<String, StoredTensor> base =
        Checkpoint.read(Golden.path("pytorch/resnet18-w16.pth")).tensors();
    AdapterFile adapter = AdapterFile.read(Golden.path("pytorch/adapter-fc-conv-rslora-r3"));
    Map<String, StoredTensor> merged = Merged.into(base, adapter).tensors();
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
    return assertThrows(InvalidInputException.class, () -> Merged.into(base, adapter)).getMessage();
  }

  private static double norm(double[] values, int row) {
    return Math.sqrt(
        values[3 * row] * values[3 * row]
            + values[3 * row + 1] * values[3 * row + 1]
            + values[3 * row + 2] * values[3 * row + 2]);
  }
}
