package dev.collapsar.learn.variant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evaluation.Loss;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.PixelBytes;
import dev.collapsar.learn.images.RandomImages;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.network.architecture.Composed;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.layer.Layer;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.Linear;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.network.layer.Sequential;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.TestRecipe;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Metrics;
import dev.collapsar.metric.WithinClass;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CollapseProbeTest {
  private static final Seed SEED = new Seed(5);
  private static final int CLASSES = 3;
  private static final ImageSet IMAGES = RandomImages.of(60, 4, 4, CLASSES);
  private static final OrderedBatches TRAIN = pass(IMAGES);
  private static final OrderedBatches TEST = pass(RandomImages.of(33, 4, 4, CLASSES));
  private static final OrderedBatches OOD = pass(RandomImages.of(21, 4, 4, CLASSES));

  @TempDir private Path directory;

  private static OrderedBatches pass(ImageSet images) {
    return OrderedBatches.inOrder(images, 20, SEED);
  }

  @Test
  void aTapsQuotientIsThatOfItsValuesComputedByHand() {
    within(
        run -> {
          try (Network network = LayerNetwork.initialized(new Mlp(List.of(16, 5, CLASSES)), SEED)) {
            Taps taps = Taps.of(network, IMAGES.shape(), List.of("relu1"), "");
            CollapseProbe probe =
                CollapseProbe.withRepresentation(
                    run.resources(),
                    ProbeSpec.of(TRAIN, Set.of(WithinClass.NC1_QUOT)),
                    network,
                    taps);
            Map<String, List<Measurement>> found =
                probe.measure(network, Loss.CROSS_ENTROPY, null, n -> {});
            double value = ((Measurement.Defined) found.get("relu1").get(0)).value();
            double byHand = quotient(relu(network));
            assertEquals(byHand, value, 1e-5 * byHand); // the features are single precision
          }
        });
  }

  /** max(W x + b, 0) of every image in plain loops, (n,5). */
  private static double[][] relu(Network network) {
    float[] w = TensorBridge.toFloats(network.weights().parameters().get("linear1.weight"));
    float[] b = TensorBridge.toFloats(network.weights().parameters().get("linear1.bias"));
    double[][] values = new double[IMAGES.count()][5];
    for (int i = 0; i < values.length; i++) {
      for (int o = 0; o < 5; o++) {
        double sum = b[o];
        for (int j = 0; j < 16; j++) {
          sum += w[o * 16 + j] * Byte.toUnsignedInt(PixelBytes.of(IMAGES)[i * 16 + j]) / 255.0;
        }
        values[i][o] = Math.max(0, sum);
      }
    }
    return values;
  }

  /** tr S_W / tr S_B of balanced classes, from the definition. */
  private static double quotient(double[][] x) {
    double within = 0;
    double between = 0;
    for (int j = 0; j < x[0].length; j++) {
      double[] mean = new double[CLASSES];
      double centre = 0;
      for (int i = 0; i < x.length; i++) {
        mean[IMAGES.labels()[i]] += x[i][j] * CLASSES / x.length;
        centre += x[i][j] / x.length;
      }
      for (int i = 0; i < x.length; i++) {
        within += Math.pow(x[i][j] - mean[IMAGES.labels()[i]], 2) / x.length;
      }
      for (double m : mean) {
        between += Math.pow(m - centre, 2) / CLASSES;
      }
    }
    return within / between;
  }

  @Test
  void everySetIsForwardedOnceAMeasurementForAllTapsTogether() {
    AtomicLong forwarded = new AtomicLong();
    NetworkSpec counted =
        new Composed(
            "counted",
            "2",
            () ->
                new Sequential(new Counting(forwarded), Layer.flatten(), new Linear(16, CLASSES)));
    within(
        run -> {
          try (Network network = LayerNetwork.initialized(counted, SEED)) {
            CollapseProbe probe =
                CollapseProbe.withRepresentation(
                    run.resources(),
                    ProbeSpec.of(TRAIN, Metrics.collapse()).withTest(TEST).withOod(OOD),
                    network,
                    Taps.of(network, IMAGES.shape(), List.of("0", "1"), ""));
            forwarded.set(0);
            new VariantTrainer(run, List.of(new TestSet("test", LearnMetrics.ACCURACY_TEST, TEST)))
                .withProbe(probe)
                .withSchedule(epoch -> epoch == 2)
                .train(
                    run.beginVariant(new Variant("base", "pretrain", Variant.Kind.BASE), network),
                    network,
                    TrainingSpec.of(new OptimizerSpec.Sgd(0.01, 0, 0)),
                    4,
                    epoch -> TRAIN);
          }
        });
    int measured = 3; // epochs 0, 2 and 4
    assertEquals(4 * 60 + measured * (60 + 33 + 21), forwarded.get());
  }

  /** Passes on what it gets, and counts samples. */
  private static final class Counting extends Layer {
    private final AtomicLong samples;

    Counting(AtomicLong samples) {
      this.samples = samples;
    }

    @Override
    protected Tensor forward(Tensor input) {
      samples.addAndGet(input.size(0));
      return input;
    }
  }

  @Test
  void featuresThatDoNotFitAreRefusedBeforeAnyIsTaken() {
    long memory = 450L << 20;
    within(
        run -> {
          try (Network network =
              LayerNetwork.initialized(new Mlp(List.of(16, 40, CLASSES)), SEED)) {
            Taps taps = Taps.of(network, IMAGES.shape(), List.of("linear1"), "");
            OrderedBatches many = pass(RandomImages.of(200_000, 4, 4, CLASSES));
            String message =
                assertThrows(
                        InvalidInputException.class,
                        () ->
                            CollapseProbe.at(
                                run.resources(),
                                ProbeSpec.of(many, Set.of(WithinClass.NC1_QUOT)),
                                network,
                                taps,
                                MemoryCheck.ofRecipe(memory)))
                    .getMessage();
            // 4 x 200,000 x 40 bytes are 30 MiB; three fifths of 450 MiB are 270.
            assertEquals(
                "taps=linear1: features of 200000 images with 40 values each take 30 MiB (4 bytes"
                    + " a value) and the measurement 256 MiB, of 270 MiB at most; choose fewer taps"
                    + " or samples, or give Java more memory with"
                    + " COLLAPSAR_JAVA_OPTS=-Xmx<size>",
                message);
          }
        });
  }

  private void within(Consumer<RunContext> body) {
    RunOptions options =
        new RunOptions(Map.of(), directory.resolve("run"), null, 1, 1, "cpu", false);
    new TestRecipe(body).engine(options).run();
  }
}
