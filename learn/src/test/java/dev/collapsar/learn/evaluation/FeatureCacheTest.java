package dev.collapsar.learn.evaluation;

import static dev.collapsar.learn.tensor.NativeObjects.assertNoneLeft;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.RandomImages;
import dev.collapsar.learn.images.Shift;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.ResNet18.Stem;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.random.Seed;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FeatureCacheTest {
  /** What the recipe's users are promised. */
  private static final float SAME = 1e-6f;

  private static final ImageSet IMAGES = RandomImages.of(150, 12, 12, 5);
  private static final Seed SEED = new Seed(3);

  private final LayerNetwork network =
      LayerNetwork.initialized(new ResNet18(1, 4, Stem.CIFAR, 5), new Seed(1));
  private final FeatureCache cache = new FeatureCache(1 << 20);

  @AfterEach
  void close() {
    cache.close();
    network.close();
  }

  @Test
  void trainingAndMeasuringFromFeaturesIsTheSameAsFromImages() {
    String[] weights = {"fc.lora_A.default", "fc.lora_B.default"};
    float[][] trained = new float[4][];
    Evaluation[] evaluations = new Evaluation[2];
    for (int cached = 0; cached < 2; cached++) {
      try (Network adapted = network.copy()) {
        AdapterConfig lora =
            AdapterConfig.of(new ModuleSelector.Named(List.of("fc")), 2, 16).dropout(0.05).build();
        Adapter.attach(adapted, "default", lora, SEED);
        try (Trainer trainer = new Trainer(adapted, new OptimizerSpec.Sgd(0.01, 0.9, 5e-4))) {
          for (int epoch = 1; epoch <= 2; epoch++) {
            OrderedBatches pass = OrderedBatches.shuffled(IMAGES, 32, SEED.under("epoch/" + epoch));
            trainer.epoch(epoch, cached == 1 ? cached(adapted, pass) : pass, (n, loss) -> {});
          }
        }
        for (int i = 0; i < 2; i++) {
          trained[2 * cached + i] =
              TensorBridge.toFloats(
                  adapted.weights().reparametrizationParameters().get(weights[i]));
        }
        OrderedBatches all = OrderedBatches.inOrder(IMAGES, 64, SEED);
        evaluations[cached] =
            Evaluation.withFeatures(adapted, cached == 1 ? cached(adapted, all) : all, n -> {});
      }
    }
    assertArrayEquals(trained[0], trained[2], SAME);
    assertArrayEquals(trained[1], trained[3], SAME);
    assertEquals(evaluations[0].score().loss(), evaluations[1].score().loss(), SAME);
    assertArrayEquals(features(evaluations[0]), features(evaluations[1]), SAME);
  }

  @Test
  void layersInTheMiddleOfASequenceAreAnEntryToo() {
    NetworkSpec spec = new SmallCnn(1, 12, 5);
    try (LayerNetwork cnn = LayerNetwork.initialized(spec, SEED)) {
      cnn.weights().setTrainable(false);
      cnn.layer("classifier.1").parameters().values().forEach(t -> t.requires_grad_(true));
      OrderedBatches pass = OrderedBatches.shuffled(IMAGES, 32, SEED);
      Batches cached = cached(cnn, pass);
      assertEquals("classifier.1", cached.entry());
      assertArrayEquals(
          TensorBridge.toFloats(TensorScope.result(() -> cnn.forward(pass.input(1).only()))),
          TensorBridge.toFloats(
              TensorScope.result(() -> cnn.from("classifier.1").forward(cached.input(1).only()))),
          SAME);
    }
  }

  @Test
  void imagesInsideANetworkComeBackAsImages() {
    network.weights().setTrainable(false);
    network.layer("layer3.0.conv1").parameters().values().forEach(t -> t.requires_grad_(true));
    OrderedBatches pass = OrderedBatches.inOrder(IMAGES, 150, SEED);
    Batches cached = cached(network, pass);
    assertEquals("layer3.0", cached.entry());
    assertEquals(
        Evaluation.of(network, pass, n -> {}).score().loss(),
        Evaluation.of(network, cached, n -> {}).score().loss(),
        SAME);
  }

  @Test
  void whatFindsNoPlaceInMemoryLiesInAFile() {
    network.weights().setTrainableOnly("fc");
    OrderedBatches pass = OrderedBatches.shuffled(IMAGES, 64, SEED);
    try (FeatureCache onDisk = new FeatureCache(0)) {
      assertArrayEquals(
          inputs(cached(network, pass), 2), inputs(onDisk.batches(network, pass, n -> {}), 2), 0);
    }
  }

  @Test
  void networksThatDifferBehindTheFrozenLayersShareThem() {
    network.weights().setTrainableOnly("fc");
    OrderedBatches pass = OrderedBatches.inOrder(IMAGES, 64, SEED);
    assertTrue(cache.lacks(network, pass));
    cached(network, pass);
    assertFalse(cache.lacks(network, pass));
    try (Network other = network.copy()) {
      other.weights().setTrainableOnly("fc");
      change(other, "fc.weight");
      assertFalse(cache.lacks(other, pass));
      assertFalse(
          cache.lacks(other, OrderedBatches.shuffled(IMAGES, 8, SEED)),
          "order and batch size do not matter");
      change(other, "layer1.0.bn1.running_mean");
      assertTrue(cache.lacks(other, pass), "a buffer counts");
    }
    ImageSet others = RandomImages.of(151, 12, 12, 5);
    assertTrue(cache.lacks(network, OrderedBatches.inOrder(others, 64, SEED)));
    cache.setPrecision(FeatureCache.Precision.BF16);
    assertTrue(cache.lacks(network, pass));
  }

  @Test
  void randomImagesAndDriftingNormsSwitchItOffAndItSaysSo() {
    OrderedBatches pass = OrderedBatches.inOrder(IMAGES, 64, SEED);
    assertEquals(
        Optional.of("no layer is frozen before the first one that is trained"),
        cache.obstacle(network, pass));
    network.weights().setTrainableOnly("fc");
    assertEquals(Optional.empty(), cache.obstacle(network, pass));
    OrderedBatches random = OrderedBatches.inOrder(IMAGES.with(new Shift(25, 0.15)), 64, SEED);
    assertEquals(
        Optional.of("Shift changes the images at random"), cache.obstacle(network, random));
    assertSame(random, cached(network, random));
    network.setBatchNormDrift(true);
    assertEquals(
        Optional.of("batch normalisation drifts with every batch"), cache.obstacle(network, pass));
    assertSame(pass, cached(network, pass));
  }

  @Test
  void featuresThatOutgrowTheImagesAreNotKept() {
    try (LayerNetwork wide = LayerNetwork.initialized(new ResNet18(1, 16, Stem.CIFAR, 5), SEED)) {
      wide.weights().setTrainable(false);
      wide.layer("layer1.0.conv1").parameters().values().forEach(t -> t.requires_grad_(true));
      assertEquals(
          Optional.of("what enters layer1.0 is 2304 values an image of 144"),
          cache.obstacle(wide, OrderedBatches.inOrder(IMAGES, 64, SEED)));
    }
  }

  @Test
  void halfPrecisionIsCloseAndNoMore() {
    network.weights().setTrainableOnly("fc");
    OrderedBatches pass = OrderedBatches.inOrder(IMAGES, 150, SEED);
    float[] exact = inputs(cached(network, pass), 0);
    cache.setPrecision(FeatureCache.Precision.BF16);
    float[] rounded = inputs(cached(network, pass), 0);
    double error = 0;
    double size = 0;
    for (int i = 0; i < exact.length; i++) {
      error += Math.pow(rounded[i] - exact[i], 2);
      size += Math.pow(exact[i], 2);
    }
    // bf16 has 8 bits: each of some 20 layers rounds by at most 2^-9 relative.
    assertTrue(error > 0 && Math.sqrt(error / size) < 20 * 0x1p-9, error + " of " + size);
  }

  @Test
  void batchesThatEnterBehindATrainedLayerAreRefused() {
    network.weights().setTrainableOnly("fc");
    Batches behind = cached(network, OrderedBatches.inOrder(IMAGES, 64, SEED));
    network.weights().setTrainable(true);
    try (Trainer trainer = new Trainer(network, new OptimizerSpec.Sgd(0.1, 0, 0))) {
      assertThrows(IllegalArgumentException.class, () -> trainer.epoch(1, behind, (n, loss) -> {}));
    }
  }

  @Test
  void memoryIsFreedWhenItClosesAndWhenEvaluatingStops() {
    network.weights().setTrainableOnly("fc");
    OrderedBatches pass = OrderedBatches.inOrder(IMAGES, 64, SEED);
    cached(network, pass);
    cache.close();
    long before = TensorScope.liveObjects();
    cached(network, pass);
    cache.close();
    assertThrows(
        IllegalStateException.class,
        () ->
            cache.batches(
                network,
                pass,
                n -> {
                  throw new IllegalStateException("stop");
                }));
    assertNoneLeft(before);
  }

  private Batches cached(Network from, OrderedBatches pass) {
    return cache.batches(from, pass, n -> {});
  }

  private static float[] inputs(Batches batches, int i) {
    return TensorScope.within(() -> TensorBridge.toFloats(batches.input(i).only()));
  }

  private static float[] features(Evaluation evaluation) {
    return evaluation.features().read((int) evaluation.features().rows()).next().floats();
  }

  private static void change(Network of, String name) {
    Map<String, org.bytedeco.pytorch.Tensor> state = of.weights().state();
    TensorScope.runWithoutGradients(() -> state.get(name).add_(TensorBridge.scalar(1)));
  }
}
