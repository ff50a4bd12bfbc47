package dev.collapsar.learn.spectra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BasisTest {
  private static final int ROWS = 300;
  private static final int RANK = 16;

  /** Of Householder's reflections and of Cholesky's decomposition twice: some r 2^-52. */
  private static final double ROUNDING = 4 * RANK * 0x1p-52;

  /** Condition numbers on both sides of what Cholesky's decomposition of a Gram matrix takes. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 1e3, 1e6, 3e7, 1e8, 3e8, 1e9, 1e14, Double.POSITIVE_INFINITY})
  void isOrthonormalAndMakesTheFactorWhateverItsCondition(double condition) {
    SplittableRandom random = new SplittableRandom(3);
    double[] values = new double[ROWS * RANK];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian();
    }
    for (int i = 0; i < ROWS; i++) { // the last column is the first and little else
      values[i * RANK + RANK - 1] =
          values[i * RANK] + (condition == 1 ? 1 : 1 / condition) * values[i * RANK + RANK - 1];
    }
    TensorScope.run(
        () -> {
          Tensor x = TensorBridge.doubles(values, ROWS, RANK);
          Basis basis = Basis.of(x);
          Tensor q = basis.outer();
          Tensor unit = torch.eye(RANK, x.options());
          assertTrue(q.t().mm(q).sub(unit).norm().item_double() < ROUNDING);
          double off = q.mm(basis.inner()).sub(x).norm().item_double();
          assertTrue(off < ROUNDING * x.norm().item_double());
          assertEquals(RANK, basis.inner().size(0));
        });
  }
}
