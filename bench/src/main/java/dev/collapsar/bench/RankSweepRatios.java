package dev.collapsar.bench;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.FeatureCache;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.ResNet18.Stem;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.recipe.Recipes;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.random.Seed;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Prints how long the sweep of five ranks and twenty epochs (or so many) takes on 50,000 cached
 * features of 512 values, every measure taken at every epoch, and what the same epochs would take
 * with a forward pass for every batch. The recipe runs on images of 8x8, whose features are as wide
 * and cost little; extraction and the forward passes are timed on samples of 32x32 images and
 * extrapolated.
 *
 * <pre>java ... dev.collapsar.bench.RankSweepRatios [threads [epochs]]</pre>
 */
public final class RankSweepRatios {
  private static final int TRAIN = 50_000;
  private static final int TEST = 10_000;
  private static final int RANKS = 5;
  private static final int BATCH = 128;
  private static final int SAMPLED = 8;

  private RankSweepRatios() {}

  public static void main(String[] args) throws IOException {
    int threads = args.length > 0 ? Integer.parseInt(args[0]) : 2;
    int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 20;
    double sweep = sweep(threads, epochs);
    double[] sampled = sampled(threads);
    double extraction = sampled[0] * (TRAIN + TEST);
    int passes = epochs + 1; // measured before the first step, too
    double training = sampled[1] * TRAIN * epochs * RANKS;
    double measuring = sampled[2] * (TRAIN + TEST) * passes * RANKS;
    System.out.printf(
        "sweep of %d ranks x %d epochs on cached features: %.1f s%n", RANKS, epochs, sweep);
    System.out.printf(
        "extraction %.0f s (%.1f images/s); a forward pass per batch: training %.0f s (%.2f"
            + " steps/s), measuring %.0f s%n",
        extraction, 1 / sampled[0], training, 1 / sampled[1] / BATCH, measuring);
    System.out.printf(
        "times as fast, extraction included: %.0f; against the training passes alone %.0f%n",
        (training + measuring) / (sweep + extraction), training / (sweep + extraction));
  }

  /** The seconds of all adapted variants' epochs, training and measuring, with all its records. */
  private static double sweep(int threads, int epochs) throws IOException {
    Path folder = Files.createTempDirectory("collapsar-sweep");
    Path data = Files.createDirectory(folder.resolve("data"));
    write(data.resolve("train"), TRAIN);
    write(data.resolve("t10k"), TEST);
    Map<String, SettingText> chosen = new LinkedHashMap<>();
    Map.of(
            "network.width", "64",
            "samples", String.valueOf(TRAIN),
            "base.epochs", "0",
            "adapt.epochs", String.valueOf(epochs),
            "variants", "lora")
        .forEach((key, value) -> chosen.put(key, new SettingText(value, "bench")));
    RunOptions options =
        new RunOptions(chosen, folder.resolve("run"), data, 1, threads, "cpu", false);
    RunRecord record =
        RunEngine.prepare(Recipes.named("lora-ranks"), options, new Silent(), RunClock.system())
            .run();
    // The first measurement of the first variant finds what the frozen layers make, for all.
    return record.epochs().stream()
        .filter(epoch -> epoch.variant().startsWith("lora-"))
        .mapToDouble(epoch -> epoch.trainSeconds() + epoch.measureSeconds())
        .sum();
  }

  /** Seconds an image: extraction, a training step of the head's adapter, a measuring pass. */
  private static double[] sampled(int threads) {
    TorchRuntime.setThreads(threads, true);
    Seed seed = new Seed(1);
    ImageSet images = images(SAMPLED * BATCH);
    try (Network network = LayerNetwork.initialized(new ResNet18(3, 64, Stem.CIFAR, 10), seed);
        FeatureCache cache = new FeatureCache(1L << 30)) {
      AdapterConfig lora =
          AdapterConfig.of(new ModuleSelector.Named(List.of("fc")), 8, 16).dropout(0.05).build();
      Adapter.attach(network, "default", lora, seed);
      OrderedBatches pass = OrderedBatches.shuffled(images, BATCH, seed);
      Evaluation.of(network, pass.slice(0, 1), n -> {}); // warms up
      double extraction = seconds(() -> cache.batches(network, pass, n -> {}));
      double training;
      try (Trainer trainer = new Trainer(network, new OptimizerSpec.Sgd(0.01, 0.9, 5e-4))) {
        training = seconds(() -> trainer.epoch(1, pass, (n, loss) -> {}));
      }
      double measuring = seconds(() -> Evaluation.withFeatures(network, pass, n -> {}));
      int count = images.count();
      return new double[] {extraction / count, training / count, measuring / count};
    }
  }

  private static double seconds(Runnable action) {
    long start = System.nanoTime();
    action.run();
    return (System.nanoTime() - start) * 1e-9;
  }

  private static ImageSet images(int count) {
    byte[] pixels = new byte[count * 3 * 32 * 32];
    new SplittableRandom(1).nextBytes(pixels);
    return new ImageSet(
        "noise",
        pixels,
        IntStream.range(0, count).map(i -> i % 10).toArray(),
        3,
        32,
        32,
        IntStream.range(0, 10).mapToObj(Integer::toString).toList(),
        Map.of());
  }

  /** Images of 8x8 pixels, each class around a brightness of its own, in MNIST's files. */
  private static void write(Path prefix, int count) throws IOException {
    SplittableRandom random = new SplittableRandom(count);
    try (DataOutputStream images =
            new DataOutputStream(
                new BufferedOutputStream(
                    Files.newOutputStream(Path.of(prefix + "-images-idx3-ubyte"))));
        DataOutputStream labels =
            new DataOutputStream(
                new BufferedOutputStream(
                    Files.newOutputStream(Path.of(prefix + "-labels-idx1-ubyte"))))) {
      for (int header : new int[] {0x803, count, 8, 8}) {
        images.writeInt(header);
      }
      labels.writeInt(0x801);
      labels.writeInt(count);
      for (int i = 0; i < count; i++) {
        labels.writeByte(i % 10);
        for (int p = 0; p < 64; p++) {
          images.writeByte((p % 10 == i % 10 ? 150 : 20) + random.nextInt(80));
        }
      }
    }
  }

  /** Nobody watches. */
  private static final class Silent implements Progress {
    @Override
    public void say(String line) {}

    @Override
    public Bar bar(String task, long total) {
      return new Bar() {
        @Override
        public void advance(long steps, String news) {}

        @Override
        public void close() {}
      };
    }
  }
}
