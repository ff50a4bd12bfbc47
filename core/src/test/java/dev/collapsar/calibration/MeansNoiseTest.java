package dev.collapsar.calibration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.linalg.Blas;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What sampling noise adds to the class means' scatter, for classes of several sizes. */
class MeansNoiseTest {
  private static final int[] SIZES = {11, 40, 23, 60, 17};
  private static final int WIDTH = 2;
  private static final int GROUPS = 10;

  private final Workers workers = new Workers(2);
  private final int[] labels;
  private final double[] values;

  MeansNoiseTest() {
    SplittableRandom random = new SplittableRandom(8);
    labels = IntStream.range(0, SIZES.length).flatMap(k -> repeated(k, SIZES[k])).toArray();
    for (int i = labels.length - 1; i > 0; i--) { // in no order
      int j = random.nextInt(i + 1);
      int label = labels[i];
      labels[i] = labels[j];
      labels[j] = label;
    }
    values = new double[labels.length * WIDTH];
    for (int i = 0; i < values.length; i++) {
      int label = labels[i / WIDTH];
      double mean = i % WIDTH == 0 ? 6 * label : 5 * (label * label % 4);
      values[i] = 1e4 + mean + random.nextDouble(-2, 2) * (1 + label / 8.0);
    }
  }

  private static IntStream repeated(int label, int times) {
    return IntStream.generate(() -> label).limit(times);
  }

  @AfterEach
  void close() {
    workers.close();
  }

  @Test
  void itIsTheSumOfTheClassesCovariancesOverTheirCountsWithEachGroupLeftOut() {
    long[] population = {11, 80, 30, 600, 20};
    MeansNoise found = read(Sampling.ofFinite(population)).orElseThrow();
    assertArrayEquals(byHand(i -> true, population), found.whole().toArray(), 1e-9);
    int[] group = groups();
    assertEquals(GROUPS, found.without().size());
    for (int g = 0; g < GROUPS; g++) {
      int gone = g;
      assertArrayEquals(
          byHand(i -> group[i] != gone, population), found.without().get(g).toArray(), 1e-9);
    }
  }

  @Test
  void aRatioOfMoreClassesThanDimensionsIsCorrectedForEveryClassBySize() {
    FeatureArray table = table();
    SampleGroups groups =
        SampleGroups.read(table, moments(), classes(), true, Blas.reference(), workers);
    Estimate found =
        CorrectedNumbers.of(
                groups,
                groups.whole(Blas.reference()),
                Sampling.ofPopulation(),
                Optional.empty(),
                read(Sampling.ofPopulation()),
                false,
                Blas.reference())
            .stream()
            .filter(estimate -> estimate.id().equals("nc1_pinv_corrected"))
            .findFirst()
            .orElseThrow();
    assertEquals(ratio(i -> true), found.value().orElseThrow(), 1e-9);
    int[] group = groups();
    double[] replicates =
        IntStream.range(0, GROUPS).mapToDouble(g -> ratio(i -> group[i] != g)).toArray();
    Jackknife jackknife = new Jackknife(ratio(i -> true), replicates);
    assertEquals(jackknife.intervalOfPositive().low(), found.interval().orElseThrow().low(), 1e-9);
  }

  @Test
  void nobodyAsksForItOfEqualClassesOrFewerThanDimensions() {
    assertTrue(MeansNoise.isNeeded(new long[] {3, 4, 4}, 2));
    assertTrue(!MeansNoise.isNeeded(new long[] {4, 4, 4}, 2));
    assertTrue(!MeansNoise.isNeeded(new long[] {3, 4, 4}, 3));
    assertTrue(!MeansNoise.isNeeded(new long[] {1, 4, 4}, 2));
  }

  private Optional<MeansNoise> read(Sampling sampling) {
    return MeansNoise.read(table(), moments(), classes(), sampling, Blas.reference(), workers);
  }

  private FeatureArray table() {
    return FeatureArray.of(values, labels, WIDTH);
  }

  private static int[] classes() {
    return IntStream.range(0, SIZES.length).toArray();
  }

  private ClassMoments moments() {
    try (ClassMomentsAccumulator sum = new ClassMomentsAccumulator(SIZES.length, WIDTH);
        BatchSource source = table().read(1 << 20)) {
      sum.add(source.next());
      return sum.snapshot();
    }
  }

  /** Of each sample: its rank within its class, modulo ten. */
  private int[] groups() {
    return IntStream.range(0, labels.length)
        .map(
            i ->
                (int) IntStream.range(0, i).filter(before -> labels[before] == labels[i]).count()
                    % GROUPS)
        .toArray();
  }

  /** sum_k (1 - n_k/n_pop) S'_k/n_k of some samples, by its definition. */
  private double[] byHand(IntPredicate taken, long[] population) {
    double[] noise = new double[WIDTH * WIDTH];
    for (int k = 0; k < SIZES.length; k++) {
      int n = count(k, taken);
      double[] scatter = scatter(k, taken);
      for (int c = 0; c < noise.length; c++) {
        noise[c] += (1 - (double) n / population[k]) * scatter[c] / (n - 1) / n;
      }
    }
    return noise;
  }

  private int count(int label, IntPredicate taken) {
    return (int)
        IntStream.range(0, labels.length).filter(taken).filter(i -> labels[i] == label).count();
  }

  private double[] mean(int label, IntPredicate taken) {
    double[] mean = new double[WIDTH];
    IntStream.range(0, values.length)
        .filter(at -> labels[at / WIDTH] == label && taken.test(at / WIDTH))
        .forEach(at -> mean[at % WIDTH] += values[at] / count(label, taken));
    return mean;
  }

  private double[] scatter(int label, IntPredicate taken) {
    double[] mean = mean(label, taken);
    double[] scatter = new double[WIDTH * WIDTH];
    for (int i = 0; i < labels.length; i++) {
      for (int c = 0; labels[i] == label && taken.test(i) && c < scatter.length; c++) {
        scatter[c] +=
            (values[i * WIDTH + c / WIDTH] - mean[c / WIDTH])
                * (values[i * WIDTH + c % WIDTH] - mean[c % WIDTH]);
      }
    }
    return scatter;
  }

  /** tr(S' (S_B - (1-1/K)/K sum S'_k/n_k)^-1)/K of some samples in two dimensions. */
  private double ratio(IntPredicate taken) {
    int classes = SIZES.length;
    double[][] means = new double[classes][];
    double[] within = new double[WIDTH * WIDTH];
    int samples = 0;
    for (int k = 0; k < classes; k++) {
      means[k] = mean(k, taken);
      double[] scatter = scatter(k, taken);
      Arrays.setAll(within, c -> within[c] + scatter[c]);
      samples += count(k, taken);
    }
    long[] endless = new long[classes];
    Arrays.fill(endless, Long.MAX_VALUE);
    double[] noise = byHand(taken, endless);
    double[] between = new double[WIDTH * WIDTH];
    for (int c = 0; c < between.length; c++) {
      double a = column(means, c / WIDTH);
      double b = column(means, c % WIDTH);
      for (double[] mean : means) {
        between[c] += (mean[c / WIDTH] - a) * (mean[c % WIDTH] - b) / classes;
      }
      between[c] -= (1 - 1.0 / classes) / classes * noise[c];
    }
    double determinant = between[0] * between[3] - between[1] * between[2];
    double trace =
        within[0] * between[3]
            - within[1] * between[2]
            - within[2] * between[1]
            + within[3] * between[0];
    return trace / determinant / (samples - classes) / classes;
  }

  private static double column(double[][] means, int of) {
    return Arrays.stream(means).mapToDouble(mean -> mean[of]).average().orElseThrow();
  }
}
