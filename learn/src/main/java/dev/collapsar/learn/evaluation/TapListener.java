package dev.collapsar.learn.evaluation;

import dev.collapsar.learn.network.TapPoint;
import org.bytedeco.pytorch.Tensor;

/** Hears what passes at taps while a network makes its way through a set of images. */
public interface TapListener {
  /**
   * @param values (n, ...), of one batch; they live until this returns
   * @param labels class indices (n)
   * @param first the place of the batch's first sample in the pass
   */
  void heard(TapPoint tap, Tensor values, int[] labels, int first);
}
