package dev.collapsar.learn.network.layer;

import static org.bytedeco.pytorch.global.torch.linear;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.random.Seed;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnpackedProductTest {
  /** Sums of up to 1,000 products of numbers of size 1, in another order: 1,000 x 2^-24 each. */
  private static final float ORDER = 1e-3f;

  private final Random random = new Random(new Seed(7).stream("rows"));

  @AfterEach
  void oneThread() {
    TorchRuntime.setThreads(1);
  }

  @ParameterizedTest
  @CsvSource({"1,1024,2000", "3,784,1000", "10,784,1000", "10,1000,2000", "16,1000,2000"})
  void partsGiveTheProductAndItsGradient(int n, int in, int out) {
    TensorScope.run(
        () -> {
          Tensor w = normal(out, in);
          Tensor b = normal(out);
          Tensor x = normal(n, in).requires_grad_(true);
          Tensor same = x.detach().clone().requires_grad_(true);
          Tensor direction = normal(n, out);

          long parts = UnpackedProduct.parts(x, w);
          Tensor y = UnpackedProduct.of(x, w, new TensorOptional(b), parts);
          Tensor whole = linear(same, w, new TensorOptional(b));
          y.mul(direction).sum().backward();
          whole.mul(direction).sum().backward();

          assertTrue(parts > 1, "stays whole");
          assertArrayEquals(TensorBridge.toFloats(whole), TensorBridge.toFloats(y), ORDER);
          assertArrayEquals(
              TensorBridge.toFloats(same.grad()), TensorBridge.toFloats(x.grad()), ORDER);
        });
  }

  @Test
  void theBitsDoNotDependOnTheThreads() {
    TensorScope.run(
        () -> {
          Linear layer = new Linear(1000, 2000);
          layer.weight().original().requires_grad_(false).copy_(normal(2000, 1000));
          layer.parameters().get("bias").requires_grad_(false).copy_(normal(2000));
          Tensor x = normal(10, 1000);

          float[] alone = TensorBridge.toFloats(layer.apply(x));
          TorchRuntime.setThreads(2);

          assertArrayEquals(alone, TensorBridge.toFloats(layer.apply(x)));
          layer.close();
        });
  }

  @ParameterizedTest
  @CsvSource({"17,1000,2000", "10,100,200", "10,1000,1009", "16,4096,4096"})
  void aProductThatGainsNothingStaysWhole(int n, int in, int out) {
    TensorScope.run(() -> assertEquals(1, UnpackedProduct.parts(normal(n, in), normal(out, in))));
  }

  @Test
  void aMatrixStaysWholeWhileItLearns() {
    TensorScope.run(
        () ->
            assertEquals(
                1,
                UnpackedProduct.parts(normal(10, 1000), normal(2000, 1000).requires_grad_(true))));
  }

  private Tensor normal(long... shape) {
    int count = 1;
    for (long length : shape) {
      count *= Math.toIntExact(length);
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorBridge.floats(values, shape);
  }
}
