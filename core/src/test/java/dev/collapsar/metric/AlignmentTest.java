package dev.collapsar.metric;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import dev.collapsar.linalg.Spectrum;
import dev.collapsar.stats.ClassDirections;
import dev.collapsar.stats.ClassDirections.Overlap;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AlignmentTest {
  // Centred: (1,0,0,0), (0,1,0,0), (-1,-1,0,0); rank 2 of 3 means in 4 dimensions.
  private static final Matrix MEANS =
      Matrix.of(3, 4, new double[] {6, 5, 5, 5, 5, 6, 5, 5, 4, 4, 5, 5});

  @Test
  void singularVectorsAreThoseOfADiagonalMatrix() {
    SingularVectors found =
        SingularVectors.of(Matrix.of(2, 3, new double[] {0, 3, 0, -4, 0, 0}), Blas.reference());
    assertArrayEquals(new double[] {4, 3}, found.values(), 1e-15);
    assertArrayEquals(new double[] {0, 1, 1, 0}, found.left().toArray(), 1e-15);
    assertArrayEquals(new double[] {-1, 0, 0, 0, 1, 0}, found.right().toArray(), 1e-15);
  }

  @Test
  void singularVectorsMakeTheMatrixAgainWhicheverSideIsLonger() {
    for (int[] shape : new int[][] {{4, 9}, {9, 4}}) {
      Matrix a = gaussian(shape[0], shape[1], 1);
      SingularVectors found = SingularVectors.of(a, Blas.reference());
      assertEquals(4, found.rank());
      for (int i = 0; i < shape[0]; i++) {
        for (int j = 0; j < shape[1]; j++) {
          double sum = 0;
          for (int k = 0; k < 4; k++) {
            sum += found.left().get(k, i) * found.values()[k] * found.right().get(k, j);
          }
          assertEquals(a.get(i, j), sum, 1e-12);
        }
      }
    }
  }

  @Test
  void aMatrixOfZerosHasNoDirections() {
    assertEquals(0, SingularVectors.of(Matrix.zeros(3, 5), Blas.reference()).rank());
  }

  @Test
  void overlapsAreWhatHandsCompute() {
    ClassDirections means = ClassDirections.centred(MEANS).orElseThrow();
    assertEquals(2, means.rank());

    // Along the first axis: cosines 1, 0, 1/sqrt 2; it holds (1 + 0 + 1) of the square sum 4.
    Overlap axis = means.overlap(Matrix.of(1, 4, new double[] {-1, 0, 0, 0}));
    assertEquals((1 + Math.sqrt(0.5)) / 3, axis.cosAbs(), 1e-15);
    assertEquals(0.5, axis.projection(), 1e-15);
    assertEquals(0, axis.angleMax(), 1e-7); // an angle's square is exact, not the angle

    // One direction inside the plane, one 60 degrees out of it.
    double c = Math.cos(Math.PI / 3);
    Matrix two = Matrix.of(2, 4, new double[] {1, 0, 0, 0, 0, c, Math.sqrt(1 - c * c), 0});
    assertEquals((2 + 2 * c * c) / 4, means.overlap(two).projection(), 1e-14);
    assertArrayEquals(new double[] {0, Math.PI / 3}, means.principalAngles(two), 1e-7);

    Overlap outside = means.overlap(Matrix.of(1, 4, new double[] {0, 0, 0, 1}));
    assertEquals(new Overlap(0, 0, Math.PI / 2), outside);
  }

  @Test
  void signsAndOrderOfDirectionsDoNotMatter() {
    ClassDirections means = ClassDirections.centred(gaussian(4, 9, 2)).orElseThrow();
    Matrix v = SingularVectors.of(gaussian(3, 9, 3), Blas.reference()).right();
    double[] turned = v.rows(2, 0, 1).toArray();
    for (int i = 0; i < 9; i++) {
      turned[i] = -turned[i];
    }
    Alignment one = Alignment.of(means, v);
    Alignment other = Alignment.of(means, Matrix.of(3, 9, turned));
    for (Metric<Alignment> metric : Alignment.METRICS) {
      assertEquals(value(metric.of(one)), value(metric.of(other)), 1e-14, metric.id());
    }
  }

  @Test
  void aMeanInTheMiddleOfAllHasNoDirection() {
    Matrix collinear = Matrix.of(3, 2, new double[] {0, 0, 1, 1, 2, 2});
    assertTrue(ClassDirections.centred(collinear).isEmpty());
  }

  @Test
  void outputsShareWithEverySubspaceThatLeavesOutAllOnesTheSameProjection() {
    ClassDirections outputs = ClassDirections.outputs(4);
    assertEquals(3, outputs.rank());
    double h = Math.sqrt(0.5);
    Matrix two = Matrix.of(2, 4, new double[] {h, -h, 0, 0, 0, 0, h, -h});
    assertEquals(2.0 / 3, outputs.overlap(two).projection(), 1e-14);
    Matrix ones = Matrix.of(1, 4, new double[] {0.5, 0.5, 0.5, 0.5});
    assertEquals(0, outputs.overlap(ones).projection(), 1e-14);
  }

  @Test
  void theNotebooksNumberComparesOutputsWithFeatures() {
    Matrix left = Matrix.of(1, 3, new double[] {1, 0, 0});
    double expected = 0;
    for (double[] column : new double[][] {{6, 5, 4}, {5, 6, 4}, {5, 5, 5}, {5, 5, 5}}) {
      expected += column[0] / Math.sqrt(Arrays.stream(column).map(x -> x * x).sum()) / 4;
    }
    assertEquals(expected, value(NotebookAlignment.of(left, MEANS)), 1e-15);
    assertEquals(0, value(NotebookAlignment.of(left, Matrix.zeros(3, 4))), "as its library has it");
  }

  @Test
  void ranksOfASpectrumCountShares() {
    Spectrum spectrum = new Spectrum(new double[] {90, 6, 3, 1, 0});
    assertEquals(2, spectrum.effectiveRank(0.95, 100));
    assertEquals(3, spectrum.effectiveRank(0.99, 100));
    assertEquals(1, spectrum.effectiveRank(0.99, 1));
    assertEquals(4, new Spectrum(new double[] {1, 1, 1, 1}).entropyRank(), 1e-14);
  }

  private static double value(Measurement measurement) {
    return ((Measurement.Defined) measurement).value();
  }

  private static Matrix gaussian(int rows, int columns, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return Matrix.of(
        rows,
        columns,
        java.util.stream.DoubleStream.generate(random::nextGaussian)
            .limit(rows * columns)
            .toArray());
  }
}
