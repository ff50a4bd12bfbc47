package dev.collapsar.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.NewTensorFile;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.layout.AdapterLayouts;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.learn.merge.NetworkMerge;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Prints how long merging an adapter of rank 16 into a network in bf16 takes against a copy of the
 * same bytes: on q and v, and on all linear layers. Everything lies in the page cache if it fits;
 * the repetitions of all three alternate.
 *
 * <pre>java ... dev.collapsar.bench.MergeRatios FOLDER [megabytes [threads [repetitions]]]</pre>
 */
public final class MergeRatios {
  private static final int WIDTH = 2048;
  private static final int INNER = 5632;
  private static final int RANK = 16;
  private static final Map<String, int[]> LINEAR = new LinkedHashMap<>();

  static {
    for (String name : List.of("q_proj", "k_proj", "v_proj", "o_proj")) {
      LINEAR.put("self_attn." + name, new int[] {WIDTH, WIDTH});
    }
    LINEAR.put("mlp.gate_proj", new int[] {INNER, WIDTH});
    LINEAR.put("mlp.up_proj", new int[] {INNER, WIDTH});
    LINEAR.put("mlp.down_proj", new int[] {WIDTH, INNER});
  }

  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private MergeRatios() {}

  /** Work that is timed. */
  private interface Work {
    void run() throws IOException;
  }

  public static void main(String[] args) throws IOException {
    Path folder = Files.createTempDirectory(Path.of(args[0]), "merge-ratios");
    int megabytes = args.length > 1 ? Integer.parseInt(args[1]) : 2000;
    int threads = args.length > 2 ? Integer.parseInt(args[2]) : 2;
    int repetitions = args.length > 3 ? Integer.parseInt(args[3]) : 5;
    try {
      compare(
          folder,
          Math.max(1, (int) ((long) megabytes * 500_000 / blockElements())),
          threads,
          repetitions);
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static long blockElements() {
    return LINEAR.values().stream().mapToLong(shape -> (long) shape[0] * shape[1]).sum();
  }

  private static void compare(Path folder, int blocks, int threads, int repetitions)
      throws IOException {
    Path base = folder.resolve("base.safetensors");
    writeBase(base, blocks);
    List<String> some = List.of("self_attn.q_proj", "self_attn.v_proj");
    Path attention = writeAdapter(folder.resolve("attention"), blocks, some);
    Path all = writeAdapter(folder.resolve("all"), blocks, List.copyOf(LINEAR.keySet()));
    Path out = folder.resolve("out.safetensors");
    double[][] seconds = new double[3][repetitions];
    double[][] processor = new double[3][repetitions];
    for (int i = -1; i < repetitions; i++) {
      double[][] taken = {
        seconds(() -> Files.copy(base, out, StandardCopyOption.REPLACE_EXISTING)),
        seconds(() -> merge(base, attention, out, threads)),
        seconds(() -> merge(base, all, out, threads))
      };
      for (int kind = 0; kind < 3 && i >= 0; kind++) {
        seconds[kind][i] = taken[kind][0];
        processor[kind][i] = taken[kind][1];
      }
    }
    Arrays.stream(seconds).forEach(Arrays::sort);
    Arrays.stream(processor).forEach(Arrays::sort);
    double[] median = Arrays.stream(seconds).mapToDouble(s -> s[repetitions / 2]).toArray();
    double[] least = Arrays.stream(seconds).mapToDouble(s -> s[0]).toArray();
    System.out.printf(
        "%.2f GB, %d threads: copy %.2f s, q and v %.2f s, all %.2f s (medians)%n",
        Files.size(base) / 1e9, threads, median[0], median[1], median[2]);
    System.out.printf(
        "of a copy: q and v %.2f (least: %.2f), all linear layers %.2f (least: %.2f)%n",
        median[1] / median[0], least[1] / least[0], median[2] / median[0], least[2] / least[0]);
    System.out.printf(
        "processor time (medians): copy %.2f s, q and v %.2f s, all %.2f s%n",
        processor[0][repetitions / 2],
        processor[1][repetitions / 2],
        processor[2][repetitions / 2]);
  }

  private static void merge(Path base, Path adapter, Path out, int threads) {
    try (BaseNetwork network = BaseNetwork.open(base);
        AdapterLayouts.Opened opened = AdapterLayouts.open(adapter)) {
      NetworkMerge.of(network, opened.adapter(), Optional.empty())
          .writeFile(out, threads, whole -> {});
    }
  }

  /** By the clock, and of all threads' processor time, which other processes hardly change. */
  private static double[] seconds(Work work) throws IOException {
    long start = System.nanoTime();
    long used = PROCESS.getProcessCpuTime();
    work.run();
    return new double[] {
      (System.nanoTime() - start) / 1e9, (PROCESS.getProcessCpuTime() - used) / 1e9
    };
  }

  private static String name(int block, String layer) {
    return "model.layers.%d.%s".formatted(block, layer);
  }

  private static void writeBase(Path file, int blocks) {
    List<NewTensorFile.Head> heads = new ArrayList<>();
    for (int i = 0; i < blocks; i++) {
      for (Map.Entry<String, int[]> layer : LINEAR.entrySet()) {
        int[] shape = layer.getValue();
        String weight = name(i, layer.getKey()) + ".weight";
        heads.add(NewTensorFile.Head.of(weight, ElementType.BF16, shape[0], shape[1]));
      }
    }
    SplittableRandom random = new SplittableRandom(1);
    NewTensorFile.write(
        file,
        heads,
        Map.of("format", "pt"),
        out -> {
          for (NewTensorFile.Head head : heads) {
            ByteBuffer bytes =
                ByteBuffer.allocate((int) head.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            while (bytes.hasRemaining()) { // signs, and magnitudes of 1/128 to 1/8
              int bits = random.nextInt();
              bytes.putShort((short) (bits & 0x8000 | 0x3c00 + (bits & 0x1ff)));
            }
            out.put(head.name(), 0, bytes.flip());
          }
        });
  }

  private static Path writeAdapter(Path folder, int blocks, List<String> layers)
      throws IOException {
    Files.createDirectory(folder);
    SplittableRandom random = new SplittableRandom(2);
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < blocks; i++) {
      for (String layer : layers) {
        int[] shape = LINEAR.get(layer);
        String path = "base_model.model." + name(i, layer);
        tensors.put(path + ".lora_A.weight", normal(random, RANK, shape[1]));
        tensors.put(path + ".lora_B.weight", normal(random, shape[0], RANK));
      }
    }
    SafeTensors.write(folder.resolve("adapter_model.safetensors"), tensors, Map.of());
    Files.writeString(
        folder.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": %d, \"lora_alpha\": 32}".formatted(RANK));
    return folder;
  }

  private static StoredTensor normal(SplittableRandom random, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.01 * random.nextGaussian());
    }
    return StoredTensor.of(values, rows, columns);
  }
}
