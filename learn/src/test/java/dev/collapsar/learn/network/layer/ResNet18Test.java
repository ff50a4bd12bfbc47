package dev.collapsar.learn.network.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.images.RandomImages;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.network.Tensors;
import dev.collapsar.learn.network.architecture.Architectures;
import dev.collapsar.learn.network.architecture.Composed;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.ResNet18.Stem;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.random.Seed;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class ResNet18Test {
  @Test
  void theImageNetStemHasTorchvisionsNamesAndParameters() {
    try (LayerNetwork network =
        LayerNetwork.initialized(new ResNet18(3, 64, Stem.IMAGENET, 1000), new Seed(0))) {
      assertEquals(11_689_512, network.weights().parameterCount());
      assertEquals(62, network.weights().parameters().size());
      assertEquals(122, network.weights().state().size());
      assertTrue(
          network
              .weights()
              .state()
              .keySet()
              .containsAll(
                  List.of(
                      "conv1.weight",
                      "bn1.num_batches_tracked",
                      "layer1.0.conv1.weight",
                      "layer2.0.downsample.0.weight",
                      "layer2.0.downsample.1.running_var",
                      "layer4.1.bn2.bias",
                      "fc.bias")));
      long[] shape =
          TensorScope.within(
              () ->
                  network
                      .forward(TensorBridge.floats(new float[2 * 3 * 64 * 64], 2, 3, 64, 64))
                      .shape());
      assertArrayEquals(new long[] {2, 1000}, shape);
    }
  }

  @Test
  void convolutionsStartNormalWithHesVarianceOverTheOutputs() {
    try (LayerNetwork network =
        LayerNetwork.initialized(new ResNet18(3, 16, Stem.CIFAR, 10), new Seed(1))) {
      double[] weights =
          TensorBridge.toDoubles(
              network.weights().state().get("layer4.1.conv2.weight")); // (128,128,3,3)
      double square = 0;
      for (double weight : weights) {
        square += weight * weight / weights.length;
      }
      // 147,456 draws: the mean square's relative deviation is 0.0037; five of them.
      assertEquals(2.0 / (128 * 9), square, 0.02 * 2 / (128 * 9));
    }
  }

  @Test
  void aTrainedBatchNormUsesTheBatchAndMovesItsStatisticsATenthOfTheWay() {
    try (LayerNetwork network = normalising()) {
      network.setTraining(true);
      float[] normalised = output(network);
      // mean 2.5, biased variance 1.25
      assertArrayEquals(new float[] {-1.34163f, -0.44721f, 0.44721f, 1.34163f}, normalised, 1e-4f);
      Map<String, float[]> buffers = buffers(network);
      assertArrayEquals(new float[] {0.25f}, buffers.get("running_mean"), 1e-6f);
      // a tenth of the way from 1 to the unbiased 5/3
      assertArrayEquals(new float[] {1 + 0.1f * 2 / 3}, buffers.get("running_var"), 1e-6f);
      assertArrayEquals(new float[] {1}, buffers.get("num_batches_tracked"));
      assertFalse(network.weights().frozen().containsKey("norm.running_mean"));
    }
  }

  @Test
  void aBatchNormInEvaluationModeUsesItsRunningStatistics() {
    try (LayerNetwork network = normalising()) {
      network.setTraining(false);
      float identity = (float) (1 / Math.sqrt(1 + 1e-5));
      assertArrayEquals(
          new float[] {identity, 2 * identity, 3 * identity, 4 * identity}, output(network), 1e-6f);
      assertArrayEquals(new float[] {0}, buffers(network).get("running_mean"));
    }
  }

  @Test
  void aFrozenBatchNormDriftsOnlyIfItIsToldTo() {
    try (LayerNetwork network = normalising()) {
      network.weights().setTrainableOnly("fc");
      network.setTraining(true);
      output(network);
      assertArrayEquals(new float[] {0}, buffers(network).get("running_mean"));
      assertTrue(network.weights().frozen().containsKey("norm.running_mean"));

      network.setBatchNormDrift(true);
      output(network);
      assertArrayEquals(new float[] {0.25f}, buffers(network).get("running_mean"), 1e-6f);
      assertFalse(network.weights().frozen().containsKey("norm.running_mean"));
      assertTrue(network.weights().frozen().containsKey("norm.weight"));
    }
  }

  @Test
  void foldedBatchNormsGiveWhatSeparateOnesDo() {
    try (LayerNetwork network =
        LayerNetwork.initialized(new ResNet18(2, 4, Stem.CIFAR, 3), new Seed(1))) {
      float[] pixels = Tensors.random(5 * 2 * 9 * 9, 1);
      Tensor[] made = new Tensor[1];
      TensorScope.run(() -> made[0] = TensorScope.keep(TensorBridge.floats(pixels, 5, 2, 9, 9)));
      Tensor images = made[0];
      network.setTraining(true);
      TensorScope.run(() -> network.forward(images)); // statistics of their own
      network.setTraining(false);
      float[] separate = TensorScope.within(() -> TensorBridge.toFloats(network.forward(images)));
      float[] folded =
          TensorScope.withinWithoutGradients(() -> TensorBridge.toFloats(network.forward(images)));
      assertArrayEquals(separate, folded, 1e-5f);
      assertFalse(java.util.Arrays.equals(separate, folded), "nothing was folded");

      // Whoever listens between the two hears what is there.
      float[][] heard = new float[2][];
      for (int i = 0; i < 2; i++) {
        int at = i;
        Runnable listen =
            () ->
                network.forward(
                    Input.of(images),
                    List.of(TapPoint.output("layer1.0.conv1")),
                    (tap, value) -> heard[at] = TensorBridge.toFloats(value));
        if (i == 0) {
          TensorScope.run(listen);
        } else {
          TensorScope.runWithoutGradients(listen);
        }
      }
      assertArrayEquals(heard[0], heard[1], 1e-5f);
      TensorScope.free(images);
    }
  }

  /** A batch norm of one channel, told apart by the name {@code norm}, before a head. */
  private static LayerNetwork normalising() {
    return LayerNetwork.initialized(
        new Composed(
            "normalising",
            "fc",
            () -> Sequential.named(Map.of("norm", new BatchNorm2d(1), "fc", new Linear(1, 2)))),
        new Seed(0));
  }

  private static float[] output(LayerNetwork network) {
    return TensorScope.withinWithoutGradients(
        () ->
            TensorBridge.toFloats(
                network
                    .layer("norm")
                    .apply(TensorBridge.floats(new float[] {1, 2, 3, 4}, 1, 1, 2, 2))));
  }

  private static Map<String, float[]> buffers(LayerNetwork network) {
    Map<String, float[]> buffers = new java.util.HashMap<>();
    network.layer("norm").buffers().forEach((n, t) -> buffers.put(n, TensorBridge.toFloats(t)));
    return buffers;
  }

  @Test
  void sixteenChannelsThroughoutGiveThePublishedExamplesLatents() {
    ResNet18 spec = new ResNet18(1, 16, 1, Stem.CIFAR, 10);
    try (LayerNetwork network = LayerNetwork.initialized(spec, new Seed(1))) {
      Map<String, List<Long>> shapes = network.tapShapes(List.of(1L, 28L, 28L));
      assertEquals(
          List.of(12_544L, 3_136L, 784L, 256L, 16L),
          Stream.of("layer1", "layer2", "layer3", "layer4", Network.REPRESENTATION)
              .map(tap -> shapes.get(tap).stream().reduce(1L, Math::multiplyExact))
              .toList());
      Map<String, long[]> stored = new LinkedHashMap<>();
      network.weights().stored().forEach((name, tensor) -> stored.put(name, tensor.shape()));
      assertEquals(spec, Architectures.guess(stored).orElseThrow().spec());
    }
  }

  /** oneDNN's own strided 1x1 filters would write past their memory here. */
  @Test
  void networksOfFewChannelsCanBeTrained() {
    try (LayerNetwork network =
            LayerNetwork.initialized(new ResNet18(1, 4, Stem.CIFAR, 10), new Seed(1));
        Trainer trainer = new Trainer(network, new OptimizerSpec.Sgd(0.01, 0, 0))) {
      OrderedBatches pass =
          OrderedBatches.inOrder(RandomImages.of(25, 28, 28, 10), 25, new Seed(2));
      for (int step = 0; step < 5; step++) {
        GradientRule.Step taken =
            TensorScope.within(() -> trainer.step(pass.input(0), pass.labelTensor(0)));
        assertTrue(Double.isFinite(taken.loss()));
      }
    }
  }
}
