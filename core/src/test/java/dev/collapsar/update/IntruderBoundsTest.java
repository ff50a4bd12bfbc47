package dev.collapsar.update;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.CosineBounds;
import dev.collapsar.linalg.LeadingVectors;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What bounds say of the largest cosines, against all singular vectors. */
class IntruderBoundsTest {
  private static final Blas BLAS = Blas.open(1);
  private static final int TOP = 3;
  private static final int NEVER = Integer.MAX_VALUE;

  /** Of cosines from eigenvectors of a Gram matrix: 200 2^-52 over gaps of 1e-4 of the largest. */
  private static final double ROUNDING = 1e-8;

  @AfterAll
  static void close() {
    BLAS.close();
  }

  /** W (m,n) with values that fall by a power of their place, times random frames. */
  private static Matrix weight(int rows, int columns, double power, SplittableRandom random) {
    int size = Math.min(rows, columns);
    Matrix left = HaarFrames.draw(size, rows, random);
    Matrix right = HaarFrames.draw(size, columns, random);
    double[] values = new double[rows * size];
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < size; k++) {
        values[i * size + k] = left.get(k, i) * Math.pow(k + 1, -power);
      }
    }
    return BLAS.times(Matrix.of(rows, size, values), right);
  }

  private static Matrix plusLowRank(Matrix base, int rank, double size, SplittableRandom random) {
    Matrix left = HaarFrames.draw(rank, base.rows(), random);
    Matrix right = HaarFrames.draw(rank, base.columns(), random);
    double[] sum = base.toArray();
    for (int k = 0; k < rank; k++) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] +=
            size
                * left.get(k, i / base.columns())
                * right.get(k, i % base.columns())
                / (1 + 0.2 * k);
      }
    }
    return Matrix.of(base.rows(), base.columns(), sum);
  }

  @Property(tries = 30)
  void countsAreThoseOfAllSingularVectors(
      @ForAll @DoubleRange(min = 0, max = 1.5) double power,
      @ForAll @DoubleRange(min = 0.05, max = 3) double size,
      @ForAll @IntRange(min = 1, max = 4) int rank,
      @ForAll boolean tall,
      @ForAll @IntRange(max = 1000) int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Matrix base = weight(tall ? 190 : 170, tall ? 170 : 190, power, random);
    Matrix updated = plusLowRank(base, rank, size, random);
    LargestCosines bounded = new BaseDirections(base, TOP, 0.5, 100, BLAS).cosines(updated);
    LargestCosines full = new BaseDirections(base, TOP, 0.5, NEVER, BLAS).cosines(updated);
    assertEquals(full.count(), bounded.count());
    for (int j = 0; j < full.count(); j++) {
      double whole = full.values()[j];
      double seen = bounded.values()[j];
      assertEquals(whole < 0.5, seen < 0.5);
      if (bounded.exact()[j]) {
        assertEquals(whole, seen, BaseDirections.EXACT + ROUNDING);
      } else {
        assertTrue(seen < 0.5 ? whole <= seen + ROUNDING : whole >= seen - ROUNDING);
      }
    }
  }

  @Property(tries = 20)
  void noCosineIsBeyondItsBound(
      @ForAll @DoubleRange(min = 0, max = 1.5) double power,
      @ForAll @IntRange(max = 1000) int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Matrix base = weight(100, 120, power, random);
    Matrix vectors = HaarFrames.draw(3, 100, random);
    double[] bounds = CosineBounds.of(base, vectors, 0.9, BLAS);
    Matrix all = SingularVectors.of(base, BLAS).left();
    for (int j = 0; j < bounds.length; j++) {
      double largest = 0;
      for (int i = 0; i < all.rows(); i++) {
        largest =
            Math.max(
                largest, Math.abs(BLAS.timesTransposed(vectors.rows(j), all.rows(i)).get(0, 0)));
      }
      assertTrue(largest <= bounds[j]);
      assertTrue(power < 0.1 || bounds[j] < 0.9); // equal values leave no vector its own
    }
  }

  @Test
  void usualUpdatesAreDecidedWithoutAllSingularVectors() {
    SplittableRandom random = new SplittableRandom(5);
    Matrix base = weight(400, 420, 0.5, random);
    for (double size : new double[] {0.05, 3}) {
      BaseDirections bounded = new BaseDirections(base, TOP, 0.5, 100, BLAS);
      LargestCosines found = bounded.cosines(plusLowRank(base, 4, size, random));
      assertFalse(bounded.hasSearchedFully());
      assertEquals(size < 1, found.values()[0] >= 0.5);
    }
  }

  @Test
  void leadingVectorsAreWithinTheirErrors() {
    Matrix a = weight(400, 380, 0.7, new SplittableRandom(7));
    LeadingVectors found = LeadingVectors.of(a, TOP, BLAS).orElseThrow();
    Matrix all = SingularVectors.of(a, BLAS).left();
    for (int i = 0; i < TOP; i++) {
      double cosine = BLAS.timesTransposed(found.vectors().rows(i), all.rows(i)).get(0, 0);
      assertEquals(1, Math.abs(cosine), found.errors()[i] + ROUNDING);
      assertEquals(Math.pow(i + 1, -1.4), found.squares()[i], ROUNDING);
      assertTrue(found.errors()[i] <= 1e-6);
    }
    assertTrue(LeadingVectors.of(weight(90, 95, 1, new SplittableRandom(1)), TOP, BLAS).isEmpty());
    int[] twice = IntStream.range(0, 400).map(i -> i / 2).toArray();
    assertTrue( // two equal values: neither has a vector of its own
        LeadingVectors.of(block(a.rows(twice)), TOP, BLAS)
            .map(two -> two.errors()[0] > 0.1)
            .orElse(true));
  }

  /** Block diagonal, twice the same: all singular values in pairs. */
  private static Matrix block(Matrix a) {
    double[] values = new double[4 * a.length()];
    for (int i = 0; i < a.rows(); i++) {
      for (int j = 0; j < a.columns(); j++) {
        values[i * 2 * a.columns() + j] = a.get(i, j);
        values[(a.rows() + i) * 2 * a.columns() + a.columns() + j] = a.get(i, j);
      }
    }
    return Matrix.of(2 * a.rows(), 2 * a.columns(), values);
  }
}
