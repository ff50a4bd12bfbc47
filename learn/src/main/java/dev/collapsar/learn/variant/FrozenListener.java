package dev.collapsar.learn.variant;

import dev.collapsar.learn.weight.FrozenGuard;
import java.util.List;

/** Holds what is frozen to its word: fails the training in which a frozen tensor moves. */
record FrozenListener(String variant, FrozenGuard guard) implements TrainingListener {
  @Override
  public void trained(int epoch, double seconds) {
    List<String> moved = guard.moved();
    if (!moved.isEmpty()) {
      throw new IllegalStateException(
          "frozen tensors of %s moved in epoch %s: %s".formatted(variant, epoch, moved));
    }
  }
}
