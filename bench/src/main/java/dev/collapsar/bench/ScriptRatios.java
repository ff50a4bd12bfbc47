package dev.collapsar.bench;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.ResNet18.Stem;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.script.ScriptNetwork;
import dev.collapsar.learn.network.script.ScriptOptions;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.random.Seed;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Prints what a step of LoRA costs on a ResNet-18 from TorchScript, as a multiple of the same step
 * on our own layers: the head and the four 3x3 convolutions of {@code layer4}, width 64, 32 images
 * of 64x64. Steps of both alternate; the ratio is of their medians, in processor time of one
 * thread, so that others on the machine disturb it less. The file may be of any width, for it is
 * given our own network's weights.
 *
 * <pre>java ... dev.collapsar.bench.ScriptRatios resnet18-imagenet.pt [rounds]</pre>
 */
public final class ScriptRatios {
  private static final int BATCH = 32;
  private static final int STEPS = 2; // a round
  private static final int WARMUP = 3; // rounds: the executor profiles the first calls

  private ScriptRatios() {}

  public static void main(String[] args) {
    Path file = Path.of(args[0]);
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 15;
    TorchRuntime.setThreads(1, true);
    ScriptOptions options = ScriptOptions.defaults().withAnySize();
    try (Network own =
            LayerNetwork.initialized(new ResNet18(3, 64, Stem.IMAGENET, 10), new Seed(1));
        Network script = ScriptNetwork.open(file, options)) {
      script.weights().load(own.weights().stored(), "our own network");
      double[] medians = medians(own, script, rounds);
      System.out.printf(
          "our own layers %.1f ms a step, TorchScript %.1f ms: %.2f times%n",
          medians[0] * 1e3, medians[1] * 1e3, medians[1] / medians[0]);
    }
  }

  private static double[] medians(Network own, Network script, int rounds) {
    try (Trainer first = trainer(own);
        Trainer second = trainer(script)) {
      double[][] seconds = new double[2][rounds];
      for (int round = -WARMUP; round < rounds; round++) {
        double[] taken = {epoch(first), epoch(second)};
        if (round >= 0) {
          seconds[0][round] = taken[0];
          seconds[1][round] = taken[1];
        }
      }
      return new double[] {median(seconds[0]), median(seconds[1])};
    }
  }

  private static Trainer trainer(Network network) {
    AdapterConfig lora =
        AdapterConfig.of(ModuleSelector.matching("fc|layer4\\.\\d\\.conv\\d"), 8, 16).build();
    Adapter.attach(network, "default", lora, new Seed(2));
    network.setTraining(true);
    return new Trainer(network, new OptimizerSpec.Sgd(0.01, 0.9, 0));
  }

  private static double epoch(Trainer trainer) {
    OrderedBatches pass = OrderedBatches.inOrder(images(), BATCH, new Seed(3));
    ThreadMXBean clock = ManagementFactory.getThreadMXBean();
    long start = clock.getCurrentThreadCpuTime();
    trainer.epoch(1, pass, (n, loss) -> {});
    return (clock.getCurrentThreadCpuTime() - start) * 1e-9 / STEPS;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static ImageSet images() {
    byte[] pixels = new byte[STEPS * BATCH * 3 * 64 * 64];
    new SplittableRandom(1).nextBytes(pixels);
    return new ImageSet(
        "noise",
        pixels,
        IntStream.range(0, STEPS * BATCH).map(i -> i % 10).toArray(),
        3,
        64,
        64,
        IntStream.range(0, 10).mapToObj(Integer::toString).toList(),
        Map.of());
  }
}
