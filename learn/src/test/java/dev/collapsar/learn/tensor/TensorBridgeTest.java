package dev.collapsar.learn.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.data.ElementType;
import dev.collapsar.data.StoredTensor;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorBridgeTest {
  @BeforeAll
  static void load() {
    TorchRuntime.load();
  }

  @Test
  void elementsComeBackRowByRowHoweverTheyLieInMemory() {
    TensorScope.run(
        () -> {
          Tensor matrix = TensorBridge.floats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
          assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, TensorBridge.toFloats(matrix.t()));
          assertArrayEquals(new double[] {1, 4, 2, 5, 3, 6}, TensorBridge.toDoubles(matrix.t()));
          float[] padded = new float[8];
          TensorBridge.copyRows(matrix.t(), 1, 3, padded, 1);
          assertArrayEquals(new float[] {0, 2, 5, 3, 6, 0, 0, 0}, padded);
        });
  }

  @Test
  void channelsInnermostAreTheSameImages() {
    for (int channels : new int[] {1, 3}) {
      float[] values = new float[2 * channels * 4 * 5];
      for (int i = 0; i < values.length; i++) {
        values[i] = i;
      }
      TensorScope.run(
          () -> {
            Tensor last = TensorBridge.channelsLast(TensorBridge.floats(values, 2, channels, 4, 5));
            assertArrayEquals(values, TensorBridge.toFloats(last));
            assertEquals(channels, last.stride(3), "a step to the right passes one pixel");
            assertEquals(true, last.is_contiguous(MemoryFormat.ChannelsLast));
          });
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStoredTensorOfEveryTypeGoesInAndComesOutWithTheSameBytes(ElementType type) {
    float[] values = {0, 1, 1, 0, 1, 0};
    TensorScope.run(
        () -> {
          StoredTensor stored = TensorBridge.stored(TensorBridge.floats(values, 2, 3), type);
          Tensor tensor = TensorBridge.tensor(stored);
          assertArrayEquals(new long[] {2, 3}, tensor.shape());
          assertArrayEquals(values, TensorBridge.toFloats(tensor));
          assertEquals(stored, TensorBridge.stored(tensor, type));
        });
  }

  @Test
  void aStoredNumberHasNoDimension() {
    TensorScope.run(
        () -> {
          Tensor number = TensorBridge.tensor(StoredTensor.of(new float[] {7}));
          assertEquals(0, number.dim());
          assertEquals(7, number.item_float());
        });
  }

  @Test
  void anArrayThatDoesNotFillItsShapeIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> TensorBridge.floats(new float[] {1, 2, 3}, 2, 2));
  }
}
