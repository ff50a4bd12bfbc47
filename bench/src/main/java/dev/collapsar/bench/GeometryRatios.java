package dev.collapsar.bench;

import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseOptions;
import dev.collapsar.metric.CollapseReport;
import java.util.Arrays;

/**
 * Prints, for each case, how long all default metrics take from memory, against the time that the
 * same operations would take at OpenBLAS's and the memory's own rates, measured around each
 * repetition.
 *
 * <pre>java ... dev.collapsar.bench.GeometryRatios [threads [case [repetitions]]]</pre>
 */
public final class GeometryRatios {
  private static final int[][] CASES = {
    {60_000, 512, 10}, {50_000, 2048, 1000}, {100_000, 768, 10_000}
  };

  private GeometryRatios() {}

  public static void main(String[] args) {
    int threads = args.length > 0 ? Integer.parseInt(args[0]) : 2;
    int only = args.length > 1 ? Integer.parseInt(args[1]) : 0;
    int repetitions = args.length > 2 ? Integer.parseInt(args[2]) : 5;
    System.out.println(
        "     N     D      K  limit s   time s  ratio  sgemm GF/s  dgemm GF/s  GB/s");
    for (int i = 0; i < CASES.length; i++) {
      if (only == 0 || only == i + 1) {
        run(CASES[i][0], CASES[i][1], CASES[i][2], threads, repetitions);
      }
    }
  }

  private static void run(int rows, int width, int classes, int threads, int repetitions) {
    SyntheticFeatures features = SyntheticFeatures.of(rows, width, classes);
    Collapse collapse =
        Collapse.of(features.table(), classes)
            .withWeights(features.weights())
            .withOptions(CollapseOptions.defaults().withThreads(threads));
    double[] ratios = new double[repetitions];
    for (int i = 0; i < repetitions; i++) {
      MachineLimits machine = MachineLimits.measure(threads);
      letThreadsSleep();
      long start = System.nanoTime();
      CollapseReport report = collapse.measure();
      double seconds = (System.nanoTime() - start) * 1e-9;
      double limit = limit(rows, width, classes, machine);
      ratios[i] = seconds / limit;
      System.out.printf(
          "%6d %5d %6d %8.3f %8.3f %6.2f %11.1f %11.1f %5.1f  %s%n",
          rows,
          width,
          classes,
          limit,
          seconds,
          ratios[i],
          machine.sgemm() * 1e-9,
          machine.dgemm() * 1e-9,
          machine.bandwidth() * 1e-9,
          report.blas());
    }
    Arrays.sort(ratios);
    System.out.printf(
        "%6d %5d %6d  median ratio %.2f%n", rows, width, classes, ratios[repetitions / 2]);
  }

  /** OpenBLAS's own threads go on spinning for a while, which a measurement has no part in. */
  private static void letThreadsSleep() {
    try {
      Thread.sleep(500);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The chosen path's operations and passes, in seconds. */
  static double limit(double n, double d, double k, MachineLimits machine) {
    double decisions = 2 * n * d * 2 * k;
    double within = Math.min(2 * n * d * (k - 1), n * d * d);
    double side = Math.min(k, d);
    double gram = k * d * side + 10.0 / 3 * side * side * side;
    double pairs = 2 * k * k * d + (k <= d ? 2 * k * k * d : 2 * k * d * d);
    double passes = 2 * n * d * Float.BYTES;
    return decisions / machine.sgemm()
        + (within + gram + pairs) / machine.dgemm()
        + passes / machine.bandwidth();
  }
}
