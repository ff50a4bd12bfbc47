package dev.collapsar.run;

import dev.collapsar.metric.MetricInfo;
import java.nio.file.Path;
import java.util.Optional;

/** Who is told of a run while it goes on: event files for TensorBoard, an MLflow server. */
public interface RunFollower extends AutoCloseable {
  /**
   * A number that was measured.
   *
   * @return a sentence for the run's notes, if it cannot be taken
   */
  default Optional<String> number(RunRecord.Row row, MetricInfo info) {
    return Optional.empty();
  }

  /** Whether {@link #weights} is worth calling. */
  default boolean wantsWeights() {
    return false;
  }

  /** The values of a tensor that is trained, after an epoch. */
  default void weights(String variant, int epoch, String tensor, float[] values) {}

  /** The record, whenever it is written in the run's directory: at each epoch's end and at last. */
  default void written(RunRecord record, Path directory) {}

  /** After the last record. */
  @Override
  void close();
}
