package dev.collapsar.bench;

import dev.collapsar.compute.Workers;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.FeatureStore;
import dev.collapsar.learn.evaluation.Loss;
import dev.collapsar.learn.evaluation.MomentsStream;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.ResNet18.Stem;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.linalg.Blas;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.CollapseOptions;
import dev.collapsar.metric.Metrics;
import dev.collapsar.random.Seed;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** The parts of an epoch of the recipes {@code collapse} and {@code collapse-layers}. */
final class EpochParts implements AutoCloseable {
  private static final int BATCH = 128;
  private static final int MEASURING_BATCH = 500;
  private static final int SIZE = 28;
  private static final int CLASSES = 10;
  private static final ImageTransform NORMALIZED = new Normalized(List.of(.1307), List.of(.3081));

  private final int threads;
  private final Network network;
  private final Trainer trainer;
  private final OrderedBatches training;
  private final OrderedBatches measured;
  private final OrderedBatches test;
  private final OrderedBatches ood;
  private final Taps taps;
  private final FeatureStore store;
  private final Workers workers;
  private int next;

  /**
   * @param everyStage the taps and the network of {@code collapse-layers}
   * @param images training images; of test and of other images there are as many at every stage,
   *     else a sixth, as the recipes have them
   */
  EpochParts(boolean everyStage, int images, int threads) {
    this.threads = threads;
    this.workers = new Workers(threads);
    TorchRuntime.setThreads(threads, true);
    Seed seed = new Seed(1);
    network =
        LayerNetwork.initialized(
            new ResNet18(1, 16, everyStage ? 1 : 2, Stem.CIFAR, CLASSES), seed);
    trainer = new Trainer(network, new OptimizerSpec.Sgd(0.0679, 0.9, 5e-4));
    int others = everyStage ? images : images / 6;
    training = OrderedBatches.shuffled(NoiseImages.of(images).with(NORMALIZED), BATCH, seed);
    measured =
        OrderedBatches.inOrder(NoiseImages.of(images).with(NORMALIZED), MEASURING_BATCH, seed);
    test = OrderedBatches.inOrder(NoiseImages.of(others).with(NORMALIZED), MEASURING_BATCH, seed);
    ood = OrderedBatches.inOrder(NoiseImages.of(others).with(NORMALIZED), MEASURING_BATCH, seed);
    List<String> names =
        everyStage
            ? List.of("layer1", "layer2", "layer3", "layer4", Network.REPRESENTATION)
            : List.of(Network.REPRESENTATION);
    taps = Taps.of(network, List.of(1L, (long) SIZE, (long) SIZE), names, "");
    store = new FeatureStore(taps.widths(), images);
  }

  /** The forward passes that a measurement needs, and nothing else. */
  void forward() {
    for (OrderedBatches pass : List.of(measured, test, ood)) {
      Evaluation.listen(network, pass, List.of(), (tap, values, labels, first) -> {}, n -> {});
    }
  }

  /** A measurement as the recipes take it. */
  void measure() {
    Evaluation train =
        Evaluation.listening(
            network,
            measured,
            Loss.CROSS_ENTROPY,
            taps.widths().keySet(),
            store.filledBy(workers),
            n -> {});
    Evaluation tested = Evaluation.withFeatures(network, test, n -> {});
    MomentsStream moments = new MomentsStream(taps.widths(), CLASSES, workers);
    Evaluation.listen(network, ood, taps.widths().keySet(), moments, n -> {});
    Head.Classifier head = network.head().classifier();
    taps.points()
        .forEach(
            (name, tap) -> {
              Collapse collapse =
                  Collapse.of(store.table(tap, train.labels()), CLASSES).withOod(moments.at(tap));
              if (name.equals(Network.REPRESENTATION)) {
                collapse =
                    collapse
                        .withWeights(head.weights())
                        .withBias(head.bias())
                        .withTest(tested.features());
              }
              Set<CollapseMetric> metrics = new LinkedHashSet<>(Metrics.collapse());
              metrics.removeAll(Metrics.spectral());
              if (!name.equals(Network.REPRESENTATION)) {
                metrics.removeIf(CollapseMetric::needsClassifier);
              }
              try (Blas blas = Blas.open(threads)) {
                collapse
                    .withOptions(CollapseOptions.defaults().withThreads(threads))
                    .measure(metrics, blas);
              }
            });
  }

  /** The images and labels of a training step. */
  void input() {
    int batch = batch();
    TensorScope.run(
        () -> {
          training.input(batch).only();
          training.labelTensor(batch);
        });
  }

  /** A training step, its images' channels innermost in memory as they come. */
  GradientRule.Step step() {
    int batch = batch();
    return TensorScope.within(
        () -> trainer.step(training.input(batch), training.labelTensor(batch)));
  }

  /** A training step in LibTorch's default layout. */
  GradientRule.Step stepInDefaultLayout() {
    int batch = batch();
    return TensorScope.within(
        () -> {
          Tensor images =
              training.input(batch).only(); // (n,1,h,w): one channel, both layouts alike
          long plane = (long) SIZE * SIZE;
          long[] strides = {plane, plane, SIZE, 1};
          return trainer.step(
              Input.of(images.as_strided(images.shape(), strides)), training.labelTensor(batch));
        });
  }

  private int batch() {
    network.setTraining(true);
    return next++ % (training.order().length / BATCH);
  }

  @Override
  public void close() {
    trainer.close();
    network.close();
    workers.close();
  }
}
