package dev.collapsar.bench;

import dev.collapsar.calibration.CollapseNull;
import dev.collapsar.calibration.NullDraws;
import dev.collapsar.compute.Workers;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseOptions;
import dev.collapsar.metric.Metrics;
import dev.collapsar.random.Seed;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import java.util.Arrays;

/**
 * Prints, for each case, how long the null by permuted labels takes on top of a measurement that
 * forms the scatter, and both together against the measurement alone.
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
    int draws = args.length > 3 ? Integer.parseInt(args[3]) : 199;
    System.out.println("     N     D      K  draws   bare s   null s  ratio");
    for (int i = 0; i < CASES.length; i++) {
      if (only == 0 || only == i + 1) {
        run(CASES[i], threads, repetitions, draws);
      }
    }
  }

  private static void run(int[] shape, int threads, int repetitions, int draws) {
    SyntheticFeatures features = SyntheticFeatures.of(shape[0], shape[1], shape[2]);
    ClassMoments moments = moments(features, threads);
    Collapse collapse =
        Collapse.of(features.table(), shape[2])
            .withWeights(features.weights())
            .withOptions(CollapseOptions.defaults().withThreads(threads));
    double[] ratios = new double[repetitions];
    for (int i = 0; i < repetitions; i++) {
      double bare = seconds(() -> collapse.measure(Metrics.collapse()));
      double chance = seconds(() -> draw(features, moments, threads, draws));
      ratios[i] = (bare + chance) / bare;
      System.out.printf(
          "%6d %5d %6d %6d %8.3f %8.3f %6.2f%n",
          shape[0], shape[1], shape[2], draws, bare, chance, ratios[i]);
    }
    Arrays.sort(ratios);
    System.out.printf(
        "%6d %5d %6d  median ratio %.2f%n", shape[0], shape[1], shape[2], ratios[repetitions / 2]);
  }

  /** With the scatter, as the measurement forms it. */
  private static ClassMoments moments(SyntheticFeatures features, int threads) {
    try (Blas blas = Blas.open(threads);
        ClassMomentsAccumulator sum =
            new ClassMomentsAccumulator(features.classes(), features.table().width(), blas);
        BatchSource source = features.table().read(4096)) {
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        sum.add(batch);
      }
      return sum.snapshot();
    }
  }

  private static NullDraws draw(
      SyntheticFeatures features, ClassMoments moments, int threads, int draws) {
    try (Blas blas = Blas.open(threads);
        Workers workers = new Workers(threads)) {
      return CollapseNull.of(features.table(), moments)
          .withWeights(features.weights())
          .draw(draws, new Seed(1), blas, workers);
    }
  }

  private static double seconds(Runnable action) {
    long start = System.nanoTime();
    action.run();
    return (System.nanoTime() - start) * 1e-9;
  }
}
