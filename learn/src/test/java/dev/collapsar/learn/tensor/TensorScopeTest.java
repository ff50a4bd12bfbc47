package dev.collapsar.learn.tensor;

import static org.bytedeco.pytorch.global.torch.ones;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TensorScopeTest {
  @BeforeAll
  static void load() {
    TorchRuntime.load();
  }

  @Test
  void whatAnActionMadeIsFreedWhenItReturns() {
    long before = TensorScope.liveObjects();
    Tensor[] made = new Tensor[1];

    TensorScope.run(() -> made[0] = ones(1000).add(ones(1000)));

    assertEquals(before, TensorScope.liveObjects());
    assertTrue(made[0].isNull());
  }

  @Test
  void whatAnActionMadeIsFreedWhenItThrows() {
    long before = TensorScope.liveObjects();

    assertThrows(
        IllegalStateException.class,
        () ->
            TensorScope.run(
                () -> {
                  ones(1000).add(ones(1000));
                  throw new IllegalStateException("in the middle");
                }));

    assertEquals(before, TensorScope.liveObjects());
  }

  @Test
  void aResultBelongsToTheScopeAroundIt() {
    long before = TensorScope.liveObjects();

    float[] sum =
        TensorScope.within(
            () -> {
              Tensor result = TensorScope.result(() -> ones(3).add(ones(3)));
              assertEquals(before + 1, TensorScope.liveObjects(), "the terms are freed already");
              return TensorBridge.toFloats(result);
            });

    assertArrayEquals(new float[] {2, 2, 2}, sum);
    assertEquals(before, TensorScope.liveObjects());
  }

  @Test
  void aKeptTensorLivesUntilItIsFreed() {
    long before = TensorScope.liveObjects();
    Tensor[] kept = new Tensor[1];

    TensorScope.run(() -> kept[0] = TensorScope.keep(ones(2)));

    assertArrayEquals(new float[] {1, 1}, TensorBridge.toFloats(kept[0]));
    assertEquals(before + 1, TensorScope.liveObjects());
    TensorScope.free(kept[0]);
    assertEquals(before, TensorScope.liveObjects());
  }

  @Test
  void withoutGradientsNoneAreRecordedAndAfterwardsTheyAreAgain() {
    TensorScope.run(
        () -> {
          Tensor weight = ones(2).requires_grad_(true);
          TensorScope.runWithoutGradients(
              () -> assertFalse(weight.add(weight).requires_grad(), "recorded"));
          assertThrows(
              IllegalStateException.class,
              () ->
                  TensorScope.runWithoutGradients(
                      () -> {
                        throw new IllegalStateException("in the middle");
                      }));
          assertTrue(weight.add(weight).requires_grad(), "not recorded any more");
        });
  }
}
