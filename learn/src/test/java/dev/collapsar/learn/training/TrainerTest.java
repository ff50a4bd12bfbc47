package dev.collapsar.learn.training;

import static dev.collapsar.learn.tensor.NativeObjects.assertNoneLeft;
import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evaluation.Score;
import dev.collapsar.learn.images.RandomImages;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Tensors;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class TrainerTest {
  private static final Seed SEED = new Seed(11);
  private static final NetworkSpec TINY = new Mlp(List.of(3, 4, 3));
  private static final int[] LABELS = {2, 0, 1, 1};
  private static final OptimizerSpec STANDING_STILL = new OptimizerSpec.Sgd(0, 0, 0);

  @Test
  void aStepGoesDownTheSlopeOfTheCrossEntropy() {
    try (Network network = doubles(TINY)) {
      goesDownTheSlope(network);
    }
  }

  @Test
  void aStepOfAnAdapterGoesDownTheSlopeInAAndB() {
    try (Network network = LayerNetwork.initialized(TINY, SEED)) {
      AdapterConfig config = AdapterConfig.of(new ModuleSelector.AllLinear(), 2, 3).build();
      Adapter.attach(network, "default", config, SEED);
      network
          .weights()
          .reparametrizationParameters()
          .forEach((name, t) -> Tensors.set(t, Tensors.random((int) t.numel(), name.hashCode())));
      toDoubles(network);
      goesDownTheSlope(network);
    }
  }

  /** With rate 1 and nothing else, a step of gradient descent is the gradient. */
  private static void goesDownTheSlope(Network network) {
    Map<String, double[]> before = values(network);
    double loss = loss(network);
    Map<String, double[]> slopes = new LinkedHashMap<>();
    network
        .weights()
        .trainable()
        .forEach((name, tensor) -> slopes.put(name, slopes(network, tensor)));

    GradientRule.Step step;
    try (Trainer trainer = new Trainer(network, new OptimizerSpec.Sgd(1, 0, 0))) {
      step = TensorScope.within(() -> trainer.step(Input.of(inputs()), labels()));
    }

    assertEquals(loss, step.loss(), 1e-12, "the loss is that before the update");
    values(network)
        .forEach(
            (name, after) -> {
              double[] slope = slopes.get(name);
              for (int i = 0; i < after.length; i++) {
                // Central differences of step 1e-5 in doubles: 1e-10 by curvature, 1e-11 by
                // rounding.
                assertEquals(slope[i], before.get(name)[i] - after[i], 1e-8, name + "[" + i + "]");
              }
            });
  }

  @Test
  void aStepIsTakenAtTheRateOfTheEpochThatWasBegun() {
    Schedule threeTimesInTheSecond = epoch -> epoch == 2 ? 3 : 1;
    TrainingSpec spec =
        TrainingSpec.of(new OptimizerSpec.Sgd(1, 0, 0)).withSchedule(threeTimesInTheSecond);
    Map<String, double[]> first = moved(spec, 1);
    moved(spec, 2)
        .forEach(
            (name, by) -> {
              for (int i = 0; i < by.length; i++) {
                assertEquals(3 * first.get(name)[i], by[i], 1e-12, name); // rounding of doubles
              }
            });
  }

  private static Map<String, double[]> moved(TrainingSpec spec, int epoch) {
    try (Network network = doubles(TINY);
        Trainer trainer = new Trainer(network, spec)) {
      Map<String, double[]> before = values(network);
      trainer.beginEpoch(epoch);
      TensorScope.run(() -> trainer.step(Input.of(inputs()), labels()));
      Map<String, double[]> moved = values(network);
      moved.forEach((name, at) -> Arrays.setAll(at, i -> at[i] - before.get(name)[i]));
      return moved;
    }
  }

  @Test
  void anEpochScoresEverySampleOnceThoughItsLastBatchIsSmaller() {
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(12, 8, 3)), SEED);
        Trainer trainer = new Trainer(network, STANDING_STILL)) {
      OrderedBatches pass = pass(23, 5);
      List<Integer> sizes = new ArrayList<>();
      Score score = trainer.epoch(1, pass, (samples, loss) -> sizes.add(samples));
      assertEquals(List.of(5, 5, 5, 5, 3), sizes);
      Score evaluated = Evaluation.of(network, pass(23, 23), n -> {}).score();
      assertEquals(23, score.samples());
      assertEquals(evaluated.accuracy(), score.accuracy());
      assertEquals(evaluated.loss(), score.loss(), 1e-6); // float32 means of about 1
    }
  }

  @Test
  void aTrainingIsTheSameTwice() {
    Map<String, byte[]> once = trained();
    Map<String, byte[]> again = trained();
    once.forEach((name, bits) -> assertArrayEquals(bits, again.get(name), name));
  }

  private static Map<String, byte[]> trained() {
    try (Network network = LayerNetwork.initialized(new SmallCnn(1, 8, 3), SEED);
        Trainer trainer = new Trainer(network, OptimizerSpec.Adam.withLearningRate(1e-2))) {
      OrderedBatches pass =
          OrderedBatches.shuffled(RandomImages.of(40, 8, 8, 3), 16, SEED.under("e"));
      trainer.epoch(1, pass, (samples, loss) -> {});
      return Tensors.bits(network);
    }
  }

  @Test
  void whoListensMayStopIt() {
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(12, 8, 3)), SEED);
        Trainer trainer = new Trainer(network, STANDING_STILL)) {
      RuntimeException stop = new IllegalStateException("enough");
      List<Integer> steps = new ArrayList<>();
      RuntimeException thrown =
          assertThrows(
              RuntimeException.class,
              () ->
                  trainer.epoch(
                      1,
                      pass(20, 5),
                      (samples, loss) -> {
                        steps.add(samples);
                        if (steps.size() == 2) {
                          throw stop;
                        }
                      }));
      assertSame(stop, thrown);
      assertEquals(2, steps.size());
    }
  }

  @Test
  void afterAThousandStepsNoMoreObjectsLiveThanAfterTen() {
    try (Network network = doubles(TINY);
        Trainer trainer = new Trainer(network, OptimizerSpec.Adam.withLearningRate(1e-3))) {
      long after10 = 0;
      for (int i = 1; i <= 1000; i++) {
        TensorScope.run(() -> trainer.step(Input.of(inputs()), labels()));
        if (i == 10) {
          after10 = TensorScope.liveObjects();
        }
      }
      // The count is the process's: the collector may meanwhile free what earlier tests left.
      assertTrue(TensorScope.liveObjects() <= after10, TensorScope.liveObjects() + " now");
    }
  }

  @Test
  void allThatATrainingMadeIsFreedWithIt() {
    long before = TensorScope.liveObjects();
    trained();
    assertNoneLeft(before);
  }

  @Test
  void itTrainsInTrainingModeAndEvaluatesInTheOther() {
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(12, 8, 3)), SEED);
        Trainer trainer = new Trainer(network, STANDING_STILL)) {
      Evaluation.of(network, pass(5, 5), n -> {});
      assertEquals(false, network.isTraining());
      trainer.epoch(
          1, pass(5, 5), (samples, loss) -> assertTrue(network.isTraining(), "evaluating"));
    }
  }

  @Test
  void aLastBatchOfOneIsMergedWhereABatchNormLearnsFromIt() {
    OrderedBatches pass = OrderedBatches.shuffled(RandomImages.of(9, 8, 8, 3), 4, SEED);
    List<Integer> sizes = new ArrayList<>();
    try (Network network =
            LayerNetwork.initialized(new ResNet18(1, 2, ResNet18.Stem.CIFAR, 3), SEED);
        Trainer trainer = new Trainer(network, new OptimizerSpec.Sgd(0.05, 0.9, 0))) {
      trainer.epoch(1, pass, (samples, step) -> sizes.add(samples));
      assertEquals(List.of(4, 5), sizes);
      network
          .weights()
          .stored()
          .forEach(
              (name, tensor) -> {
                if (name.endsWith("running_var")) {
                  assertTrue(Float.isFinite(tensor.data().asFloatBuffer().get(0)), name);
                }
              });
      assertTrue(Evaluation.of(network, pass, n -> {}).score().isFinite());
    }
    sizes.clear();
    try (Network network = LayerNetwork.initialized(new Mlp(List.of(64, 3)), SEED);
        Trainer trainer = new Trainer(network, new OptimizerSpec.Sgd(0.05, 0.9, 0))) {
      trainer.epoch(1, pass, (samples, step) -> sizes.add(samples));
    }
    assertEquals(List.of(4, 4, 1), sizes, "without batch norms nothing is merged");
  }

  @Test
  void outputsThatAreNoNumbersHaveNoAccuracy() {
    Score none = new Score(Double.NaN, 0.8, 10);
    assertTrue(none.accuracyAs(LearnMetrics.ACCURACY_TEST) instanceof Measurement.Undefined);
    assertEquals(
        Measurement.of(LearnMetrics.ACCURACY_TEST, 0.8),
        new Score(0.1, 0.8, 10).accuracyAs(LearnMetrics.ACCURACY_TEST));
  }

  private static OrderedBatches pass(int count, int batch) {
    return OrderedBatches.inOrder(RandomImages.of(count, 3, 4, 3), batch, SEED);
  }

  private static Network doubles(NetworkSpec spec) {
    Network network = LayerNetwork.initialized(spec, SEED);
    toDoubles(network);
    return network;
  }

  private static void toDoubles(Network network) {
    TensorScope.run(
        () -> {
          network.weights().state().values().forEach(t -> t.set_data(t.to(ScalarType.Double)));
          network
              .weights()
              .reparametrizationParameters()
              .values()
              .forEach(t -> t.set_data(t.to(ScalarType.Double)));
        });
  }

  private static Tensor inputs() {
    return TensorBridge.floats(Tensors.random(12, 4), 4, 3).to(ScalarType.Double);
  }

  private static Tensor labels() {
    return TensorBridge.indices(LABELS, LABELS.length);
  }

  private static double loss(Network network) {
    return TensorScope.withinWithoutGradients(
        () -> cross_entropy_loss(network.forward(inputs()), labels()).item_double());
  }

  private static double[] slopes(Network network, Tensor tensor) {
    double step = 1e-5;
    double[] slopes = new double[(int) tensor.numel()];
    for (int i = 0; i < slopes.length; i++) {
      slopes[i] = (moved(network, tensor, i, step) - moved(network, tensor, i, -step)) / (2 * step);
    }
    return slopes;
  }

  private static double moved(Network network, Tensor tensor, int element, double by) {
    add(tensor, element, by);
    double loss = loss(network);
    add(tensor, element, -by);
    return loss;
  }

  private static void add(Tensor tensor, int element, double by) {
    TensorScope.runWithoutGradients(
        () -> tensor.view(-1).select(0, element).add_(TensorBridge.scalar(by)));
  }

  private static Map<String, double[]> values(Network network) {
    Map<String, double[]> values = new LinkedHashMap<>();
    network.weights().trainable().forEach((name, t) -> values.put(name, TensorBridge.toDoubles(t)));
    return values;
  }
}
