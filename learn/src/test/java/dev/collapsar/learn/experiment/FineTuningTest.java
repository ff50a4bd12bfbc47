package dev.collapsar.learn.experiment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.experiment.FineTuning.Measure;
import dev.collapsar.learn.experiment.FineTuning.TestSet;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.Pass;
import dev.collapsar.learn.images.RandomImages;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkSpec;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.network.Tensors;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.metric.MetricId;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Row;
import dev.collapsar.run.RunRecord.Status;
import dev.collapsar.run.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FineTuningTest {
  private static final Seed SEED = new Seed(3);
  private static final ImageSet IMAGES = RandomImages.of(60, 8, 8, 3);
  private static final Pass PASS = Pass.inOrder(IMAGES, ImageTransform.unit(), 20, SEED);
  private static final Set<MetricId> METRICS = Set.of(MetricId.NC1_PINV, MetricId.NC4_AGREE);

  @TempDir private Path directory;

  private final Network network = Network.initialized(new NetworkSpec.SmallCnn(1, 8, 3), SEED);

  @AfterEach
  void close() {
    network.close();
  }

  @Test
  void whatIsFrozenKeepsEveryBitWhenTheHeadIsTrained() {
    network.setTrainableOnly("classifier.3");
    trainKeepsFrozenBits(2);
  }

  @Test
  void whatIsFrozenKeepsEveryBitWhenAnAdapterIsTrained() {
    AdapterConfig config = AdapterConfig.of(new ModuleSelector.AllLinear(), 2, 4).build();
    Adapter.attach(network, "default", config, SEED);
    trainKeepsFrozenBits(0);
  }

  private void trainKeepsFrozenBits(int moving) {
    Map<String, byte[]> before = Tensors.bits(network);
    run(tuning -> train(tuning, 3));
    Set<String> frozen = network.frozen().keySet();
    assertEquals(before.size() - moving, frozen.size());
    Map<String, byte[]> after = Tensors.bits(network);
    after.forEach(
        (name, bits) -> {
          if (frozen.contains(name)) {
            assertArrayEquals(before.get(name), bits, name);
          } else {
            assertFalse(Arrays.equals(before.get(name), bits), name + " was not trained");
          }
        });
  }

  @Test
  void aFrozenTensorThatMovesFailsTheRunByName() {
    network.setTrainableOnly("classifier.3");
    Measure meddler =
        (measured, tests) -> {
          fill("features.0.bias", 0.5);
          return List.of();
        };
    RuntimeException failure =
        assertThrows(
            IllegalStateException.class, () -> run(tuning -> train(with(tuning, meddler), 1)));
    assertEquals(
        "frozen tensors of base moved in epoch 1: [features.0.bias]", failure.getMessage());
  }

  @Test
  void aTrainingThatDivergesLosesItsLossAndGeometryAndNotTheRun() {
    List<Integer> measured = new ArrayList<>();
    Measure poison =
        (poisoned, tests) -> {
          measured.add(1);
          if (measured.size() == 2) {
            fill("classifier.1.bias", Double.POSITIVE_INFINITY);
          }
          return List.of();
        };
    RunRecord record = run(tuning -> train(with(tuning, poison), 2));
    assertEquals(Status.COMPLETE, record.status());
    for (Row row : record.measurements()) {
      boolean lost =
          row.epoch() == 2
              && Set.of("loss_train", "loss_test", "nc1_pinv", "nc4_agree").contains(row.metric());
      if (lost) {
        assertEquals(null, row.value(), row.toString());
        assertEquals("the loss is not finite: the training diverged", row.note());
      } else if (row.epoch() > 0) {
        assertTrue(row.value() != null, row.toString());
      }
    }
    assertEquals(3 * 6, record.measurements().size());
  }

  private FineTuning with(FineTuning tuning, Measure first) {
    List<Measure> measures = new ArrayList<>(tuning.measures());
    measures.add(first);
    return new FineTuning(tuning.experiment(), tuning.tests(), measures)
        .withGeometry(tuning.geometry(), List.of());
  }

  private void fill(String name, double value) {
    TensorScope.runWithoutGradients(
        () -> network.state().get(name).fill_(TensorBridge.scalar(value)));
  }

  private void train(FineTuning tuning, int epochs) {
    tuning.train(
        "base",
        "pretrain",
        network,
        TrainingSpec.of(OptimizerSpec.Adam.withLearningRate(1e-3)),
        epochs,
        epoch -> PASS);
  }

  private Geometry geometry(Experiment experiment) {
    Taps none = new Taps(Map.of(), Map.of());
    return new Geometry(experiment, Geometry.Sets.of(PASS), METRICS, network, none);
  }

  private RunRecord run(Consumer<FineTuning> body) {
    RunOptions options =
        new RunOptions(Map.of(), directory.resolve("run"), null, 1, 1, "cpu", false);
    TestRecipe recipe =
        new TestRecipe(
            experiment ->
                body.accept(
                    new FineTuning(
                            experiment,
                            List.of(new TestSet("test", "accuracy_test", PASS)),
                            List.of())
                        .withGeometry(geometry(experiment), List.of())));
    return recipe.experiment(options).run();
  }
}
