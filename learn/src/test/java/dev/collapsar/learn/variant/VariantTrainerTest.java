package dev.collapsar.learn.variant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.RandomImages;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.network.Tensors;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.TestRecipe;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.NearestMean;
import dev.collapsar.metric.WithinClass;
import dev.collapsar.random.Seed;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VariantTrainerTest {
  private static final Seed SEED = new Seed(3);
  private static final ImageSet IMAGES = RandomImages.of(60, 8, 8, 3);
  private static final OrderedBatches PASS = OrderedBatches.inOrder(IMAGES, 20, SEED);
  private static final Set<CollapseMetric> METRICS =
      Set.of(WithinClass.NC1_PINV, NearestMean.NC4_AGREE);

  private static final Variant BASE = new Variant("base", "pretrain", Variant.Kind.BASE);

  @TempDir private Path directory;

  private final Network network = LayerNetwork.initialized(new SmallCnn(1, 8, 3), SEED);

  @AfterEach
  void close() {
    network.close();
  }

  @Test
  void whatIsFrozenKeepsEveryBitWhenTheHeadIsTrained() {
    network.weights().setTrainableOnly("classifier.3");
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
    run((run, tuning) -> train(run, tuning, 3));
    Set<String> frozen = network.weights().frozen().keySet();
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
    network.weights().setTrainableOnly("classifier.3");
    EpochMetrics meddler =
        (measured, tests, evaluated) -> {
          fill("features.0.bias", 0.5);
          return List.of();
        };
    RuntimeException failure =
        assertThrows(
            IllegalStateException.class,
            () -> run((run, tuning) -> train(run, tuning.withMetrics(meddler), 1)));
    assertEquals(
        "frozen tensors of base moved in epoch 1: [features.0.bias]", failure.getMessage());
  }

  @Test
  void aTrainingThatDivergesStopsTheRunAtItsStepAndLayerAndKeepsTheLastCheckpoint()
      throws IOException {
    TrainingSpec spec =
        TrainingSpec.of(new OptimizerSpec.Sgd(1e-3, 0, 0))
            .withSchedule(epoch -> epoch == 1 ? 1 : 1e33);
    RuntimeException failure =
        assertThrows(
            InvalidInputException.class,
            () ->
                run(
                    (run, tuning) ->
                        tuning.train(
                            run.beginVariant(BASE, network), network, spec, 3, e -> PASS)));
    assertEquals(
        "training base diverged in epoch 2: the loss is NaN at step 2; the first layer whose output"
            + " is not finite is features.3; try a smaller learning rate",
        failure.getMessage());
    Path run = directory.resolve("run");
    RunRecord record = RunDirectory.open(run).record();
    assertEquals(Status.FAILED, record.status());
    assertEquals(List.of("The run failed: " + failure.getMessage()), record.notes());
    assertEquals(2, record.epochs().size());
    assertTrue(Files.exists(run.resolve("report.html")));
    try (Stream<Path> kept = Files.list(run.resolve("checkpoints/pretrain/base"))) {
      assertEquals(
          List.of("epoch-1.safetensors"), kept.map(p -> p.getFileName().toString()).toList());
    }
  }

  private void fill(String name, double value) {
    TensorScope.runWithoutGradients(
        () -> network.weights().state().get(name).fill_(TensorBridge.scalar(value)));
  }

  private void train(RunContext run, VariantTrainer tuning, int epochs) {
    tuning.train(
        run.beginVariant(BASE, network),
        network,
        TrainingSpec.of(OptimizerSpec.Adam.withLearningRate(1e-3)),
        epochs,
        epoch -> PASS);
  }

  private CollapseProbe probe(RunContext run) {
    Taps none = new Taps(Map.of(), Map.of());
    ProbeSpec spec = ProbeSpec.of(PASS, METRICS);
    return CollapseProbe.withRepresentation(run.resources(), spec, network, none);
  }

  private RunRecord run(BiConsumer<RunContext, VariantTrainer> body) {
    RunOptions options =
        new RunOptions(Map.of(), directory.resolve("run"), null, 1, 1, "cpu", false);
    List<TestSet> tests = List.of(new TestSet("test", LearnMetrics.ACCURACY_TEST, PASS));
    return new TestRecipe(
            run -> body.accept(run, new VariantTrainer(run, tests).withProbe(probe(run))))
        .engine(options)
        .run();
  }
}
