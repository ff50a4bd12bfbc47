package dev.collapsar.learn.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How the factors start, by the definitions, on the matrix form of each kind of layer. */
class AdapterStartTest {
  private static final Seed SEED = new Seed(3);
  private static final ModuleSelector FIRST = ModuleSelector.named("0");
  private static final int MANY = 500; // a rank that gives enough draws
  // Factors are floats of order 1, in sums of at most 36 products.
  private static final double ROUNDING = 2e-5;
  private static final double EXACT = 1e-6; // of single elements

  /** The factors of a new adapter as matrices, and W beside them: (r,n), (m,r), (m,n). */
  private record Start(Matrix a, Matrix b, Matrix weight, double scale) {
    Matrix residual() {
      Matrix product = times(b, a);
      double[] left = weight.toArray();
      for (int i = 0; i < left.length; i++) {
        left[i] -= scale * product.at(i);
      }
      return Matrix.of(weight.rows(), weight.columns(), left);
    }
  }

  private static Start start(Layers layers, int rank, double alpha, Initialization start) {
    return start(layers, rank, alpha, start, Map.of());
  }

  private static Start start(
      Layers layers, int rank, double alpha, Initialization start, Map<String, Matrix> means) {
    try (Network network = layers.network()) {
      AdapterConfig config = AdapterConfig.of(FIRST, rank, alpha).initialization(start).build();
      Adapter adapter = Adapter.attach(network, "a", config, means, SEED);
      double[] a = TensorBridge.toDoubles(adapter.parameters().get("0.lora_A.a"));
      double[] b = TensorBridge.toDoubles(adapter.parameters().get("0.lora_B.a"));
      double[] w = TensorBridge.toDoubles(network.weights().state().get("0.weight"));
      int outputs = layers == Layers.EMBEDDING ? 5 : 6;
      Matrix weight =
          layers == Layers.EMBEDDING
              ? transposed(Matrix.of(w.length / outputs, outputs, w))
              : Matrix.of(outputs, w.length / outputs, w);
      return new Start(
          Matrix.of(rank, a.length / rank, a),
          Matrix.of(outputs, b.length / outputs, b),
          weight,
          config.scale("0"));
    }
  }

  @ParameterizedTest
  @EnumSource(names = "EMBEDDING", mode = EnumSource.Mode.EXCLUDE)
  void byDefaultAIsUniformWithinTheRootOfTheFanInAndBZero(Layers layers) {
    Start start = start(layers, MANY, 1, Initialization.DEFAULT);
    assertUniform(start.a(), layers == Layers.LINEAR ? 7 : 4 * 3 * 3); // of all input channels
    assertArrayEquals(new double[start.b().length()], start.b().toArray());
  }

  @Test
  void byDefaultAnEmbeddingsAIsZeroAndBStandardNormal() {
    Start start = start(Layers.EMBEDDING, MANY, 1, Initialization.DEFAULT);
    assertArrayEquals(new double[MANY * 9], start.a().toArray());
    assertNormal(start.b(), 1);
  }

  @ParameterizedTest
  @EnumSource(names = "EMBEDDING", mode = EnumSource.Mode.EXCLUDE)
  void randomFactorsAreBothUniformWithinTheRootsOfTheirFanIns(Layers layers) {
    Start start = start(layers, MANY, 1, Initialization.RANDOM);
    assertUniform(start.a(), layers == Layers.LINEAR ? 7 : 4 * 3 * 3);
    assertUniform(start.b(), layers == Layers.GROUPED ? MANY / 2 : MANY);
  }

  @ParameterizedTest
  @EnumSource
  void gaussianDrawsAWithTheInverseRankAsDeviation(Layers layers) {
    Start start = start(layers, MANY, 1, Initialization.GAUSSIAN);
    assertNormal(start.a(), 1.0 / MANY);
    assertArrayEquals(new double[start.b().length()], start.b().toArray());
  }

  /** Of n draws of kurtosis k the mean square is off by sqrt((k - 1) / n); five of that. */
  private static void assertNormal(Matrix drawn, double deviation) {
    int n = drawn.length();
    double mean = Arrays.stream(drawn.toArray()).sum() / n;
    double square = Arrays.stream(drawn.toArray()).map(v -> v * v).sum() / n;
    assertEquals(0, mean / deviation, 5 / Math.sqrt(n));
    assertEquals(1, square / (deviation * deviation), 5 * Math.sqrt(2.0 / n));
  }

  private static void assertUniform(Matrix drawn, int fanIn) {
    int n = drawn.length();
    double square = Arrays.stream(drawn.toArray()).map(v -> v * v).sum() / n;
    assertEquals(1, 3 * fanIn * square, 5 * Math.sqrt(0.8 / n)); // a variance of 1 / (3 fan in)
    double largest = Arrays.stream(drawn.toArray()).map(Math::abs).max().orElseThrow();
    assertTrue(largest <= 1 / Math.sqrt(fanIn) + EXACT, largest + " of fan in " + fanIn);
  }

  @ParameterizedTest
  @EnumSource(names = "GROUPED", mode = EnumSource.Mode.EXCLUDE)
  void pissaTakesTheNearestMatrixOfItsRankInBalancedFactors(Layers layers) {
    Start start = start(layers, 2, 3, Initialization.PISSA);
    Matrix residual = start.residual();
    assertZero(times(transposed(start.b()), residual)); // what is left is orthogonal to both
    assertZero(times(residual, transposed(start.a())));
    double[] wide = times(start.a(), transposed(start.a())).toArray(); // (2,2)
    double[] tall = times(transposed(start.b()), start.b()).toArray(); // (2,2)
    assertArrayEquals(wide, tall, ROUNDING); // both hold the root of S / scale
    assertEquals(0, wide[1], ROUNDING);
    double smallestTaken = start.scale() * Math.min(wide[0], wide[3]);
    assertTrue(smallestTaken > largestSingularValue(residual));
    assertTrue(wide[0] > wide[3]);
  }

  @ParameterizedTest
  @EnumSource(names = "GROUPED", mode = EnumSource.Mode.EXCLUDE)
  void oloraTakesTheFirstColumnsAndRowsOfTheQrFactors(Layers layers) {
    Start start = start(layers, 2, 3, Initialization.OLORA);
    assertArrayEquals(
        new double[] {1, 0, 0, 1}, times(transposed(start.b()), start.b()).toArray(), ROUNDING);
    assertArrayEquals( // R's rows are Q^T W
        times(transposed(start.b()), start.weight()).toArray(), start.a().toArray(), ROUNDING);
    assertEquals(0, start.a().get(1, 0), EXACT); // and R is upper triangular
    Matrix product = times(start.b(), start.a());
    for (int i = 0; i < start.weight().rows(); i++) {
      for (int j = 0; j < 2; j++) { // so that the first columns are W's own
        assertEquals(start.weight().get(i, j), product.get(i, j), ROUNDING);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"LINEAR", "CONV2D", "GROUPED"})
  void classMeansLeadAAlongTheirDirectionsTheLargestFirst(Layers layers) {
    int width = layers == Layers.LINEAR ? 7 : 4 * 3 * 3;
    Matrix directions = orthonormal(2, width);
    Map<String, Matrix> means = Map.of("0", means(directions, 1, 3));
    Start start = start(layers, 2, 3, Initialization.CLASS_MEANS, means);
    // Rows of norm 1/sqrt 3: the second direction, along which the means are farther apart, first.
    double norm = 1 / Math.sqrt(3);
    double[] cosines = times(start.a(), transposed(directions)).toArray(); // (2,2)
    assertArrayEquals(
        new double[] {0, norm, norm, 0}, Arrays.stream(cosines).map(Math::abs).toArray(), ROUNDING);
    assertArrayEquals(
        new double[] {norm * norm, 0, 0, norm * norm},
        times(start.a(), transposed(start.a())).toArray(),
        ROUNDING);
    assertArrayEquals(new double[start.b().length()], start.b().toArray());
  }

  @ParameterizedTest
  @EnumSource(names = {"LINEAR", "CONV2D", "GROUPED"})
  void theComplementIsOrthogonalToEveryCentredClassMean(Layers layers) {
    int width = layers == Layers.LINEAR ? 7 : 4 * 3 * 3;
    Matrix directions = orthonormal(2, width);
    Map<String, Matrix> means = Map.of("0", means(directions, 1, 3));
    Start start = start(layers, 4, 3, Initialization.CLASS_MEANS_COMPLEMENT, means);
    assertZero(times(start.a(), transposed(directions)));
    double[] gram = times(start.a(), transposed(start.a())).toArray(); // (4,4)
    for (int i = 0; i < gram.length; i++) {
      assertEquals(i % 5 == 0 ? 1.0 / 3 : 0, gram[i], ROUNDING);
    }
  }

  @Test
  void ranksBeyondTheDirectionsThereAreAreRefusedWithTheirNumber() {
    Map<String, Matrix> means = Map.of("0", means(orthonormal(2, 7), 1, 3));
    assertRefused(Initialization.CLASS_MEANS, 3, means, "needs a rank in 1..2");
    assertRefused(Initialization.CLASS_MEANS_COMPLEMENT, 6, means, "needs a rank in 1..5");
    assertRefused(Initialization.CLASS_MEANS, 1, Map.of(), "needs the class means (K,7)");
    assertRefused(Initialization.PISSA, 7, Map.of(), "needs a rank in 1..6");
    assertRefused(Initialization.OLORA, 7, Map.of(), "needs a rank in 1..6");
  }

  private static void assertRefused(
      Initialization start, int rank, Map<String, Matrix> means, String reason) {
    String message =
        assertThrows(InvalidInputException.class, () -> start(Layers.LINEAR, rank, 1, start, means))
            .getMessage();
    assertTrue(message.contains("0 Linear [6, 7]") && message.contains(reason), message);
  }

  /** Four class means that differ along two directions, far from the origin. */
  private static Matrix means(Matrix directions, double first, double second) {
    double[][] along = {{2 * first, 0}, {-first, second}, {-first, -second}, {0, 0}};
    double[] means = new double[4 * directions.columns()];
    for (int k = 0; k < 4; k++) {
      for (int j = 0; j < directions.columns(); j++) {
        means[k * directions.columns() + j] =
            1e4 + along[k][0] * directions.get(0, j) + along[k][1] * directions.get(1, j);
      }
    }
    return Matrix.of(4, directions.columns(), means);
  }

  private static Matrix orthonormal(int rows, int columns) {
    double[] values = new Random(2).doubles((long) rows * columns, -1, 1).toArray();
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k <= i; k++) { // Gram-Schmidt, and the norm at last
        double dot = 0;
        for (int j = 0; j < columns; j++) {
          dot += values[i * columns + j] * values[k * columns + j];
        }
        for (int j = 0; j < columns; j++) {
          values[i * columns + j] =
              k == i
                  ? values[i * columns + j] / Math.sqrt(dot)
                  : values[i * columns + j] - dot * values[k * columns + j];
        }
      }
    }
    return Matrix.of(rows, columns, values);
  }

  /** By the power method: from below, and close after so many steps. */
  private static double largestSingularValue(Matrix matrix) {
    Matrix vector =
        Matrix.of(matrix.columns(), 1, new Random(1).doubles(matrix.columns()).toArray());
    double norm = 0;
    for (int step = 0; step < 200; step++) {
      Matrix next = times(transposed(matrix), times(matrix, vector));
      norm = Math.sqrt(Arrays.stream(next.toArray()).map(v -> v * v).sum());
      double scale = norm;
      vector =
          Matrix.of(
              matrix.columns(), 1, Arrays.stream(next.toArray()).map(v -> v / scale).toArray());
    }
    return Math.sqrt(norm);
  }

  private static void assertZero(Matrix matrix) {
    assertArrayEquals(new double[matrix.length()], matrix.toArray(), ROUNDING);
  }

  private static Matrix times(Matrix left, Matrix right) {
    return Blas.reference().times(left, right);
  }

  private static Matrix transposed(Matrix matrix) {
    double[] values = new double[matrix.rows() * matrix.columns()];
    for (int i = 0; i < matrix.rows(); i++) {
      for (int j = 0; j < matrix.columns(); j++) {
        values[j * matrix.rows() + i] = matrix.get(i, j);
      }
    }
    return Matrix.of(matrix.columns(), matrix.rows(), values);
  }
}
