package dev.collapsar.bench;

import dev.collapsar.calibration.EvidencePlan;
import dev.collapsar.calibration.EvidenceRequest;
import dev.collapsar.calibration.Sampling;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.dataset.ImageFiles;
import dev.collapsar.learn.dataset.ImageRequest;
import dev.collapsar.learn.merge.AdapterCombination;
import dev.collapsar.learn.merge.AdapterCombination.Weighted;
import dev.collapsar.learn.merge.CombinationMode;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseOptions;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.metric.Metrics;
import dev.collapsar.random.Seed;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * An axis along which work grows, with its sizes. As a program, the work of one axis at one size on
 * one thread: its processor time when the code is warm, and how far resident memory has risen at
 * its highest.
 */
enum ScaleWork {
  ROWS("all metrics, D = 256, K = 10", 16_000, 64_000, 256_000) {
    @Override
    Runnable prepared(int size) {
      return metrics(size, 256, 10, 0);
    }
  },
  CLASSES("all metrics, N = 32,000, D = 128", 64, 512, 4096) {
    @Override
    Runnable prepared(int size) {
      return metrics(32_000, 128, size, 0);
    }
  },
  WIDTH("all metrics, N = 8,000, K = 10", 128, 512, 2048) {
    @Override
    Runnable prepared(int size) {
      return metrics(8_000, size, 10, 0);
    }
  },
  DRAWS("permuted labels, N = 16,000, D = 256, K = 10", 50, 200, 800) {
    @Override
    Runnable prepared(int size) {
      return metrics(16_000, 256, 10, size);
    }
  },
  RANK("200 steps of LoRA on every layer, MLP 784-1000-2000-10, batch 10", 1, 8, 64) {
    @Override
    Runnable prepared(int size) {
      Network network = mlp(new Seed(42));
      AdapterConfig config = AdapterConfig.of(new ModuleSelector.AllLinear(), size, size).build();
      Adapter.attach(network, "default", config, new Seed(42));
      return () -> train(network, 2000);
    }
  },
  SEEDS("networks trained for 20 steps, one after the other", 1, 4, 16) {
    @Override
    Runnable prepared(int size) {
      return () -> {
        for (int seed = 1; seed <= size; seed++) {
          try (Network network = mlp(new Seed(seed))) {
            train(network, 200);
          }
        }
      };
    }
  },
  ADAPTERS("adapters of rank 8 on four layers 1,024 x 1,024 made one by `cat`", 4, 16, 64) {
    @Override
    Runnable prepared(int size) {
      Map<String, Weighted> adapters = new TreeMap<>();
      IntStream.range(0, size)
          .forEach(i -> adapters.put("adapter" + i, new Weighted(adapter(i), 1)));
      return () -> AdapterCombination.of(adapters, new CombinationMode.Cat());
    }
  },
  IMAGES("PNG files of 64 x 64 pixels read", 500, 2000, 8000) {
    @Override
    Runnable prepared(int size) {
      Path folder = images(size);
      return () -> {
        try (ImageFiles files = ImageFiles.open(folder)) {
          files.load(ImageRequest.of(new Seed(42), 1, images -> {}));
        }
      };
    }
  };

  private static final double WARM = 4;
  private static final double TIMED = 1;

  private final String what;
  private final List<Integer> sizes;

  ScaleWork(String what, Integer... sizes) {
    this.what = what;
    this.sizes = List.of(sizes);
  }

  String what() {
    return what;
  }

  List<Integer> sizes() {
    return sizes;
  }

  /** The work, with what it starts from already made. */
  abstract Runnable prepared(int size);

  public static void main(String[] args) throws IOException {
    ScaleWork axis = valueOf(args[0]);
    if (axis == RANK || axis == SEEDS || axis == ADAPTERS) {
      TorchRuntime.setThreads(1);
    }
    double before = memory("VmRSS:");
    Runnable work = axis.prepared(Integer.parseInt(args[1]));
    repeated(work, WARM);
    System.out.printf(Locale.ROOT, "seconds %.6f%n", repeated(work, TIMED));
    System.out.printf(Locale.ROOT, "megabytes %.3f%n", memory("VmHWM:") - before);
  }

  /** The mean processor time of the work, done until this many seconds have passed. */
  private static double repeated(Runnable work, double seconds) {
    double start = processorTime();
    double spent = 0;
    int times = 0;
    while (spent < seconds) {
      work.run();
      times++;
      spent = processorTime() - start;
    }
    return spent / times;
  }

  private static Runnable metrics(int rows, int width, int classes, int draws) {
    SyntheticFeatures features = SyntheticFeatures.of(rows, width, classes);
    Collapse collapse =
        Collapse.of(features.table(), classes)
            .withWeights(features.weights())
            .withOptions(CollapseOptions.defaults().withThreads(1));
    if (draws == 0) {
      return collapse::measure;
    }
    MeasuredCollapse measured = collapse.measured(Metrics.collapse());
    EvidenceRequest request =
        new EvidenceRequest(
            OptionalInt.of(draws),
            Optional.of(false),
            Sampling.ofPopulation(),
            EvidenceRequest.Limits.usual());
    return () -> EvidencePlan.of(measured, request, cost -> {});
  }

  private static Network mlp(Seed seed) {
    return LayerNetwork.initialized(new Mlp(List.of(784, 1000, 2000, 10)), seed);
  }

  private static void train(Network network, int images) {
    OrderedBatches pass = OrderedBatches.shuffled(NoiseImages.of(images), 10, new Seed(1));
    try (Trainer trainer = new Trainer(network, OptimizerSpec.Adam.withLearningRate(1e-3))) {
      trainer.epoch(1, pass, (n, step) -> {});
    }
  }

  private static AdapterFile adapter(int number) {
    SplittableRandom random = new SplittableRandom(number);
    Map<String, LoraFactors> modules = new TreeMap<>();
    for (int layer = 0; layer < 4; layer++) {
      modules.put(
          "layers." + layer,
          LoraFactors.of(
              WeightSite.Kind.LINEAR, uniform(random, 8, 1024), uniform(random, 1024, 8)));
    }
    return AdapterFile.of(
        AdapterConfig.of(new ModuleSelector.AllLinear(), 8, 8).build(), modules, Map.of());
  }

  private static StoredTensor uniform(SplittableRandom random, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextDouble() - 0.5);
    }
    return StoredTensor.of(values, rows, columns);
  }

  /** Two folders of noise, which go when the process ends. */
  private static Path images(int count) {
    try {
      Path folder = Files.createTempDirectory("collapsar-scale");
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < count; i++) {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        for (int pixel = 0; pixel < 64 * 64; pixel++) {
          image.setRGB(pixel % 64, pixel / 64, random.nextInt());
        }
        Path place = Files.createDirectories(folder.resolve("class" + i % 2));
        ImageIO.write(image, "png", place.resolve(i + ".png").toFile());
      }
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      return folder;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** MB of this process, where the system tells; not a number elsewhere. */
  private static double memory(String which) throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return Double.NaN;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith(which))
        .mapToDouble(line -> Double.parseDouble(line.split("\\s+")[1]) / 1000)
        .findFirst()
        .orElse(Double.NaN);
  }

  /** Of the process, but for its compilers, whose work is over in a program that runs longer. */
  private static double processorTime() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime()
            * 1e-9
        - compiling();
  }

  /** Seconds of the compilers' threads, where the system tells; 0 elsewhere. */
  private static double compiling() {
    Path threads = Path.of("/proc/self/task");
    if (!Files.isDirectory(threads)) {
      return 0;
    }
    try (Stream<Path> each = Files.list(threads)) {
      return each.mapToDouble(ScaleWork::compiling).sum();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static double compiling(Path thread) {
    try {
      boolean compiler = Files.readString(thread.resolve("comm")).matches("(?s)C[12] Compiler.*");
      return compiler
          ? Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ")[0]) * 1e-9
          : 0;
    } catch (IOException e) {
      return 0; // it has ended meanwhile
    }
  }
}
