package dev.collapsar.learn.network.layer;

import static dev.collapsar.learn.tensor.NativeObjects.assertNoneLeft;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Tensors;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.weight.Reparametrization;
import dev.collapsar.learn.weight.Weight;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdaptedNetworkTest {
  private static final Seed SEED = new Seed(5);
  private static final int RANK = 8;
  private static final double SCALE = 16.0 / RANK;
  private static final double UNIT_ROUNDOFF = 0x1p-24;

  private LayerNetwork network;
  private float[] bare;

  @BeforeEach
  void build() {
    network = LayerNetwork.initialized(new SmallCnn(1, 28, 10), SEED);
    bare = logits();
  }

  @AfterEach
  void close() {
    network.close();
  }

  @Test
  void rank8OnBothLinearLayersTrains27216Of448858Parameters() {
    attach("default");
    assertEquals(448_858, network.weights().parameterCount());
    assertEquals(27_216, network.weights().trainableCount());
    assertEquals(
        List.of(
            "classifier.1.lora_A.default",
            "classifier.1.lora_B.default",
            "classifier.3.lora_A.default",
            "classifier.3.lora_B.default"),
        List.copyOf(network.weights().trainable().keySet()));
    assertEquals(8, network.weights().frozen().size(), "of the network's own everything is frozen");
  }

  @Test
  void aNewAdapterChangesNoBitOfTheLogits() {
    attach("default");
    assertArrayEquals(bare, logits());
    for (String layer : List.of("classifier.1", "classifier.3")) {
      Tensor a = factor(layer, "lora_A");
      double bound = 1 / Math.sqrt(a.size(1));
      for (float value : TensorBridge.toFloats(a)) {
        assertTrue(Math.abs(value) <= bound, layer + ": A leaves +-1/sqrt(in)");
      }
    }
  }

  @Test
  void theEffectiveWeightIsTheOriginalPlusTheScaledProduct() {
    attach("default");
    fill("default");
    Weight weight = network.head().weight();
    double[] w = TensorBridge.toDoubles(weight.original());
    double[] a = TensorBridge.toDoubles(factor("classifier.3", "lora_A"));
    double[] b = TensorBridge.toDoubles(factor("classifier.3", "lora_B"));
    float[] effective =
        TensorScope.withinWithoutGradients(() -> TensorBridge.toFloats(weight.effective()));
    double[] classifier = network.head().classifier().weights().toArray();

    for (int out = 0; out < 10; out++) {
      for (int in = 0; in < 128; in++) {
        double sum = 0;
        double size = 0;
        for (int r = 0; r < RANK; r++) {
          sum += b[out * RANK + r] * a[r * 128 + in];
          size += Math.abs(b[out * RANK + r] * a[r * 128 + in]);
        }
        int i = out * 128 + in;
        // r products and sums, one scaling, one sum, each rounded once.
        double tolerance = (RANK + 3) * UNIT_ROUNDOFF * (Math.abs(w[i]) + SCALE * size);
        assertEquals(w[i] + SCALE * sum, effective[i], tolerance);
        assertEquals(effective[i], classifier[i], "what metrics are given");
      }
    }
  }

  @Test
  void theChangeOfTheOutputIsThatOfTheEffectiveWeight() {
    attach("default");
    fill("default");
    TensorScope.runWithoutGradients(
        () -> {
          Linear layer = (Linear) network.layer("classifier.1");
          Tensor x = TensorBridge.floats(Tensors.random(4 * 3136, 3), 4, 3136);
          Tensor a = factor("classifier.1", "lora_A");
          Tensor b = factor("classifier.1", "lora_B");
          Tensor byLayer = layer.apply(x);
          Tensor byWeight =
              layer.map(x, layer.weight().effective(), new TensorOptional(layer.bias()));
          // Every product of a sum of n terms is wrong by at most n * u of its size (Higham 3.1).
          Tensor size =
              x.abs()
                  .mm(
                      layer
                          .weight()
                          .original()
                          .abs()
                          .add(b.abs().mm(a.abs()), TensorBridge.scalar(SCALE))
                          .t());
          float[] bounds = TensorBridge.toFloats(size);
          float[] left = TensorBridge.toFloats(byLayer);
          float[] right = TensorBridge.toFloats(byWeight);
          for (int i = 0; i < left.length; i++) {
            double tolerance = 2 * (3136 + RANK + 4) * UNIT_ROUNDOFF * bounds[i];
            assertEquals(right[i], left[i], tolerance);
          }
          assertFalse(Arrays.equals(bare, logits()), "the adapter does nothing");
        });
  }

  @Test
  void trainingAnAdapterLeavesEveryOriginalBitAndTakingItOffGivesThemBack() {
    Map<String, byte[]> before = Tensors.bits(network);
    attach("default");
    train();

    float[] adapted = logits();
    Tensors.bits(network).forEach((name, bits) -> assertArrayEquals(before.get(name), bits, name));
    assertFalse(Arrays.equals(bare, adapted), "training changed nothing");

    both(weight -> weight.activate(List.of()));
    assertArrayEquals(bare, logits(), "deactivated");
    both(weight -> weight.activate(List.of("default")));
    assertArrayEquals(adapted, logits(), "active again");
    both(weight -> weight.remove("default"));
    assertArrayEquals(bare, logits(), "removed");
    assertEquals(421_642, network.weights().parameterCount());
  }

  @Test
  void ofTwoAdaptersTheEffectsAddUp() {
    attach("one");
    attach("two");
    fill("one");
    fill("two");
    Weight weight = network.head().weight();
    double[] both = effective(weight, "one", "two");
    double[] one = effective(weight, "one");
    double[] two = effective(weight, "two");
    double[] original = TensorBridge.toDoubles(weight.original());
    for (int i = 0; i < both.length; i++) {
      // Elements are below 16; each of the four numbers is rounded once.
      assertEquals(one[i] + two[i] - original[i], both[i], 4 * 16 * UNIT_ROUNDOFF);
    }
  }

  @Test
  void attachingOrRemovingOneLeavesTheOthersAsActiveAsTheyWere() {
    attach("off");
    fill("off");
    both(weight -> weight.activate(List.of()));
    attach("new");
    assertArrayEquals(bare, logits(), "attaching switched the other one on");
    both(weight -> weight.remove("new"));
    assertArrayEquals(bare, logits(), "removing switched the other one on");
    assertEquals(Set.of("off"), network.head().weight().reparametrizations().keySet());
  }

  @Test
  void oneThatIsNoSumActsInItsPlaceInTheOrder() {
    attach("default");
    fill("default");
    Weight weight = network.head().weight();
    double[] low = effective(weight, "default");
    double[] original = TensorBridge.toDoubles(weight.original());
    weight.attach("twice", new Twice());

    double[] after = effective(weight, "default", "twice");
    double[] before = effective(weight, "twice", "default");
    for (int i = 0; i < low.length; i++) {
      assertEquals(2 * low[i], after[i]);
      // Elements are below 16; two sums, each rounded once.
      assertEquals(low[i] + original[i], before[i], 2 * 16 * UNIT_ROUNDOFF);
    }
    weight.activate(List.of("default", "twice"));
    TensorScope.runWithoutGradients(
        () -> {
          Linear head = (Linear) network.layer("classifier.3");
          Tensor x = TensorBridge.floats(Tensors.random(128, 3), 1, 128);
          assertArrayEquals(
              TensorBridge.toFloats(
                  head.map(x, weight.effective(), new TensorOptional(head.bias()))),
              TensorBridge.toFloats(head.apply(x)));
        });
  }

  @Test
  void aNameIsGivenOnceAndOnlyWhatIsThereIsTaken() {
    attach("default");
    Weight weight = network.head().weight();
    Twice twice = new Twice();
    assertThrows(IllegalArgumentException.class, () -> weight.attach("default", twice));
    assertThrows(IllegalArgumentException.class, () -> weight.remove("other"));
    assertThrows(IllegalArgumentException.class, () -> weight.activate(List.of("other")));
  }

  @Test
  void aCopyCarriesNoAdapter() {
    attach("default");
    fill("default");
    try (LayerNetwork copy = network.copy()) {
      assertEquals(421_642, copy.weights().trainableCount());
      assertArrayEquals(bare, logits(copy));
    }
  }

  @Test
  void anAdapterIsFreedWithItsNetwork() {
    long before = TensorScope.liveObjects();
    LayerNetwork other = LayerNetwork.initialized(network.spec(), SEED);
    Adapter.attach(other, "default", config(), SEED);
    other.close();
    assertNoneLeft(before);
  }

  /** Twice the weight: a reparametrization that is no sum. */
  private static final class Twice implements Reparametrization {
    @Override
    public Tensor apply(Tensor weight) {
      return weight.add(weight);
    }

    @Override
    public Map<String, Tensor> parameters() {
      return Map.of();
    }

    @Override
    public void close() {}
  }

  private static AdapterConfig config() {
    return AdapterConfig.of(new ModuleSelector.AllLinear(), RANK, 16).build();
  }

  private void attach(String name) {
    Adapter.attach(network, name, config(), SEED.under(name));
  }

  /** Gives B other values than its initial zeros. */
  private void fill(String name) {
    both(
        weight -> {
          Tensor b = weight.reparametrizations().get(name).parameters().get("lora_B");
          Tensors.set(b, Tensors.random((int) b.numel(), name.hashCode()));
        });
  }

  private void both(Consumer<Weight> action) {
    action.accept(((Linear) network.layer("classifier.1")).weight());
    action.accept(network.head().weight());
  }

  private Tensor factor(String layer, String factor) {
    Weight weight = ((Linear) network.layer(layer)).weight();
    Reparametrization update = weight.reparametrizations().get("default");
    return update.parameters().get(factor);
  }

  private static double[] effective(Weight weight, String... names) {
    weight.activate(List.of(names));
    return TensorScope.withinWithoutGradients(() -> TensorBridge.toDoubles(weight.effective()));
  }

  private void train() {
    try (Trainer trainer = new Trainer(network, OptimizerSpec.Adam.withLearningRate(1e-2))) {
      for (int i = 0; i < 3; i++) {
        TensorScope.run(
            () ->
                trainer.step(
                    Input.of(images()), TensorBridge.indices(new int[] {3, 1, 4, 1, 5}, 5)));
      }
    }
  }

  private float[] logits() {
    return logits(network);
  }

  private static float[] logits(LayerNetwork network) {
    return TensorScope.withinWithoutGradients(
        () -> TensorBridge.toFloats(network.forward(images())));
  }

  private static Tensor images() {
    return TensorBridge.floats(Tensors.random(5 * 784, 9), 5, 1, 28, 28);
  }
}
