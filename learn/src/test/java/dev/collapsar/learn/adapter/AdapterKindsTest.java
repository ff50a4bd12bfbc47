package dev.collapsar.learn.adapter;

import static dev.collapsar.learn.tensor.NativeObjects.assertNoneLeft;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.merge.Merged;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.WeightedLayer;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of adapter on every kind of layer. */
class AdapterKindsTest {
  private static final Seed SEED = new Seed(11);
  private static final ModuleSelector FIRST = ModuleSelector.named("0");
  // Sums of at most 60 products of numbers of order 1, in two orders of summation.
  private static final float ROUNDING = 2e-5f;

  /** What an adapter can be, by a name for reports. */
  private static final Map<String, UnaryOperator<AdapterConfig.Builder>> VARIANTS =
      new LinkedHashMap<>();

  static {
    VARIANTS.put("plain", builder -> builder);
    VARIANTS.put("rank-stabilised", builder -> builder.rankStabilized(true));
    VARIANTS.put("dora", builder -> builder.dora(true));
    VARIANTS.put("pissa", builder -> builder.initialization(Initialization.PISSA));
    VARIANTS.put(
        "rank-stabilised olora",
        builder -> builder.initialization(Initialization.OLORA).rankStabilized(true));
    VARIANTS.put(
        "dora from pissa", builder -> builder.initialization(Initialization.PISSA).dora(true));
    VARIANTS.put("bias on B", builder -> builder.loraBias(true));
    VARIANTS.put("all biases", builder -> builder.bias(BiasMode.ALL));
    VARIANTS.put("own biases", builder -> builder.bias(BiasMode.LORA_ONLY));
    VARIANTS.put("dora, own biases", builder -> builder.dora(true).bias(BiasMode.LORA_ONLY));
  }

  static Stream<Arguments> everything() {
    return Arrays.stream(Layers.values())
        .flatMap(layers -> VARIANTS.keySet().stream().map(v -> Arguments.of(layers, v)))
        .filter(a -> isPossible((Layers) a.get()[0], (String) a.get()[1]));
  }

  private static boolean isPossible(Layers layers, String variant) {
    boolean ofTheWeight =
        variant.contains("dora") || variant.contains("pissa") || variant.contains("olora");
    return !(layers == Layers.GROUPED && ofTheWeight)
        && !(layers == Layers.EMBEDDING && variant.equals("bias on B"));
  }

  private static AdapterConfig config(String variant) {
    return VARIANTS.get(variant).apply(AdapterConfig.of(FIRST, 2, 3)).build();
  }

  @ParameterizedTest
  @MethodSource("everything")
  void aNewAdapterChangesNoBitInEitherMode(Layers layers, String variant) {
    try (LayerNetwork network = layers.network()) {
      network.weights().setTrainable(false);
      float[] base = layers.logits(network);
      Adapter.attach(network, "a", config(variant), SEED);
      if (layers != Layers.EMBEDDING) { // whose A is zero then, and B is not
        assertArrayEquals(base, layers.logits(network));
        network.setTraining(true);
      }
      assertArrayEquals(base, layers.logits(network));
    }
  }

  @ParameterizedTest
  @MethodSource("everything")
  void trainingMovesTheLogitsAndDisablingAndRemovingBringTheBaseBack(
      Layers layers, String variant) {
    try (LayerNetwork network = layers.network()) {
      network.weights().setTrainable(false);
      Map<String, byte[]> bits = bits(network);
      float[] base = layers.logits(network);
      Adapter adapter = Adapter.attach(network, "a", config(variant), SEED);
      network.setTraining(true);
      layers.train(network);
      network.setTraining(false);
      assertFalse(Arrays.equals(base, layers.logits(network)));
      assertArrayEquals(base, adapter.disabled(() -> layers.logits(network)));
      adapter.remove();
      assertArrayEquals(base, layers.logits(network));
      bits.forEach(
          (name, before) ->
              assertArrayEquals(
                  before, TensorBridge.rawBytes(network.weights().state().get(name)), name));
    }
  }

  @ParameterizedTest
  @MethodSource("everything")
  void theOutputIsThatOfTheEffectiveWeightAndBias(Layers layers, String variant) {
    assumeTrue(layers != Layers.GROUPED, "its update is no weight of such a layer");
    try (LayerNetwork network = layers.network()) {
      Adapter.attach(network, "a", config(variant), SEED);
      layers.train(network);
      TensorScope.runWithoutGradients(
          () -> {
            WeightedLayer layer = (WeightedLayer) network.layer("0");
            Tensor bias = layer.bias();
            Tensor byWeight =
                layer.map(
                    layers.input(),
                    layer.weight().effective(),
                    bias == null ? new TensorOptional() : new TensorOptional(bias));
            assertArrayEquals(
                TensorBridge.toFloats(byWeight),
                TensorBridge.toFloats(layer.apply(layers.input())),
                ROUNDING);
          });
    }
  }

  @ParameterizedTest
  @MethodSource("everything")
  void theFileComesBackAsTheSameNetworkAndTheSameFile(
      Layers layers, String variant, @TempDir Path folder) {
    try (LayerNetwork network = layers.network()) {
      Adapter adapter = Adapter.attach(network, "a", config(variant), SEED);
      layers.train(network);
      float[] adapted = layers.logits(network);
      AdapterFile file = adapter.toFile();
      adapter.remove();
      file.write(folder);
      AdapterFile read = AdapterFile.read(folder);
      assertEquals(List.of(), read.warnings());
      Adapter again = Adapter.attach(network, "b", read);
      // PiSSA's and OLoRA's files hold one product instead of a difference of two.
      boolean sameSums = !variant.contains("pissa") && !variant.contains("olora");
      assertArrayEquals(adapted, layers.logits(network), sameSums ? 0 : ROUNDING);
      assertEquals(read, again.toFile());
    }
  }

  @ParameterizedTest
  @MethodSource("everything")
  void mergedWeightsComputeTheSame(Layers layers, String variant) {
    assumeTrue(layers != Layers.GROUPED, "its update is no weight of such a layer");
    try (LayerNetwork network = layers.network();
        Network merged = layers.network()) {
      Adapter adapter = Adapter.attach(network, "a", config(variant), SEED);
      layers.train(network);
      merged.weights().load(Merged.into(stored(network), adapter.toFile()).tensors(), "merged");
      assertArrayEquals(layers.logits(network), layers.logits(merged), ROUNDING);
    }
  }

  @ParameterizedTest
  @MethodSource("everything")
  void severalAdaptersAddTheirChangesOfTheFirstLayer(Layers layers, String variant) {
    assumeTrue(!variant.endsWith("biases"), "only one may replace a bias");
    try (LayerNetwork network = layers.network()) {
      Adapter.attach(network, "a", config(variant), SEED);
      layers.train(network);
      Adapter.attach(network, "b", config("plain"), SEED.under("b"));
      layers.train(network);
      float[] base = first(layers, network, List.of());
      float[] a = first(layers, network, List.of("a"));
      float[] b = first(layers, network, List.of("b"));
      float[] both = first(layers, network, List.of("a", "b"));
      for (int i = 0; i < base.length; i++) {
        assertEquals(a[i] + b[i] - base[i], both[i], ROUNDING);
      }
    }
  }

  private static float[] first(Layers layers, LayerNetwork network, List<String> active) {
    return network
        .weights()
        .withActive(
            active,
            () ->
                TensorScope.withinWithoutGradients(
                    () -> TensorBridge.toFloats(network.layer("0").apply(layers.input()))));
  }

  @ParameterizedTest
  @MethodSource("everything")
  void nothingNativeIsLeftBehind(Layers layers, String variant) {
    try (LayerNetwork network = layers.network()) {
      network.weights().setTrainable(false);
      long before = TensorScope.liveObjects();
      Adapter adapter = Adapter.attach(network, "a", config(variant), SEED);
      layers.train(network);
      AdapterFile file = adapter.toFile();
      adapter.remove();
      Adapter.attach(network, "a", file).remove();
      assertNoneLeft(before);
    }
  }

  @Test
  void aGroupedConvolutionsUpdateIsTheFullConvolutionByAThenTheGroupedOneByB() {
    try (LayerNetwork network = Layers.GROUPED.network()) {
      Adapter adapter = Adapter.attach(network, "a", AdapterConfig.of(FIRST, 4, 8).build(), SEED);
      Layers.GROUPED.train(network);
      float[] base = first(Layers.GROUPED, network, List.of());
      float[] adapted = first(Layers.GROUPED, network, List.of("a"));
      double[] a = TensorBridge.toDoubles(adapter.parameters().get("0.lora_A.a")); // (4,4,3,3)
      double[] b = TensorBridge.toDoubles(adapter.parameters().get("0.lora_B.a")); // (6,2,1,1)
      double[] x = TensorScope.within(() -> TensorBridge.toDoubles(Layers.GROUPED.input()));
      for (int n = 0; n < Layers.SAMPLES; n++) {
        for (int out = 0; out < 6; out++) {
          for (int row = 0; row < 3; row++) {
            for (int column = 0; column < 3; column++) {
              double change = 0;
              for (int k = 0; k < 2; k++) { // outputs 0..2 see hidden 0..1, 3..5 see 2..3
                int hidden = out / 3 * 2 + k;
                change += 2 * b[out * 2 + k] * convolved(x, a, n, hidden, 2 * row, 2 * column);
              }
              int i = ((n * 6 + out) * 3 + row) * 3 + column;
              assertEquals(base[i] + change, adapted[i], ROUNDING);
            }
          }
        }
      }
    }
  }

  /** Of x (8,4,5,5) by filter {@code k} of a (4,4,3,3), padded by one pixel. */
  private static double convolved(double[] x, double[] a, int n, int k, int row, int column) {
    double sum = 0;
    for (int channel = 0; channel < 4; channel++) {
      for (int i = 0; i < 9; i++) {
        int r = row + i / 3 - 1;
        int c = column + i % 3 - 1;
        if (r >= 0 && r < 5 && c >= 0 && c < 5) {
          sum += a[(k * 4 + channel) * 9 + i] * x[((n * 4 + channel) * 5 + r) * 5 + c];
        }
      }
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource(names = "GROUPED", mode = EnumSource.Mode.EXCLUDE)
  void doraScalesEveryRowToItsMagnitude(Layers layers) {
    try (LayerNetwork network = layers.network()) {
      Adapter adapter = Adapter.attach(network, "a", config("dora"), SEED);
      layers.train(network);
      LoraFactors factors = adapter.toFile().modules().get("0");
      WeightedLayer layer = (WeightedLayer) network.layer("0");
      double[] w = TensorBridge.toDoubles(layer.weight().original());
      double[] effective =
          TensorScope.withinWithoutGradients(
              () -> TensorBridge.toDoubles(layer.weight().effective()));
      double[] a = factors.a().toDoubles();
      double[] b = factors.b().toDoubles();
      double[] m = factors.magnitude().orElseThrow().toDoubles();
      int out = m.length;
      int columns = w.length / out;
      for (int i = 0; i < out; i++) {
        double[] row = new double[columns];
        double square = 0;
        for (int j = 0; j < columns; j++) {
          double update = 1.5 * (b[2 * i] * a[j] + b[2 * i + 1] * a[columns + j]);
          row[j] = w[at(layers, i, j, out, columns)] + update;
          square += row[j] * row[j];
        }
        for (int j = 0; j < columns; j++) {
          assertEquals(
              m[i] / Math.sqrt(square) * row[j],
              effective[at(layers, i, j, out, columns)],
              ROUNDING);
        }
      }
    }
  }

  private static int at(Layers layers, int row, int column, int rows, int columns) {
    return layers == Layers.EMBEDDING ? column * rows + row : row * columns + column;
  }

  @Test
  void noGradientPassesDorasNorm() {
    try (LayerNetwork network = Layers.LINEAR.network()) {
      Adapter adapter = Adapter.attach(network, "a", config("dora"), SEED);
      Layers.LINEAR.train(network);
      TensorScope.run(
          () -> {
            WeightedLayer layer = (WeightedLayer) network.layer("0");
            Tensor m = adapter.parameters().get("0.lora_magnitude_vector.a");
            Tensor b = adapter.parameters().get("0.lora_B.a");
            Tensor a = adapter.parameters().get("0.lora_A.a");
            Tensor sum = layer.apply(Layers.LINEAR.input()).sum();
            b.mutable_grad().reset();
            sum.backward();
            // With the ratio m / norm held fixed, d sum / d B = ratio * scale * sum_n (A x_n)^T.
            Tensor weight = layer.weight().original().add(b.mm(a).mul(TensorBridge.scalar(1.5)));
            Tensor norm = weight.square().sum(1).sqrt();
            Tensor hidden = Layers.LINEAR.input().mm(a.t()).sum(0); // (r)
            Tensor expected =
                m.div(norm).mul(TensorBridge.scalar(1.5)).unsqueeze(1).mul(hidden.unsqueeze(0));
            assertArrayEquals(
                TensorBridge.toFloats(expected), TensorBridge.toFloats(b.grad()), ROUNDING);
          });
    }
  }

  @Test
  void patternsGiveLayersRanksAndAlphasOfTheirOwn() {
    try (LayerNetwork network =
        LayerNetwork.initialized(new Mlp(List.of(9, 8, 7, 6)), new Seed(1))) {
      AdapterConfig config =
          AdapterConfig.of(new ModuleSelector.AllLinear(), 2, 4)
              .rankPattern(Map.of("linear2", 3))
              .alphaPattern(Map.of("linear[13]", 1.0))
              .build();
      Adapter adapter = Adapter.attach(network, "a", config, SEED);
      assertArrayEquals(new long[] {3, 8}, adapter.parameters().get("linear2.lora_A.a").shape());
      assertArrayEquals(new long[] {2, 9}, adapter.parameters().get("linear1.lora_A.a").shape());
      List<Double> scales = new ArrayList<>();
      network
          .weights()
          .sites()
          .values()
          .forEach(
              layer ->
                  scales.add(
                      ((LowRankUpdate) layer.weight().reparametrizations().get("a")).scale()));
      assertEquals(List.of(0.5, 4.0 / 3, 0.5), scales);
    }
  }

  @Test
  void aModuleTrainedInFullIsACopyOfTheAdaptersOwn(@TempDir Path folder) {
    AdapterConfig config = AdapterConfig.of(FIRST, 2, 3).modulesToSave(List.of("1", "3")).build();
    Layers layers = Layers.CONV2D;
    try (LayerNetwork network = layers.network()) {
      network.weights().setTrainable(false);
      Map<String, byte[]> bits = bits(network);
      float[] base = layers.logits(network);
      Adapter adapter = Adapter.attach(network, "a", config, SEED);
      assertTrue(network.weights().trainable().containsKey("3.weight.a"));
      assertTrue(network.weights().trainable().containsKey("1.bias.a"));
      network.setTraining(true);
      layers.train(network);
      network.setTraining(false);
      float[] adapted = layers.logits(network);
      bits.forEach(
          (name, before) ->
              assertArrayEquals(
                  before, TensorBridge.rawBytes(network.weights().state().get(name)), name));
      AdapterFile file = adapter.toFile();
      assertEquals(
          List.of(
              "1.bias",
              "1.num_batches_tracked",
              "1.running_mean",
              "1.running_var",
              "1.weight",
              "3.bias",
              "3.weight"),
          List.copyOf(file.saved().keySet()));
      assertEquals(3, file.saved().get("1.num_batches_tracked").data().getLong());
      assertArrayEquals(base, adapter.disabled(() -> layers.logits(network)));
      adapter.remove();
      file.write(folder);
      Adapter.attach(network, "b", AdapterFile.read(folder));
      assertArrayEquals(adapted, layers.logits(network));
      try (Network merged = layers.network()) {
        merged.weights().load(Merged.into(stored(network), file).tensors(), "merged");
        assertArrayEquals(adapted, layers.logits(merged), ROUNDING);
      }
    }
  }

  @Test
  void aFileWithoutTheHeadThatItsConfigurationTrainsIsRefused() {
    Layers layers = Layers.LINEAR;
    try (LayerNetwork network = layers.network()) {
      AdapterConfig config = AdapterConfig.of(FIRST, 2, 3).modulesToSave(List.of("1")).build();
      Adapter adapter = Adapter.attach(network, "a", config, SEED);
      AdapterFile headless = AdapterFile.of(config, adapter.toFile().modules(), Map.of());
      adapter.remove();
      assertEquals(
          "the adapter must have 1.weight of shape [3, 6] saved in full, but has none",
          assertThrows(InvalidInputException.class, () -> Adapter.attach(network, "b", headless))
              .getMessage());
      assertEquals(0, network.weights().reparametrizations().size());
    }
  }

  @Test
  void twoAdaptersWithBiasesOfTheirOwnCannotBeActiveTogether() {
    try (LayerNetwork network = Layers.LINEAR.network()) {
      Adapter.attach(network, "a", config("all biases"), SEED);
      InvalidInputException refusal =
          assertThrows(
              InvalidInputException.class,
              () -> Adapter.attach(network, "b", config("all biases"), SEED));
      assertTrue(refusal.getMessage().contains("[a, b]"), refusal.getMessage());
      assertEquals(java.util.Set.of("a"), network.weights().reparametrizations());
      network.weights().activate(List.of());
      Adapter.attach(network, "b", config("all biases"), SEED);
      assertThrows(
          InvalidInputException.class, () -> network.weights().activate(List.of("a", "b")));
      assertEquals(java.util.Set.of("b"), network.weights().active());
    }
  }

  @Test
  void whatALayerCannotCarryIsRefusedInOneLine() {
    refuses(Layers.GROUPED, builder -> builder.dora(true), "use_dora");
    refuses(Layers.GROUPED, builder -> builder.initialization(Initialization.PISSA), "in 2 groups");
    refuses(Layers.EMBEDDING, builder -> builder.dropout(0.1), "lora_dropout 0.1");
    refuses(Layers.EMBEDDING, builder -> builder.loraBias(true), "has no bias");
    refuses(Layers.LINEAR, builder -> builder.loraBias(true).bias(BiasMode.ALL), "choose one");
    refuses(Layers.LINEAR, builder -> builder.modulesToSave(List.of("head")), "names no layer");
    try (LayerNetwork network = Layers.GROUPED.network()) {
      AdapterConfig odd = AdapterConfig.of(FIRST, 3, 1).build();
      assertThrows(InvalidInputException.class, () -> Adapter.attach(network, "a", odd, SEED));
    }
  }

  private static void refuses(
      Layers layers, UnaryOperator<AdapterConfig.Builder> variant, String reason) {
    try (LayerNetwork network = layers.network()) {
      AdapterConfig config = variant.apply(AdapterConfig.of(FIRST, 2, 3)).build();
      long before = TensorScope.liveObjects();
      String message =
          assertThrows(
                  InvalidInputException.class, () -> Adapter.attach(network, "a", config, SEED))
              .getMessage();
      assertTrue(message.contains(reason) && !message.contains("\n"), message);
      assertNoneLeft(before);
      assertEquals(0, network.weights().reparametrizations().size());
    }
  }

  private static Map<String, byte[]> bits(LayerNetwork network) {
    Map<String, byte[]> bits = new LinkedHashMap<>();
    network
        .weights()
        .state()
        .forEach((name, tensor) -> bits.put(name, TensorBridge.rawBytes(tensor)));
    return bits;
  }

  private static Map<String, StoredTensor> stored(LayerNetwork network) {
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    network
        .weights()
        .state()
        .forEach(
            (name, tensor) ->
                stored.put(name, TensorBridge.stored(tensor, TensorBridge.elementType(tensor))));
    return stored;
  }
}
