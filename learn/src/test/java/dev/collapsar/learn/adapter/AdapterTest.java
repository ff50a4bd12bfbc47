package dev.collapsar.learn.adapter;

import static dev.collapsar.learn.tensor.NativeObjects.assertNoneLeft;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.weight.FrozenGuard;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Adapters on a small network: what they change, and above all what they leave alone. */
class AdapterTest {
  private static final int SAMPLES = 7;
  private static final int INPUTS = 12;
  private static final int CLASSES = 5;
  private static final ModuleSelector ALL = new ModuleSelector.AllLinear();
  // A sum of at most 12 products of numbers of order 1, in two orders of summation.
  private static final double ROUNDING = 1e-5;

  private Network network;
  private float[] base;

  @BeforeEach
  void build() {
    network = LayerNetwork.initialized(new Mlp(List.of(INPUTS, 8, 6, CLASSES)), new Seed(3));
    base = logits();
  }

  @AfterEach
  void free() {
    network.close();
  }

  @Test
  void anAdapterWhoseFactorBStartsAtZeroChangesNoBit() {
    for (Initialization start :
        List.of(Initialization.DEFAULT, Initialization.GAUSSIAN, Initialization.NORMAL)) {
      Adapter adapter =
          Adapter.attach(
              network, "new", AdapterConfig.of(ALL, 2, 4).initialization(start).build(), seed());
      assertArrayEquals(base, logits(), start.spelling());
      adapter.remove();
    }
  }

  @Test
  void theOrthogonalStartIsZeroButForRounding() {
    AdapterConfig config =
        AdapterConfig.of(ALL, 4, 4).initialization(Initialization.ORTHOGONAL).build();
    Adapter adapter = Adapter.attach(network, "new", config, seed());
    assertArrayEquals(base, logits(), (float) ROUNDING);
    assertTrue(largest(adapter.parameters().get("linear1.lora_B.new")) > 0.01);
  }

  @Test
  void theNormalStartDrawsEachLayersFactorFromAStreamOfItsOwn() {
    AdapterConfig wide =
        AdapterConfig.of(ALL, 500, 1).initialization(Initialization.NORMAL).build();
    Adapter all = Adapter.attach(network, "all", wide, seed());
    double[] drawn = TensorBridge.toDoubles(all.parameters().get("linear2.lora_A.all"));
    double mean = 0;
    double square = 0;
    for (double value : drawn) {
      mean += value / drawn.length;
      square += value * value / drawn.length;
    }
    // 4,000 draws: the mean's deviation is 0.016, the mean square's 0.022; five of them.
    assertEquals(0, mean, 0.08);
    assertEquals(1, square, 0.11);
    all.remove();
    AdapterConfig one =
        AdapterConfig.of(ModuleSelector.named("linear2"), 500, 1)
            .initialization(Initialization.NORMAL)
            .build();
    Adapter alone = Adapter.attach(network, "one", one, seed());
    assertArrayEquals(drawn, TensorBridge.toDoubles(alone.parameters().get("linear2.lora_A.one")));
  }

  @Test
  void theEffectiveWeightIsTheOriginalPlusTheScaledProductExactly() {
    Adapter adapter = Adapter.attach(network, "a", AdapterConfig.of(ALL, 2, 3).build(), seed());
    train(3);
    TensorScope.runWithoutGradients(
        () ->
            network
                .weights()
                .sites()
                .forEach(
                    (path, layer) -> {
                      Tensor a = adapter.parameters().get(path + ".lora_A.a");
                      Tensor b = adapter.parameters().get(path + ".lora_B.a");
                      Tensor update = b.mm(a).mul(TensorBridge.scalar(1.5));
                      assertTrue(
                          layer.weight().effective().equal(layer.weight().original().add(update)));
                    }));
  }

  @Test
  void theOutputIsThatOfTheEffectiveWeights() {
    Adapter.attach(network, "a", AdapterConfig.of(ALL, 2, 3).build(), seed());
    train(3);
    try (Network plain = network.copy()) {
      TensorScope.runWithoutGradients(
          () ->
              plain
                  .weights()
                  .sites()
                  .forEach(
                      (path, layer) ->
                          layer
                              .weight()
                              .original()
                              .copy_(network.weights().sites().get(path).weight().effective())));
      assertArrayEquals(logits(plain), logits(), (float) ROUNDING);
    }
  }

  @Test
  void disablingBringsTheBaseBackBitForBitAndOnlyForTheScope() {
    Adapter adapter = Adapter.attach(network, "a", AdapterConfig.of(ALL, 2, 3).build(), seed());
    train(3);
    float[] adapted = logits();
    assertFalse(java.util.Arrays.equals(base, adapted));
    assertArrayEquals(base, adapter.disabled(() -> logits()));
    assertArrayEquals(adapted, logits());
    assertThrows(
        IllegalStateException.class,
        () ->
            adapter.disabled(
                (Runnable)
                    () -> {
                      throw new IllegalStateException("in the middle");
                    }));
    assertArrayEquals(adapted, logits());
  }

  @Test
  void disablingWithinADisabledScopeDoesNotEnableItEarly() {
    Adapter adapter = Adapter.attach(network, "a", AdapterConfig.of(ALL, 2, 3).build(), seed());
    train(3);
    adapter.disabled(
        () -> {
          adapter.disabled(() -> logits());
          assertArrayEquals(base, logits());
        });
  }

  @Test
  void onlyTheAdapterAttachedLastIsTrainedAndAllElseKeepsItsBits() {
    Adapter first = Adapter.attach(network, "a", AdapterConfig.of(ALL, 2, 3).build(), seed());
    train(2);
    Adapter second = Adapter.attach(network, "b", AdapterConfig.of(ALL, 1, 1).build(), seed());
    assertEquals(second.parameters().keySet(), network.weights().trainable().keySet());
    FrozenGuard guard = new FrozenGuard(network.weights());
    Set<String> frozen = new TreeSet<>(network.weights().state().keySet());
    frozen.addAll(first.parameters().keySet());
    assertEquals(frozen, network.weights().frozen().keySet());
    train(3);
    assertEquals(List.of(), guard.moved());
    first.trainAlone();
    assertEquals(first.parameters().keySet(), network.weights().trainable().keySet());
    FrozenGuard other = new FrozenGuard(network.weights());
    train(1);
    assertEquals(List.of(), other.moved());
    assertFalse(guard.moved().isEmpty());
  }

  @Test
  void activeAdaptersAddUpInAnyOrder() {
    Adapter a = trained("a", 2, 3);
    Adapter b = trained("b", 1, 4);
    TensorScope.runWithoutGradients(
        () -> {
          var weight = network.weights().sites().get("linear2").weight();
          Tensor alone =
              network.weights().withActive(List.of("a"), weight::effective).sub(weight.original());
          Tensor other =
              network.weights().withActive(List.of("b"), weight::effective).sub(weight.original());
          Tensor sum = weight.effective().sub(weight.original());
          assertArrayEquals(
              TensorBridge.toFloats(alone.add(other)),
              TensorBridge.toFloats(sum),
              (float) ROUNDING);
        });
    float[] both = logits();
    network.weights().activate(List.of("b", "a"));
    assertArrayEquals(both, logits(), (float) ROUNDING);
    network.weights().activate(List.of());
    assertArrayEquals(base, logits());
    network.weights().activate(List.of("a"));
    float[] onlyA = logits();
    assertArrayEquals(b.disabled(() -> logits()), onlyA);
    network.weights().activate(List.of("a", "b"));
    assertArrayEquals(onlyA, b.disabled(() -> logits()));
    assertArrayEquals(both, logits());
    assertEquals(Set.of("a", "b"), network.weights().active());
    a.remove();
    assertEquals(Set.of("b"), network.weights().active());
  }

  @Test
  void attachingOneMoreDoesNotBringBackWhatWasSwitchedOff() {
    trained("a", 2, 3);
    network.weights().activate(List.of());
    Adapter.attach(network, "b", AdapterConfig.of(ALL, 1, 1).build(), seed());
    assertEquals(Set.of("b"), network.weights().active());
    assertArrayEquals(base, logits());
  }

  @Test
  void scalingIsThatOfAlphaAndTouchesNoTensor() {
    Adapter adapter = trained("a", 2, 3);
    final float[] adapted = logits();
    FrozenGuard guard = frozen(adapter);
    assertArrayEquals(base, adapter.scaled(0, () -> logits()));
    assertArrayEquals(adapted, adapter.scaled(1, () -> logits()));
    float[] twice = adapter.scaled(2, () -> logits());
    AdapterFile file = adapter.toFile();
    adapter.remove();
    AdapterFile doubled =
        AdapterFile.of(
            AdapterConfig.of(file.config().targets(), 2, 6).build(), file.modules(), Map.of());
    Adapter.attach(network, "a", doubled);
    assertArrayEquals(logits(), twice, (float) ROUNDING);
    assertEquals(List.of(), guard.moved());
  }

  private FrozenGuard frozen(Adapter adapter) {
    adapter.setTrainable(false);
    return new FrozenGuard(network.weights());
  }

  @Test
  void anAdapterComesBackFromItsFileAndWritesTheSameOne() {
    Adapter adapter = trained("a", 2, 3);
    float[] adapted = logits();
    AdapterFile file = adapter.toFile();
    adapter.remove();
    assertArrayEquals(base, logits());
    Adapter again = Adapter.attach(network, "other", file);
    assertArrayEquals(adapted, logits());
    assertEquals(file, again.toFile());
    assertEquals(Map.of(), network.weights().trainable());
  }

  @Test
  void aFileNamesTheLayersThatAllLinearMeant() {
    AdapterConfig config =
        AdapterConfig.of(ALL, 2, 3).excluded(ModuleSelector.named("linear2")).build();
    AdapterConfig written = Adapter.attach(network, "a", config, seed()).toFile().config();
    assertEquals(ModuleSelector.named("linear1", "linear3"), written.targets());
  }

  @Test
  void attachingAndRemovingLeavesNoNativeMemory() {
    network.weights().setTrainable(true);
    long before = TensorScope.liveObjects();
    for (int i = 0; i < 3; i++) {
      trained("a", 2, 3).remove();
    }
    assertNoneLeft(before);
    assertArrayEquals(base, logits());
  }

  @Test
  void aSelectorThatMatchesNothingIsToldTheLayersThereAre() {
    InvalidInputException refusal =
        assertThrows(
            InvalidInputException.class,
            () ->
                Adapter.attach(
                    network,
                    "a",
                    AdapterConfig.of(ModuleSelector.named("fc"), 1, 1).build(),
                    seed()));
    assertEquals(
        "target_modules [fc] selects no layer; the network has linear1 Linear [8, 12],"
            + " linear2 Linear [6, 8], linear3 Linear [5, 6]",
        refusal.getMessage());
  }

  @Test
  void theFileOfATrainedAdapterSaysTheDefaultStartHoweverItStarted() {
    for (Initialization start :
        List.of(
            Initialization.ORTHOGONAL,
            Initialization.GAUSSIAN,
            Initialization.RANDOM,
            Initialization.PISSA)) {
      AdapterConfig config = AdapterConfig.of(ALL, 2, 4).initialization(start).build();
      Adapter adapter = Adapter.attach(network, "new", config, seed());
      assertEquals(Initialization.DEFAULT, adapter.toFile().config().initialization());
      adapter.remove();
    }
  }

  @Test
  void whatCannotBeAttachedLeavesTheNetworkAsItWas() {
    trained("a", 2, 3);
    float[] adapted = logits();
    final Set<String> trainable = network.weights().trainable().keySet();
    List<AdapterConfig> refused =
        List.of(
            AdapterConfig.of(ALL, 3, 1).initialization(Initialization.ORTHOGONAL).build(),
            AdapterConfig.of(ALL, 2, 1).initialization(Initialization.EVA).build());
    for (AdapterConfig config : refused) {
      assertThrows(InvalidInputException.class, () -> Adapter.attach(network, "b", config, seed()));
    }
    AdapterConfig plain = AdapterConfig.of(ALL, 2, 1).build();
    for (String name : List.of("a", "", "x.y")) {
      assertThrows(InvalidInputException.class, () -> Adapter.attach(network, name, plain, seed()));
    }
    assertEquals(Set.of("a"), network.weights().reparametrizations());
    assertEquals(trainable, network.weights().trainable().keySet());
    assertArrayEquals(adapted, logits());
  }

  @Test
  void aFileOfAnotherNetworkIsRefused() {
    AdapterFile file = trained("a", 2, 3).toFile();
    try (Network other =
        LayerNetwork.initialized(new Mlp(List.of(INPUTS, 9, 6, CLASSES)), new Seed(3))) {
      String message =
          assertThrows(InvalidInputException.class, () -> Adapter.attach(other, "a", file))
              .getMessage();
      assertTrue(message.contains("linear1 Linear [9, 12]"), message);
      assertEquals(Set.of(), other.weights().reparametrizations());
    }
    try (Network shorter = LayerNetwork.initialized(new Mlp(List.of(INPUTS, 8, 6)), new Seed(3))) {
      String message =
          assertThrows(InvalidInputException.class, () -> Adapter.attach(shorter, "a", file))
              .getMessage();
      assertTrue(message.contains("[linear3]"), message);
      assertEquals(Set.of(), shorter.weights().reparametrizations());
    }
  }

  private Adapter trained(String name, int rank, double alpha) {
    Adapter adapter =
        Adapter.attach(network, name, AdapterConfig.of(ALL, rank, alpha).build(), seed());
    train(3);
    return adapter;
  }

  private void train(int steps) {
    try (Trainer trainer = new Trainer(network, OptimizerSpec.Adam.withLearningRate(0.05))) {
      for (int i = 0; i < steps; i++) {
        TensorScope.run(() -> trainer.step(Input.of(inputs()), labels()));
      }
    }
  }

  private float[] logits() {
    return logits(network);
  }

  private static float[] logits(Network network) {
    return TensorScope.withinWithoutGradients(
        () -> TensorBridge.toFloats(network.forward(inputs())));
  }

  private static Tensor inputs() {
    Random random = new Random(5);
    float[] values = new float[SAMPLES * INPUTS];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorBridge.floats(values, SAMPLES, INPUTS);
  }

  private static Tensor labels() {
    List<Integer> labels = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      labels.add(i % CLASSES);
    }
    return TensorBridge.indices(labels.stream().mapToInt(i -> i).toArray(), SAMPLES);
  }

  private static double largest(Tensor tensor) {
    return TensorScope.within(() -> tensor.detach().abs().max().item_double());
  }

  private static Seed seed() {
    return new Seed(11);
  }
}
