package dev.collapsar.learn.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WeightUpdatesTest {
  private static final Seed SEED = new Seed(4);
  private static final int RANK = 2;

  /** Products of single precision factors, summed in single and in double precision. */
  private static final double ROUNDING = 8 * Math.ulp(1f);

  private final Network network = LayerNetwork.initialized(new SmallCnn(1, 8, 3), SEED);

  @AfterEach
  void close() {
    network.close();
  }

  private Adapter adapter() {
    AdapterConfig config = AdapterConfig.of(new ModuleSelector.AllLinear(), RANK, 4).build();
    return Adapter.attach(network, "default", config, SEED);
  }

  /** Other values, as a training leaves them. */
  private static void move(Tensor tensor, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = TensorBridge.toFloats(tensor);
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) random.nextDouble(-0.1, 0.1);
    }
    TensorScope.runWithoutGradients(
        () -> tensor.detach().copy_(TensorBridge.floats(values, tensor.shape())));
  }

  private Tensor factor(String layer, String name) {
    return network.weights().reparametrizationParameters().get(layer + "." + name + ".default");
  }

  @Test
  void whatAnAdapterAddsIsItsProductAndTheWeightsBeneathItHaveNotMoved() {
    Adapter adapter = adapter();
    WeightUpdates updates = new WeightUpdates(network);
    assertEquals(List.of(), updates.moved(network));
    String head = network.head().name();
    move(factor(head, "lora_B"), 1);
    List<WeightUpdates.Moved> moved = updates.moved(network);
    assertEquals(List.of(head + ".weight"), moved.stream().map(WeightUpdates.Moved::name).toList());
    Matrix update = adapter.update(head);
    assertArrayEquals(update.toArray(), moved.get(0).update().toArray(), ROUNDING);
    assertArrayEquals(update.toArray(), updates.ofHead(network).toArray(), ROUNDING);
    double[] before = moved.get(0).before().toArray();
    assertArrayEquals(TensorBridge.toDoubles(network.head().weight().original()), before, 0);
  }

  @Test
  void anUpdateLessItsStartIsOfWhatTheFactorAHasMovedBy() {
    adapter();
    WeightUpdates updates = new WeightUpdates(network);
    String head = network.head().name();
    double[] start = TensorBridge.toDoubles(factor(head, "lora_A"));
    move(factor(head, "lora_A"), 2);
    move(factor(head, "lora_B"), 3);
    double[] a = TensorBridge.toDoubles(factor(head, "lora_A"));
    double[] b = TensorBridge.toDoubles(factor(head, "lora_B"));
    int width = network.head().width();
    Matrix found = updates.ofHeadFromStart(network).orElseThrow();
    for (int k = 0; k < network.head().classes(); k++) {
      for (int d = 0; d < width; d++) {
        double expected = 0;
        for (int j = 0; j < RANK; j++) {
          expected += b[k * RANK + j] * (a[j * width + d] - start[j * width + d]);
        }
        assertEquals(expected, found.get(k, d), ROUNDING);
      }
    }
  }

  @Test
  void aHeadThatIsTrainedItselfHasNoStartOfALowRankUpdate() {
    network.weights().setTrainableOnly(network.head().name());
    WeightUpdates updates = new WeightUpdates(network);
    double[] before = TensorBridge.toDoubles(network.head().weight().original());
    move(network.head().weight().original(), 5);
    assertTrue(updates.ofHeadFromStart(network).isEmpty());
    double[] now = TensorBridge.toDoubles(network.head().weight().original());
    double[] expected = new double[now.length];
    Arrays.setAll(expected, i -> now[i] - before[i]);
    assertArrayEquals(expected, updates.ofHead(network).toArray(), 0);
  }

  @Test
  void intrudersOfSeveralWeightsAddUpAndTheSentenceAboutTheirSizeIsSaid() {
    WeightUpdates updates = new WeightUpdates(network);
    for (Map.Entry<String, Tensor> each : network.weights().parameters().entrySet()) {
      move(each.getValue(), each.getKey().hashCode());
    }
    List<Measurement> found = IntruderEvidence.of(updates.moved(network), 19, SEED, 1);
    Measurement.Defined count = (Measurement.Defined) found.get(0);
    assertEquals("intruders", count.id());
    assertTrue(
        count.note().contains("the count follows the update's size")
            && count.note().contains("classifier.3.weight"),
        count.note());
    assertEquals(
        List.of("_null_mean", "_null_std", "_null_median", "_null_low", "_null_high"),
        found.stream().skip(1).limit(5).map(m -> m.id().substring("intruders".length())).toList());
    assertEquals(1, IntruderEvidence.of(updates.moved(network), 0, SEED, 1).size());
    assertTrue(IntruderEvidence.of(List.of(), 19, SEED, 1).get(0) instanceof Measurement.Undefined);
  }
}
