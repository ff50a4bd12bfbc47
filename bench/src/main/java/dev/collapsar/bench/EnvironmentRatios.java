package dev.collapsar.bench;

import java.io.IOException;
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
  static final Map<String, String> LAUNCHER =
      Map.of(
          "OMP_WAIT_POLICY", "passive",
          "OPENBLAS_THREAD_TIMEOUT", "4",
          "MALLOC_ARENA_MAX", "1",
          "MALLOC_MMAP_THRESHOLD_", "33554432",
          "MALLOC_TRIM_THRESHOLD_", "4294967296");

  private EnvironmentRatios() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 3;
    int busy = args.length > 1 ? Integer.parseInt(args[1]) : 0;
    Map<String, List<Double>> bare = new LinkedHashMap<>();
    Map<String, List<Double>> launcher = new LinkedHashMap<>();
    List<String> ours = TimedSteps.java(TimedSteps.class);
    BusyProcesses others = new BusyProcesses(busy);
    try (others) {
      for (int round = 0; round < rounds; round++) {
        TimedSteps.run(ours, LAUNCHER.keySet(), Map.of(), bare);
        TimedSteps.run(ours, LAUNCHER.keySet(), LAUNCHER, launcher);
      }
    }
    System.out.printf("%-14s %12s %12s %8s%n", "ms", "bare JVM", "launcher's", "ratio");
    bare.forEach(
        (work, times) -> {
          double a = TimedSteps.median(times);
          double b = TimedSteps.median(launcher.get(work));
          System.out.printf(Locale.ROOT, "%-14s %12.2f %12.2f %8.2f%n", work, a, b, a / b);
        });
  }
}
