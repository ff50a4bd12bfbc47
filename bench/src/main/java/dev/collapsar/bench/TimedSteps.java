package dev.collapsar.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Median times of training steps in processes of their own. As a program, the time of each of ours,
 * and of what it cannot do without, a line each: {@code mlp-full 3.5}, in ms.
 */
final class TimedSteps {
  /** What a name has before it, if it is of what the step cannot do without. */
  static final String BARE = "bare-";

  private static final int STEPS = 150;
  private static final int WARMUP = 30;

  private TimedSteps() {}

  public static void main(String[] args) {
    MlpStepBenchmark mlp = new MlpStepBenchmark();
    mlp.prepare();
    print("mlp-full", mlp::fullStep);
    print(BARE + "mlp-full", mlp::bareProductsThenAdam);
    print("mlp-lora", mlp::loraStep);
    mlp.free();
    for (String variant : List.of("full", "head", "lora")) {
      TrainingStepBenchmark cnn = new TrainingStepBenchmark();
      cnn.variant = variant;
      cnn.prepare();
      print("cnn-" + variant, cnn::step);
      print(BARE + "cnn-" + variant, cnn::bare);
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

  /** This Java with the class path that it has. */
  static List<String> java(Class<?> main) {
    return List.of(
        System.getProperty("java.home") + "/bin/java",
        "-Xmx2g",
        "-cp",
        System.getProperty("java.class.path"),
        main.getName());
  }

  /**
   * Runs a command that prints such lines, and adds what it prints.
   *
   * @param without the variables of the environment that it must not have
   */
  static void run(
      List<String> command,
      Set<String> without,
      Map<String, String> with,
      Map<String, List<Double>> times)
      throws IOException, InterruptedException {
    ProcessBuilder child =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    child.environment().keySet().removeAll(without);
    child.environment().putAll(with);
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
      throw new IllegalStateException("%s ended with %s".formatted(command, process.exitValue()));
    }
  }

  static double median(List<Double> values) {
    return median(values.stream().mapToDouble(t -> t).toArray());
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
