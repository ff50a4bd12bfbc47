package dev.collapsar.learn.training;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.TapPoint;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Finds where a batch stops being finite on its way through a network. */
final class FiniteCheck {
  private FiniteCheck() {}

  /**
   * The first layer whose output holds a number that is infinite or none, in words; sends the batch
   * through the network once more.
   *
   * @param inputs of the batch
   */
  static String firstNonFinite(Network network, Input inputs) {
    if (!inputs.named().values().stream().allMatch(FiniteCheck::isFinite)) {
      return "the batch itself holds values that are not finite";
    }
    String[] found = new String[1];
    List<TapPoint> outputs = network.modules().stream().map(TapPoint::output).toList();
    TensorScope.runWithoutGradients(
        () ->
            network.forward(
                inputs,
                outputs,
                (tap, value) -> {
                  if (found[0] == null && !isFinite(value)) {
                    found[0] = tap.layer();
                  }
                }));
    return found[0] == null
        ? "every layer's output is finite, the loss of the logits is not"
        : "the first layer whose output is not finite is " + found[0];
  }

  private static boolean isFinite(Tensor tensor) {
    return tensor.isfinite().all().item_bool();
  }
}
