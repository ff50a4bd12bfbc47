package dev.collapsar.learn.network.layer;

import static org.bytedeco.pytorch.global.torch.equal;
import static org.bytedeco.pytorch.global.torch.max_pool2d;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class MaxPool2dTest {
  private static final long[] TWO = {2, 2};
  private static final long[] NONE = {0, 0};
  private static final long[] ONE = {1, 1};

  @Test
  void whereNoGradientIsAskedForItSaysWhatLibTorchSaysToTheBit() {
    for (long[] shape :
        new long[][] {{3, 32, 28, 14}, {1, 16, 2, 2}, {5, 64, 7, 9}, {2, 3, 8, 8}}) {
      TensorScope.run(
          () -> {
            Tensor images = TensorBridge.channelsLast(randn(shape));
            Tensor pooled = new MaxPool2d(2).forward(images);
            Tensor expected = max_pool2d(images, TWO, TWO, NONE, ONE, false);
            assertTrue(equal(pooled, expected), () -> "shape " + shape[1]);
            assertArrayEquals(expected.strides().vec().get(), pooled.strides().vec().get());
          });
    }
  }

  @Test
  void aNumberThatIsNoneStaysInItsWindowAlone() {
    TensorScope.run(
        () -> {
          Tensor images = TensorBridge.channelsLast(randn(1, 16, 4, 4));
          for (int corner = 0; corner < 4; corner++) {
            Tensor broken = images.clone();
            broken
                .select(1, corner)
                .select(1, corner / 2)
                .select(1, corner % 2)
                .fill_(new Scalar(Double.NaN));
            Tensor lost = new MaxPool2d(2).forward(broken).isnan();
            assertTrue(lost.sum().item_long() == 1 && isTrue(lost, corner), "corner " + corner);
          }
        });
  }

  private static boolean isTrue(Tensor lost, int channel) {
    return lost.select(1, channel).select(1, 0).select(1, 0).item_bool();
  }

  @Test
  void whereOneIsAskedForItPassesToTheLargest() {
    TensorScope.run(
        () -> {
          Tensor images = TensorBridge.channelsLast(randn(2, 16, 4, 4)).requires_grad_(true);
          new MaxPool2d(2).forward(images).sum().backward();
          assertTrue(images.grad().sum().item_long() == 2 * 16 * 4);
        });
  }
}
