package dev.collapsar.learn.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.images.RandomImages;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.ScriptExport;
import dev.collapsar.learn.network.script.ScriptNetwork;
import dev.collapsar.learn.network.script.ScriptOptions;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerOverlapsTest {
  private static final Seed SEED = new Seed(6);
  private static final int SIZE = 8;
  private static final int CLASSES = 3;

  private final LayerNetwork network =
      LayerNetwork.initialized(new SmallCnn(1, SIZE, CLASSES), SEED);
  private final OrderedBatches pass =
      OrderedBatches.inOrder(RandomImages.of(20, SIZE, SIZE, CLASSES), 6, SEED);
  private final List<String> layers =
      network.weights().sites().values().stream().map(WeightSite::module).toList();

  @AfterEach
  void close() {
    network.close();
  }

  private WeightUpdates moved(String... names) {
    AdapterConfig config = AdapterConfig.of(new ModuleSelector.Named(layers), 2, 4).build();
    Adapter.attach(network, "default", config, SEED);
    WeightUpdates updates = new WeightUpdates(network);
    for (String name : names) {
      move(network.weights().reparametrizationParameters().get(name + ".lora_A.default"), 1);
      move(network.weights().reparametrizationParameters().get(name + ".lora_B.default"), 2);
    }
    return updates;
  }

  private static void move(Tensor factor, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = TensorBridge.toFloats(factor);
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) random.nextDouble(-0.1, 0.1);
    }
    TensorScope.runWithoutGradients(
        () -> factor.detach().copy_(TensorBridge.floats(values, factor.shape())));
  }

  @Test
  void aConvolutionsUpdateIsHeldAgainstWhatAFilterSeesOnAverage() {
    String first = layers.get(0);
    WeightUpdates updates = moved(first);
    Map<String, List<Measurement>> found =
        LayerOverlaps.of(network, updates, pass, evaluated -> {});
    assertEquals(List.of(first), List.copyOf(found.keySet()));
    Matrix update = updates.moved(network).get(0).update();
    Optional<Matrix> fromStart = updates.fromStart(network, first + ".weight");
    assertTrue(fromStart.orElseThrow().norm() > 0);
    List<Measurement> expected = new HeadEvidence(update, fromStart, patches()).overlaps(true);
    assertEquals(expected.size(), found.get(first).size());
    for (int i = 0; i < expected.size(); i++) {
      Measurement number = found.get(first).get(i);
      assertEquals(expected.get(i).id(), number.id());
      assertEquals(
          ((Measurement.Defined) expected.get(i)).value(),
          ((Measurement.Defined) number).value(),
          1e-9,
          number.id());
    }
  }

  /** Class means (K,9) of the 3x3 patches of the images with a border of zeros. */
  private Matrix patches() {
    double[] sums = new double[CLASSES * 9];
    int[] counts = new int[CLASSES];
    for (int batch = 0; batch < pass.batches(); batch++) {
      int at = batch;
      float[] images = TensorScope.within(() -> TensorBridge.toFloats(pass.input(at).only()));
      for (int i = 0; i < pass.size(batch); i++) {
        int label = pass.labels(batch)[i];
        counts[label]++;
        for (int y = 0; y < SIZE; y++) {
          for (int x = 0; x < SIZE; x++) {
            for (int f = 0; f < 9; f++) {
              int v = y + f / 3 - 1;
              int u = x + f % 3 - 1;
              boolean inside = v >= 0 && v < SIZE && u >= 0 && u < SIZE;
              sums[label * 9 + f] +=
                  inside ? images[(i * SIZE + v) * SIZE + u] / (double) (SIZE * SIZE) : 0;
            }
          }
        }
      }
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] /= counts[i / 9];
    }
    return Matrix.of(CLASSES, 9, sums);
  }

  @Test
  void everyLayerThatMovesHasItsOwnBesidesTheHead() {
    WeightUpdates updates = moved(layers.toArray(String[]::new));
    Map<String, List<Measurement>> found =
        LayerOverlaps.of(network, updates, pass, evaluated -> {});
    assertEquals(layers.subList(0, layers.size() - 1), List.copyOf(found.keySet()));
    assertEquals(network.head().name(), layers.get(layers.size() - 1));
    for (List<Measurement> numbers : found.values()) {
      assertTrue(numbers.stream().anyMatch(n -> n.id().equals("align_span_null_closed_form")));
    }
  }

  @Test
  void nothingPassesWhereNothingButTheHeadHasMoved() {
    WeightUpdates updates = moved(network.head().name());
    int[] passed = new int[1];
    assertEquals(
        Map.of(), LayerOverlaps.of(network, updates, pass, evaluated -> passed[0] += evaluated));
    assertEquals(0, passed[0]);
  }

  @Test
  void aStopIsHeardBetweenLayersToo() {
    WeightUpdates updates = moved(layers.toArray(String[]::new));
    int[] left = {1 + layers.size() / 2};
    RuntimeException stop = new RuntimeException("stop");
    RuntimeException thrown =
        assertThrows(
            RuntimeException.class,
            () ->
                LayerOverlaps.of(
                    network,
                    updates,
                    pass,
                    evaluated -> {
                      if (evaluated == 0 && --left[0] == 0) {
                        throw stop;
                      }
                    }));
    assertSame(stop, thrown);
  }

  @Test
  void layersOfAnothersCodeSayWhyTheyHaveNone(@TempDir Path folder) {
    Path file = folder.resolve("network.pt");
    ScriptExport.write(network, file);
    try (Network script = ScriptNetwork.open(file, ScriptOptions.defaults())) {
      script.weights().setTrainable(true);
      WeightUpdates updates = new WeightUpdates(script);
      script.weights().parameters().values().forEach(tensor -> move(tensor, 3));
      Map<String, List<Measurement>> found =
          LayerOverlaps.of(script, updates, pass, evaluated -> {});
      assertEquals(layers.subList(0, layers.size() - 1), List.copyOf(found.keySet()));
      for (Measurement number : found.get(layers.get(0))) {
        assertEquals(
            "of a layer in another's code it is not known what its weight is multiplied by",
            ((Measurement.Undefined) number).reason());
      }
    }
  }
}
