package dev.collapsar.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.CollapseOptions.Averaging;
import dev.collapsar.metric.CollapseOptions.GlobalMean;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every metric against its definition written out, on random cases of awkward sizes. */
class SlowReferenceTest {
  /**
   * Both ways lose digits to the pseudo-inverses of S_B, and to K D roundings elsewhere; the cases
   * are well enough conditioned for this.
   */
  private static final double RELATIVE = 1e-9;

  @ParameterizedTest
  @CsvSource({
    // N, D, K, spread, offset
    "20, 3, 2, 0.5, 0",
    "41, 1, 2, 0.5, 3",
    "50, 2, 3, 0.5, 0",
    "67, 7, 5, 0.3, 1",
    "113, 31, 4, 0.01, 30",
    "257, 13, 11, 0.7, 0",
    "300, 5, 33, 0.5, -2",
    "513, 17, 17, 1.5, 0",
    "519, 17, 18, 0.2, 5",
    "1021, 29, 65, 0.4, 0",
  })
  void bothLinearAlgebrasAgreeWithTheDefinitions(
      int rows, int width, int classes, double spread, double offset) {
    Sample train = Sample.clusters(rows, width, classes, spread, offset, 1, 2);
    Sample test = Sample.clusters(rows / 2 + classes, width, classes, spread, offset, 1, 3);
    Sample ood = Sample.clusters(rows / 3 + 3, width, 3, spread, offset, 4, 5);
    double[][] w = Sample.clusters(classes, width, classes, 0.3, 0, 1, 6).x;
    double[] b = new Random(7).doubles(classes).toArray();
    int[] all = IntStream.range(0, classes).toArray();
    SlowCollapse slow =
        new SlowCollapse(train, all, false, 1)
            .withWeights(w)
            .withOod(ood)
            .withDecisions(train, test, w, b, all, false);
    Collapse collapse =
        Collapse.of(train.floats(), classes)
            .withWeights(matrix(w))
            .withBias(b)
            .withTest(test.doubles())
            .withOod(ood.floats(), 3);
    assertAgrees(slow, collapse);
    SlowCollapse own =
        new SlowCollapse(train, all, false, 1).withDecisions(train, train, w, b, all, false);
    assertAgrees(own, Collapse.of(train.doubles(), classes).withWeights(matrix(w)).withBias(b));
  }

  @ParameterizedTest
  @CsvSource({"300, 23, 9", "400, 6, 15"})
  void optionsMeanWhatTheySay(int rows, int width, int classes) {
    Sample train = Sample.clusters(rows, width, classes, 0.5, 1, 1, 2);
    double[][] w = Sample.clusters(classes, width, classes, 0.3, 0, 1, 6).x;
    double[] none = new double[classes];
    int[] subset = IntStream.range(0, classes).filter(k -> k % 3 != 1).toArray();
    double[][] chosenWeights = Arrays.stream(subset).mapToObj(k -> w[k]).toArray(double[][]::new);
    SlowCollapse slow =
        new SlowCollapse(train, subset, true, 1.5)
            .withWeights(chosenWeights)
            .withDecisions(train, train, w, none, subset, true);
    CollapseOptions options =
        CollapseOptions.defaults()
            .withAveraging(Averaging.CLASSES)
            .withGlobalMean(GlobalMean.SAMPLES)
            .withClasses(Arrays.stream(subset).boxed().collect(Collectors.toSet()))
            .withDistExponent(1.5)
            .withTileSize(4);
    assertAgrees(
        slow, Collapse.of(train.floats(), classes).withWeights(matrix(w)).withOptions(options));
  }

  @ParameterizedTest
  @CsvSource({"5", "9"})
  void aMinimumOfSamplesIsASubset(long minimum) {
    Sample train = Sample.clusters(60, 8, 12, 0.5, 1, 1, 2);
    int[] kept = IntStream.range(0, 12).filter(k -> train.of(k).size() >= minimum).toArray();
    assertAgrees(
        new SlowCollapse(train, kept, false, 1),
        Collapse.of(train.floats(), 12)
            .withOptions(CollapseOptions.defaults().withMinimumSamples(minimum)));
  }

  private static void assertAgrees(SlowCollapse slow, Collapse collapse) {
    Set<CollapseMetric> metrics = slow.values.keySet();
    try (Blas fast = Blas.open(2)) {
      for (Blas blas : new Blas[] {Blas.reference(), fast}) {
        CollapseReport report = collapse.measure(metrics, blas);
        slow.values.forEach(
            (metric, value) ->
                assertEquals(
                    value,
                    report.value(metric),
                    RELATIVE * Math.max(Math.abs(value), scale(metric)),
                    metric + " by " + blas.name()));
      }
    }
  }

  /** What a metric that may come out near zero is a difference of, at most. */
  private static double scale(CollapseMetric metric) {
    return switch (metric.id()) {
      case "nc1_vci",
          "nc2_etf_err",
          "nc2_coherence_means",
          "nc2g_log_mean",
          "nc3_cos_mean",
          "nc4_mismatch" ->
          1;
      case "nc2_norms_std", "nc2_norm_cov_means", "nc2g_dist", "nc2g_log" -> 1e-3;
      default -> 0;
    };
  }

  private static Matrix matrix(double[][] rows) {
    return Matrix.of(
        rows.length, rows[0].length, Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray());
  }
}
