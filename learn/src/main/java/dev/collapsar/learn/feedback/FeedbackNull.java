package dev.collapsar.learn.feedback;

import dev.collapsar.calibration.Null;
import java.util.Optional;

/**
 * A null of feedback's cosines: something is replaced by chance to see how large they are without
 * it. Observed and drawn is the mean cosine of each hidden state, NaN where it is undefined.
 */
interface FeedbackNull extends Null<double[]> {
  /** As the stage column of metrics.csv spells it: {@code null-rotated}. */
  String stage();

  @Override
  default Optional<String> obstacle(double[] observed) {
    return Optional.empty();
  }
}
