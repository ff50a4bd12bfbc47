package dev.collapsar.bench;

import dev.collapsar.calibration.EvidencePlan;
import dev.collapsar.calibration.EvidenceRequest;
import dev.collapsar.calibration.Sampling;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseOptions;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.metric.Metrics;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Prints, for each case, how long a measurement that forms the scatter takes, and how much longer
 * with the null by permuted labels, with corrected numbers and their intervals, and with both; and
 * the last against the first. By the clock, and by the processors' time, which other work on the
 * machine disturbs less.
 *
 * <pre>java ... dev.collapsar.bench.NullRatios [threads [case [repetitions [draws]]]]</pre>
 */
public final class NullRatios {
  private static final int[][] CASES = {{60_000, 512, 10}, {50_000, 2048, 1000}};

  private NullRatios() {}

  public static void main(String[] args) {
    int threads = args.length > 0 ? Integer.parseInt(args[0]) : 2;
    int only = args.length > 1 ? Integer.parseInt(args[1]) : 0;
    int repetitions = args.length > 2 ? Integer.parseInt(args[2]) : 5;
    int draws = args.length > 3 ? Integer.parseInt(args[3]) : EvidenceRequest.USUAL_DRAWS;
    for (int i = 0; i < CASES.length; i++) {
      if (only == 0 || only == i + 1) {
        run(CASES[i], threads, repetitions, draws);
      }
    }
  }

  private static void run(int[] shape, int threads, int repetitions, int draws) {
    SyntheticFeatures features = SyntheticFeatures.of(shape[0], shape[1], shape[2]);
    Collapse collapse =
        Collapse.of(features.table(), shape[2])
            .withWeights(features.weights())
            .withOptions(CollapseOptions.defaults().withThreads(threads));
    System.out.printf(
        Locale.ROOT,
        "N = %d, D = %d, K = %d, %d draws%n%10s %18s %18s %18s   null  all%n",
        shape[0],
        shape[1],
        shape[2],
        draws,
        "bare s",
        "null s",
        "corrected s",
        "both s");
    double[] nulls = new double[repetitions];
    double[] ratios = new double[repetitions];
    MeasuredCollapse measured = collapse.measured(Metrics.collapse());
    for (int i = 0; i < repetitions; i++) {
      double[] bare = seconds(() -> collapse.measured(Metrics.collapse()));
      double[] chance = seconds(() -> evidence(measured, draws, false));
      double[] corrected = seconds(() -> evidence(measured, 0, true));
      double[] both = seconds(() -> evidence(measured, draws, true));
      nulls[i] = 1 + chance[1] / bare[1];
      ratios[i] = 1 + both[1] / bare[1];
      System.out.printf(
          Locale.ROOT,
          "%10s %18s %18s %18s %6.2f %6.2f%n",
          text(bare),
          text(chance),
          text(corrected),
          text(both),
          nulls[i],
          ratios[i]);
    }
    Arrays.sort(nulls);
    Arrays.sort(ratios);
    System.out.printf(
        Locale.ROOT,
        "median ratios of processor time: with the null %.2f, with all %.2f%n",
        nulls[repetitions / 2],
        ratios[repetitions / 2]);
  }

  private static String text(double[] seconds) {
    return String.format(Locale.ROOT, "%.2f (%.2f)", seconds[0], seconds[1]);
  }

  private static void evidence(MeasuredCollapse measured, int draws, boolean intervals) {
    EvidencePlan.of(
        measured,
        new EvidenceRequest(
            OptionalInt.of(draws),
            Optional.of(intervals),
            Sampling.ofPopulation(),
            EvidenceRequest.Limits.usual()),
        cost -> {});
  }

  /** By the clock, and of all processors. */
  private static double[] seconds(Runnable action) {
    long start = System.nanoTime();
    long used = processorTime();
    action.run();
    return new double[] {(System.nanoTime() - start) * 1e-9, (processorTime() - used) * 1e-9};
  }

  private static long processorTime() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
