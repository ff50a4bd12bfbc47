package dev.collapsar.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_full;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both implementations against the definitions, and the native one's manners. */
class BlasTest {
  private static final double ROUNDING = Math.ulp(1.0);

  static Stream<Blas> implementations() {
    return Stream.of(Blas.reference(), Blas.open(2));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 13, 63, 64, 65, 129})
  void bothImplementationsAgreeOnProductsAtAwkwardSizes(int size) {
    Random random = new Random(size);
    Matrix a = gaussian(size, 2 * size + 1, random);
    Matrix b = gaussian(size + 3, 2 * size + 1, random);
    try (Blas fast = Blas.open(2)) {
      Blas plain = Blas.reference();
      double bound = summationBound(a, b);
      assertNear(plain.timesTransposed(a, b), fast.timesTransposed(a, b), bound);
      assertNear(plain.columnGram(a), fast.columnGram(a), bound);
      Matrix transposed = gaussian(2 * size + 1, size, random);
      assertNear(plain.times(a, transposed), fast.times(a, transposed), bound);
    }
  }

  /** n ulp(1) max|a| max|b| n: the error of n products and their sum, twice. */
  private static double summationBound(Matrix a, Matrix b) {
    double n = a.columns() + 2;
    return 2 * n * n * ROUNDING * largest(a) * largest(b);
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void aProductOfBlocksStartsAtTheRowsNamed(Blas blas) {
    Random random = new Random(5);
    int k = 9;
    Matrix a = gaussian(6, k, random);
    Matrix b = gaussian(8, k, random);
    try (blas;
        DoubleBlock left = blas.doubles(6 * k);
        DoubleBlock right = blas.doubles(8 * k);
        DoubleBlock product = blas.doubles(3 * 4);
        FloatBlock floatLeft = blas.floats(6 * k);
        FloatBlock floatRight = blas.floats(8 * k);
        FloatBlock floatProduct = blas.floats(3 * 4)) {
      left.buffer().put(0, a.array());
      right.buffer().put(0, b.array());
      for (int i = 0; i < a.array().length; i++) {
        floatLeft.buffer().put(i, (float) a.array()[i]);
      }
      for (int i = 0; i < b.array().length; i++) {
        floatRight.buffer().put(i, (float) b.array()[i]);
      }
      blas.product(left, 2, right, 3, product, 3, 4, k);
      blas.product(floatLeft, 2, floatRight, 3, floatProduct, 3, 4, k);
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 4; j++) {
          double expected = 0;
          for (int c = 0; c < k; c++) {
            expected += a.get(2 + i, c) * b.get(3 + j, c);
          }
          assertEquals(expected, product.buffer().get(i * 4 + j), summationBound(a, b));
          assertEquals(
              expected,
              floatProduct.buffer().get(i * 4 + j),
              summationBound(a, b) / ROUNDING * Math.ulp(1f));
        }
      }
    }
  }

  /** On both sides of what OpenBLAS takes without packing. */
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 5, 7", "97, 20, 512", "130, 20, 512", "96, 64, 33"})
  void aProductOfBlocksIsThatOfMatrices(int m, int n, int k) {
    Random random = new Random(m);
    Matrix a = gaussian(m, k, random);
    Matrix b = gaussian(k, n, random);
    Matrix expected = Blas.reference().times(a, b);
    for (Blas blas : List.of(Blas.reference(), Blas.open(2))) {
      try (blas;
          DoubleBlock left = blas.doubles(m * k);
          DoubleBlock right = blas.doubles(k * n);
          DoubleBlock product = blas.doubles(m * n)) {
        left.buffer().put(0, a.array());
        right.buffer().put(0, b.array());
        product.buffer().put(0, Double.NaN);
        blas.times(left, right, product, m, n, k);
        double[] found = new double[m * n];
        product.buffer().get(0, found);
        assertNear(expected, Matrix.of(m, n, found), summationBound(a, b));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void addGramAddsToTheLowerTriangle(Blas blas) {
    Matrix a = gaussian(5, 3, new Random(6));
    try (blas;
        DoubleBlock rows = blas.doubles(15);
        DoubleBlock gram = blas.doubles(9)) {
      rows.buffer().put(0, a.array());
      gram.buffer().put(0, new double[] {1, 0, 0, 1, 1, 0, 1, 1, 1});
      blas.addGram(rows, gram, 5, 3);
      Matrix expected = Blas.reference().columnGram(a);
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j <= i; j++) {
          assertEquals(1 + expected.get(i, j), gram.buffer().get(i * 3 + j), summationBound(a, a));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void eigenvectorsDiagonaliseWhateverTheSpectrum(Blas blas) {
    try (blas) {
      for (int n : new int[] {1, 2, 3, 10, 33, 100}) {
        Random random = new Random(n);
        Matrix full = Blas.reference().columnGram(gaussian(n + 2, n, random));
        Matrix singular = Blas.reference().columnGram(gaussian(Math.max(1, n / 2), n, random));
        for (double scale : new double[] {1e-140, 1, 1e140}) {
          assertDiagonalises(blas, scaled(full, scale));
          assertDiagonalises(blas, scaled(singular, scale));
        }
        assertDiagonalises(blas, identity(n));
        assertDiagonalises(blas, Matrix.zeros(n, n));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void theEigenvaluesOfAKnownMatrixAreKnown(Blas blas) {
    try (blas) {
      // The second difference matrix of order n has eigenvalues 2 - 2 cos(k pi / (n+1)).
      int n = 20;
      double[] values = new double[n * n];
      for (int i = 0; i < n; i++) {
        values[i * n + i] = 2;
        if (i > 0) {
          values[i * n + i - 1] = -1;
        }
      }
      double[] found = blas.eigenvalues(Matrix.of(n, n, values));
      for (int k = 1; k <= n; k++) {
        assertEquals(2 - 2 * Math.cos(k * Math.PI / (n + 1)), found[k - 1], 40 * n * ROUNDING);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void aValueThatIsNotFiniteIsRefusedWithItsPlace(Blas blas) {
    try (blas) {
      Matrix matrix = Matrix.of(2, 2, 1, 0, Double.NaN, 1);
      var error = assertThrows(IllegalArgumentException.class, () -> blas.eigen(matrix));
      assertEquals("Matrix 2 x 2 holds NaN at (1,0)", error.getMessage());
    }
  }

  @Test
  void nativeMemoryIsFreedWithItsBlocks() {
    try (Blas blas = Blas.open(1)) {
      long before = Pointer.totalBytes();
      DoubleBlock doubles = blas.doubles(1000);
      FloatBlock floats = blas.floats(1000);
      assertEquals(before + 12_000, Pointer.totalBytes());
      doubles.close();
      floats.close();
      assertEquals(before, Pointer.totalBytes());
      assertThrows(IllegalStateException.class, doubles::buffer);
    }
  }

  @Test
  void theThreadsOfOpenBlasAreGivenBack() {
    int before = openblas_full.openblas_get_num_threads();
    Blas outer = Blas.open(2);
    Blas inner = Blas.open(2);
    inner.close();
    inner.close();
    assertEquals(1, openblas_full.openblas_get_num_threads());
    outer.close();
    assertEquals(before, openblas_full.openblas_get_num_threads());
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void whitenedRowsHaveTheProductsOfTheInverse(Blas blas) {
    Random random = new Random(3);
    for (int n : new int[] {1, 2, 13, 130}) {
      Matrix positive = Blas.reference().columnGram(gaussian(2 * n + 5, n, random));
      Matrix rows = gaussian(3, n, random);
      Matrix white = blas.whitened(rows, positive).orElseThrow();
      SymmetricEigen eigen = Blas.reference().eigen(positive);
      Matrix turned = Blas.reference().timesTransposed(rows, eigen.vectors());
      double[] over = turned.array().clone();
      for (int i = 0; i < over.length; i++) {
        over[i] /= eigen.values()[i % n];
      }
      Matrix expected = Blas.reference().timesTransposed(Matrix.of(3, n, over), turned);
      double condition = eigen.values()[n - 1] / eigen.values()[0];
      assertNear(
          expected,
          Blas.reference().timesTransposed(white, white),
          20 * n * ROUNDING * condition * largest(expected));
    }
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void whatIsNotClearlyPositiveDefiniteIsNotWhitened(Blas blas) {
    Matrix rows = Matrix.of(1, 2, 1.0, 2.0);
    assertTrue(blas.whitened(rows, Matrix.of(2, 2, 1.0, 1.0, 1.0, 1.0)).isEmpty());
    assertTrue(blas.whitened(rows, Matrix.of(2, 2, 1.0, 2.0, 2.0, 1.0)).isEmpty());
    assertTrue(blas.whitened(rows, Matrix.of(2, 2, 1.0, 0.0, 0.0, 1e-9)).isEmpty());
    assertTrue(blas.whitened(rows, Matrix.of(2, 2, 0.0, 0.0, 0.0, 0.0)).isEmpty());
  }

  @Test
  void littleWorkStaysInPlainJava() {
    assertEquals("plain Java", Blas.forWork(1e6, 2).name());
    try (Blas blas = Blas.forWork(1e12, 2)) {
      assertTrue(blas.name().startsWith("OpenBLAS"), blas.name());
    }
  }

  private static void assertDiagonalises(Blas blas, Matrix a) {
    int n = a.rows();
    SymmetricEigen eigen = blas.eigen(a);
    double largest = Math.max(Math.abs(eigen.values()[0]), Math.abs(eigen.values()[n - 1]));
    double bound = 20 * n * ROUNDING;
    Matrix v = eigen.vectors();
    assertNear(identity(n), Blas.reference().timesTransposed(v, v), bound);
    Matrix image = Blas.reference().times(v, a);
    for (int i = 0; i < n; i++) {
      assertTrue(i == 0 || eigen.values()[i - 1] <= eigen.values()[i], "ascending");
      for (int j = 0; j < n; j++) {
        assertEquals(eigen.values()[i] * v.get(i, j), image.get(i, j), bound * largest);
      }
    }
  }

  private static Matrix identity(int n) {
    double[] values = new double[n * n];
    for (int i = 0; i < n; i++) {
      values[i * n + i] = 1;
    }
    return Matrix.of(n, n, values);
  }

  private static Matrix scaled(Matrix a, double factor) {
    double[] values = a.array().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
    return Matrix.of(a.rows(), a.columns(), values);
  }

  private static Matrix gaussian(int rows, int columns, Random random) {
    double[] values = new double[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian();
    }
    return Matrix.of(rows, columns, values);
  }

  private static double largest(Matrix a) {
    double largest = 0;
    for (double value : a.array()) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static void assertNear(Matrix expected, Matrix actual, double bound) {
    assertEquals(expected.rows(), actual.rows());
    assertEquals(expected.columns(), actual.columns());
    for (int i = 0; i < expected.array().length; i++) {
      assertEquals(expected.array()[i], actual.array()[i], bound);
    }
  }
}
