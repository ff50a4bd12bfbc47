package dev.collapsar.learn.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  /**
   * PyTorch's MultiStepLR([2, 4], gamma=0.1) gives epochs 0..5 the rates 1, 1, .1, .1, .01, .01.
   */
  @Test
  void milestonesCountAsInPyTorch() {
    Schedule schedule = Schedule.multiStep(List.of(4, 2), 0.1);
    double[] expected = {1, 1, 0.1, 0.1, 0.01, 0.01};
    for (int epoch = 1; epoch <= expected.length; epoch++) {
      assertEquals(expected[epoch - 1], schedule.factor(epoch), 1e-17, "epoch " + epoch);
    }
  }

  @Test
  void theConstantScheduleChangesNothing() {
    IntStream.rangeClosed(1, 9).forEach(e -> assertEquals(1, Schedule.constant().factor(e)));
  }

  /** PyTorch's CosineAnnealingLR(T_max=4) gives epochs 0..3 these shares of the rate. */
  @Test
  void theCosineFallsAsInPyTorch() {
    double[] expected = {1, (1 + Math.sqrt(0.5)) / 2, 0.5, (1 - Math.sqrt(0.5)) / 2};
    for (int epoch = 1; epoch <= expected.length; epoch++) {
      assertEquals(expected[epoch - 1], Schedule.cosine(4).factor(epoch), 1e-15, "epoch " + epoch);
    }
  }
}
