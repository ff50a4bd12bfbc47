package dev.collapsar.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The same training steps in a bare JVM, as a library user starts it, and in one with the
 * launcher's environment: medians in ms of alternating processes, and their ratio. With a number,
 * the same beside so many busy processes.
 *
 * <pre>java ... dev.collapsar.bench.EnvironmentRatios [rounds [busy]]</pre>
 */
public final class EnvironmentRatios {
  private static final Map<String, String> LAUNCHER =
      Map.of(
          "OMP_WAIT_POLICY", "passive",
          "OPENBLAS_THREAD_TIMEOUT", "4",
          "MALLOC_ARENA_MAX", "1",
          "MALLOC_MMAP_THRESHOLD_", "33554432",
          "MALLOC_TRIM_THRESHOLD_", "4294967296");

  private static final String CHILD = "child";
  private static final String BUSY = "busy";
  private static final int STEPS = 150;
  private static final int WARMUP = 30;

  private EnvironmentRatios() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length > 0 && args[0].equals(CHILD)) {
      time();
    } else if (args.length > 0 && args[0].equals(BUSY)) {
      spin();
    } else {
      compare(
          args.length > 0 ? Integer.parseInt(args[0]) : 3,
          args.length > 1 ? Integer.parseInt(args[1]) : 0);
    }
  }

  private static void compare(int rounds, int busy) throws IOException, InterruptedException {
    List<Process> others = new ArrayList<>();
    try {
      for (int i = 0; i < busy; i++) {
        others.add(jvm(BUSY).start());
      }
      Map<String, List<Double>> bare = new LinkedHashMap<>();
      Map<String, List<Double>> launcher = new LinkedHashMap<>();
      for (int round = 0; round < rounds; round++) {
        run(Map.of(), bare);
        run(LAUNCHER, launcher);
      }
      System.out.printf("%-12s %12s %12s %8s%n", "ms", "bare JVM", "launcher's", "ratio");
      bare.forEach(
          (work, times) -> {
            double a = median(times.stream().mapToDouble(t -> t).toArray());
            double b = median(launcher.get(work).stream().mapToDouble(t -> t).toArray());
            System.out.printf(Locale.ROOT, "%-12s %12.2f %12.2f %8.2f%n", work, a, b, a / b);
          });
    } finally {
      others.forEach(Process::destroyForcibly);
    }
  }

  private static ProcessBuilder jvm(String mode) {
    return new ProcessBuilder(
        System.getProperty("java.home") + "/bin/java",
        "-Xmx2g",
        "-cp",
        System.getProperty("java.class.path"),
        EnvironmentRatios.class.getName(),
        mode);
  }

  private static void run(Map<String, String> environment, Map<String, List<Double>> times)
      throws IOException, InterruptedException {
    ProcessBuilder child = jvm(CHILD).redirectError(ProcessBuilder.Redirect.INHERIT);
    child.environment().keySet().removeAll(LAUNCHER.keySet());
    child.environment().putAll(environment);
    Process process = child.start();
    try (BufferedReader lines = process.inputReader()) {
      lines
          .lines()
          .map(line -> line.split(" "))
          .forEach(
              word ->
                  times
                      .computeIfAbsent(word[0], w -> new ArrayList<>())
                      .add(Double.parseDouble(word[1])));
    }
    if (process.waitFor() != 0) {
      throw new IllegalStateException("a timed process ended with " + process.exitValue());
    }
  }

  private static void time() {
    MlpStepBenchmark mlp = new MlpStepBenchmark();
    mlp.prepare();
    print("mlp-full", mlp::fullStep);
    print("mlp-lora", mlp::loraStep);
    mlp.free();
    for (String variant : List.of("full", "head", "lora")) {
      TrainingStepBenchmark cnn = new TrainingStepBenchmark();
      cnn.variant = variant;
      cnn.prepare();
      print("cnn-" + variant, cnn::step);
      cnn.free();
    }
  }

  private static void print(String work, Runnable step) {
    double[] times = new double[STEPS];
    for (int i = -WARMUP; i < STEPS; i++) {
      long start = System.nanoTime();
      step.run();
      if (i >= 0) {
        times[i] = (System.nanoTime() - start) * 1e-6;
      }
    }
    System.out.printf(Locale.ROOT, "%s %.4f%n", work, median(times));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static void spin() {
    long x = 0;
    while (ProcessHandle.current().parent().map(ProcessHandle::isAlive).orElse(false) || x < 0) {
      for (int i = 0; i < 1_000_000; i++) {
        x = Math.abs(x * 31 + i);
      }
    }
  }
}
