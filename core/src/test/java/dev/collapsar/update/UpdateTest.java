package dev.collapsar.update;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.calibration.ChanceLevel;
import dev.collapsar.calibration.NullSample;
import dev.collapsar.inference.AngleChance;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.PrincipalAngles;
import dev.collapsar.linalg.SingularVectors;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Seed;
import dev.collapsar.stats.ClassDirections;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Directions and sizes of updates of weights, each beside its chance. */
class UpdateTest {
  private static final double SAME = 1e-12;
  private static final Blas BLAS = Blas.reference();

  /** Standard errors that a simulated mean may be off. */
  private static final double FIVE_SIGMA = 5;

  private final SplittableRandom random = new SplittableRandom(1);

  private Matrix gaussian(int rows, int columns) {
    return Matrix.of(
        rows,
        columns,
        IntStream.range(0, rows * columns).mapToDouble(i -> random.nextGaussian()).toArray());
  }

  private static Matrix plus(Matrix a, double factor, Matrix b) {
    double[] sum = a.toArray();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += factor * b.at(i);
    }
    return Matrix.of(a.rows(), a.columns(), sum);
  }

  @Test
  void anUpdateInsideTheMeansSpanReachesTheBestAndAnOrthogonalOneNothing() {
    double[] means = new double[4 * 8];
    for (int k = 0; k < 4; k++) {
      means[k * 8 + k] = 3;
    }
    ClassDirections of = ClassDirections.centred(Matrix.of(4, 8, means)).orElseThrow();
    double[] inside = new double[8];
    inside[0] = 1;
    inside[1] = -1;
    for (SpanOverlap one : SpanOverlap.of(vectors(inside), of)) {
      assertEquals(one.chance().best(), one.value(), SAME);
    }
    double[] outside = new double[8];
    outside[6] = 2;
    for (SpanOverlap one : SpanOverlap.of(vectors(outside), of)) {
      assertEquals(0, one.value(), SAME);
    }
  }

  private static SingularVectors vectors(double[] row) {
    return SingularVectors.of(Matrix.of(1, row.length, row), BLAS);
  }

  @Test
  void theClosedFormsAreMeanAndDeviationOfTurnedUpdates() {
    int draws = 4000;
    ClassDirections means = ClassDirections.centred(gaussian(5, 12)).orElseThrow();
    Matrix left = HaarFrames.draw(3, 6, random);
    double[] values = {3, 1, 0.5};
    List<SpanOverlap> first = SpanOverlap.of(turned(left, values, 12), means);
    double[][] drawn = new double[first.size()][draws];
    for (int i = 0; i < draws; i++) {
      List<SpanOverlap> found = SpanOverlap.of(turned(left, values, 12), means);
      for (int n = 0; n < drawn.length; n++) {
        drawn[n][i] = found.get(n).value();
      }
    }
    for (int n = 0; n < drawn.length; n++) {
      NullSample sample = new NullSample("turned", drawn[n]);
      double sd = Math.sqrt(first.get(n).chance().variance());
      assertEquals(first.get(n).chance().mean(), sample.mean(), FIVE_SIGMA * sd / Math.sqrt(draws));
      assertEquals(1, sample.sampleStd() / sd, FIVE_SIGMA / Math.sqrt(draws));
    }
  }

  private SingularVectors turned(Matrix left, double[] values, int width) {
    return new SingularVectors(values, left, HaarFrames.draw(values.length, width, random));
  }

  @Test
  void anOverlapHasItsColumnsByTheirOwnIds() {
    ClassDirections means = ClassDirections.centred(gaussian(5, 12)).orElseThrow();
    SpanOverlap one = SpanOverlap.of(SingularVectors.of(gaussian(3, 12), BLAS), means).get(0);
    assertEquals(
        List.of(
            "align_span",
            "align_span_null_closed_form",
            "align_span_null_std_analytic",
            "align_span_best",
            "align_span_standing",
            "align_span_p"),
        one.measurements().stream().map(Measurement::id).toList());
    assertEquals("align_span_from_start", one.fromStart().measurements().get(0).id());
  }

  @Test
  void anUpdateAlongItsMeansHasCosineOneAndAgainstThemMinusOne() {
    Matrix means = gaussian(6, 10);
    Matrix centred = plus(means, 0, means);
    assertEquals(-1, value(new ClassCosine(centredBy(centred, -2), means).measured()), SAME);
    assertEquals(1, value(new ClassCosine(centredBy(centred, 0.3), means).measured()), SAME);
    assertTrue(
        new ClassCosine(Matrix.zeros(6, 10), means).measured() instanceof Measurement.Undefined);
    assertThrows(InvalidInputException.class, () -> new ClassCosine(gaussian(6, 9), means));
  }

  private static Matrix centredBy(Matrix rows, double factor) {
    double[] values = rows.toArray();
    for (int j = 0; j < rows.columns(); j++) {
      double mean = 0;
      for (int k = 0; k < rows.rows(); k++) {
        mean += rows.get(k, j) / rows.rows();
      }
      for (int k = 0; k < rows.rows(); k++) {
        values[k * rows.columns() + j] = factor * (rows.get(k, j) - mean);
      }
    }
    return Matrix.of(rows.rows(), rows.columns(), values);
  }

  private static double value(Measurement measurement) {
    return ((Measurement.Defined) measurement).value();
  }

  @Test
  void classesInAnotherOrderGiveTheClosedFormsDeviation() {
    Matrix means = gaussian(5, 7);
    Matrix update = plus(gaussian(5, 7), 1, means);
    ClassCosine cosine = new ClassCosine(update, means);
    double squares = 0;
    int count = 0;
    for (int[] order : orders(5)) {
      double drawn = value(new ClassCosine(update.rows(order), means).measured());
      squares += drawn * drawn;
      count++;
    }
    assertEquals(120, count);
    assertEquals(Math.sqrt(squares / count), cosine.relabellingStd(), SAME);
  }

  private static List<int[]> orders(int n) {
    if (n == 0) {
      return List.of(new int[0]);
    }
    return orders(n - 1).stream()
        .flatMap(
            rest ->
                IntStream.range(0, n)
                    .mapToObj(
                        at -> {
                          int[] order = new int[n];
                          System.arraycopy(rest, 0, order, 0, at);
                          order[at] = n - 1;
                          System.arraycopy(rest, at, order, at + 1, n - 1 - at);
                          return order;
                        }))
        .toList();
  }

  @Test
  void aTurnedUpdateGivesTheClosedFormsDeviation() {
    Matrix means = gaussian(4, 6);
    Matrix update = plus(gaussian(4, 6), 1, means);
    int draws = 4000;
    double squares = 0;
    for (int i = 0; i < draws; i++) {
      Matrix turned = BLAS.times(update, HaarFrames.draw(6, 6, random));
      double drawn = value(new ClassCosine(turned, means).measured());
      squares += drawn * drawn / draws;
    }
    double expected = new ClassCosine(update, means).rotationStd();
    assertEquals(1, Math.sqrt(squares) / expected, FIVE_SIGMA / Math.sqrt(draws));
  }

  @Test
  void retrainedUpdatesAreTheNullOfTheCosine() {
    Matrix means = gaussian(4, 6);
    ChanceLevel level =
        new ClassCosine(centredBy(means, 1), means)
            .against(IntStream.range(0, 99).mapToObj(i -> gaussian(4, 6)).toList());
    assertEquals(1, level.observed(), SAME);
    assertEquals(0.02, level.p(), SAME);
    assertTrue(level.z().orElseThrow() > 3);
  }

  @Test
  void cosinesOfRandomSubspacesLieWithinTheirEdges() {
    AngleChance chance = new AngleChance(4, 9, 512);
    assertEquals(0.220, chance.largestCosine(), 5e-4); // as in the reference
    double squares = 0;
    double largest = 0;
    int draws = 100;
    for (int i = 0; i < draws; i++) {
      double[] angles =
          PrincipalAngles.between(HaarFrames.draw(4, 512, random), HaarFrames.draw(9, 512, random));
      largest += Math.cos(angles[0]) / draws;
      for (double angle : angles) {
        squares += Math.cos(angle) * Math.cos(angle) / (draws * angles.length);
      }
    }
    assertEquals(chance.rootMeanSquareCosine(), Math.sqrt(squares), 0.003);
    assertEquals(0.186, largest, 0.014); // five of its .027 / sqrt(100)
    assertEquals(1, new AngleChance(5, 4, 8).largestCosine());
    assertThrows(InvalidInputException.class, () -> new AngleChance(0, 4, 8));
  }

  @Test
  void aLargeUpdateHasIntrudersASmallOneHasNoneAndTurnedOnesHaveAsMany() {
    Matrix base = gaussian(64, 80);
    Matrix direction =
        BLAS.times(gaussian(64, 4), gaussian(4, 80)); // of rank 4, about 16 times the base
    double scale = base.norm() / direction.norm();
    Intruders small = Intruders.of(base, plus(Matrix.zeros(64, 80), 0.05 * scale, direction), BLAS);
    assertEquals(0, small.count());
    assertEquals(0.05, small.size(), SAME);
    Intruders large = Intruders.of(base, plus(Matrix.zeros(64, 80), 2 * scale, direction), BLAS);
    assertEquals(4, large.count());
    NullSample turned = large.rotated(9, new Seed(1));
    assertEquals(4, turned.mean(), SAME);
    assertEquals("||D||/||W|| = 2.00", ((Measurement.Defined) large.measured()).note());
  }

  @Test
  void inFewDimensionsEveryVectorIsLikeSomeOther() {
    Intruders few = Intruders.of(gaussian(4, 30), gaussian(4, 30), BLAS);
    assertEquals(0, few.count()); // m <= 4: some |cos| is at least 1/2
    assertThrows(
        InvalidInputException.class,
        () -> Intruders.of(Matrix.zeros(4, 30), gaussian(4, 30), BLAS));
    assertThrows(
        InvalidInputException.class, () -> Intruders.of(gaussian(4, 30), gaussian(4, 31), BLAS));
  }

  @Test
  void ranksThatBeginAlikeAreSimilarAndChanceIsTheLargerOverTheWidth() {
    Matrix frame = HaarFrames.draw(6, 20, random);
    RankSimilarity same = RankSimilarity.of(frame.rows(0, 1, 2), frame);
    assertEquals(1, same.phi(2, 2), SAME);
    assertEquals(1, same.phi(2, 5), SAME);
    assertEquals(0, RankSimilarity.of(frame.rows(0), frame.rows(1, 2)).phi(1, 2), SAME);
    int draws = 2000;
    double mean = 0;
    for (int i = 0; i < draws; i++) {
      mean += RankSimilarity.of(frame, HaarFrames.draw(3, 20, random)).phi(6, 3) / draws;
    }
    assertEquals(same.chance(6, 3), mean, 0.012); // five standard errors, sd .1
    double[] twice = new double[2];
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 3; j++) {
        double product =
            BLAS.timesTransposed(frame.rows(i), plus(frame, 1, frame).rows(j)).get(0, 0) / 2;
        twice[i] += product * product;
      }
    }
    assertEquals((twice[0] + twice[1]) / 2, same.phi(3, 2), SAME);
  }

  @Test
  void amplificationIsTheUpdatesLengthOverTheBasesInItsDirections() {
    Matrix base = gaussian(8, 10);
    SingularVectors own = SingularVectors.of(base, BLAS);
    Amplification along = Amplification.of(base, own, 3, BLAS);
    double first = Math.sqrt(Arrays.stream(own.values()).limit(3).map(s -> s * s).sum());
    assertEquals(base.norm() / first, along.factor(), SAME);
    assertEquals(along.strongest(), along.factor(), SAME);
    assertEquals(Math.sqrt(80) / 3, along.chance(), SAME);
    assertThrows(InvalidInputException.class, () -> Amplification.of(base, own, 9, BLAS));
    assertEquals(
        List.of("amplification", "amplification_null_closed_form", "amplification_strongest"),
        along.measurements().stream().map(Measurement::id).toList());
    assertTrue(
        new Amplification(Double.POSITIVE_INFINITY, 1, 1).measurements().get(0)
            instanceof Measurement.Undefined);
  }

  @Test
  void driftIsALengthAndItsShareOfTheBase() {
    Drift drift = Drift.of(Matrix.of(1, 2, 3.0, 4.0), Matrix.of(1, 2, 3.0, 7.0));
    assertEquals(new Drift(3, 5), drift);
    assertEquals(new Drift(5, 13), drift.and(new Drift(4, 12)));
    assertTrue(new Drift(1, 0).measurements().get(1) instanceof Measurement.Undefined);
  }

  @Test
  void haarFramesAreOrthonormal() {
    Matrix frame = HaarFrames.draw(5, 5, random);
    double[] unit = new double[25];
    for (int i = 0; i < 5; i++) {
      unit[i * 6] = 1;
    }
    assertArrayEquals(unit, BLAS.timesTransposed(frame, frame).toArray(), SAME);
  }
}
