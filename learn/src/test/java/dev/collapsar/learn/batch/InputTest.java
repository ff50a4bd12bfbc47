package dev.collapsar.learn.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class InputTest {
  @Test
  void anInputCountsItsSamplesAndHasOneTensorOrSeveral() {
    TensorScope.run(
        () -> {
          Tensor two = TensorBridge.floats(new float[6], 2, 3);
          Tensor three = TensorBridge.floats(new float[6], 3, 2);

          assertEquals(2, Input.of(two).count());
          assertSame(two, Input.of(two).only());
          assertEquals(Set.of("pixels"), Input.pixels(two).named().keySet());
          assertThrows(
              IllegalArgumentException.class,
              () -> new Input(Map.of("ids", two, "mask", two)).only());
          String refusal = refusal(() -> new Input(Map.of("ids", two, "mask", three)));
          assertTrue(refusal.contains("2 of ids") && refusal.contains("3 of mask"), refusal);
        });
  }

  @Test
  void aSampleKnowsItsShape() {
    InputSpec.Image unit = InputSpec.Image.unit(3, 8, 6);
    assertEquals(List.of(3L, 8L, 6L), unit.shape());
    assertEquals(144, unit.size());
    assertTrue(unit.isUnit());
    assertFalse(new InputSpec.Image(1, 8, 6, List.of(.1), List.of(.3)).isUnit());
    assertEquals(List.of(4L), InputSpec.Array.ofWidth(4).shape());
    assertEquals(List.of(128L), new InputSpec.Tokens(128, 30_522).shape());
  }

  @Test
  void whatNoSampleCanBeIsRefused() {
    assertEquals(
        "3 channels need as many means and stds, got [0.1] and [0.3]",
        refusal(() -> new InputSpec.Image(3, 8, 6, List.of(.1), List.of(.3))));
    assertEquals(
        "means must be finite and stds above 0, got [0.1] and [0.0]",
        refusal(() -> new InputSpec.Image(1, 8, 6, List.of(.1), List.of(0.))));
    assertEquals(
        "a sample needs at least one dimension, each at least 1, got [0]",
        refusal(() -> InputSpec.Array.ofWidth(0)));
    assertEquals(
        "a sample's sizes must be at least 1, got [0, 7]",
        refusal(() -> new InputSpec.Tokens(0, 7)));
  }

  private static String refusal(Runnable action) {
    return assertThrows(IllegalArgumentException.class, action::run).getMessage();
  }
}
