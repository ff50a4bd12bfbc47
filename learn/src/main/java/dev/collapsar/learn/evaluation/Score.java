package dev.collapsar.learn.evaluation;

import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;

/**
 * Mean loss and share of samples right over some samples.
 *
 * @param samples at least 1
 */
public record Score(double loss, double accuracy, long samples) {
  /** Why numbers of a network whose training diverged are undefined. */
  public static final String DIVERGED = "the loss is not finite: the training diverged";

  /** Whether the loss is a number: if not, some logit was not, and accuracy says nothing. */
  public boolean isFinite() {
    return Double.isFinite(loss);
  }

  /** The accuracy as a metric's value: undefined where the outputs are no numbers. */
  public Measurement accuracyAs(MetricInfo info) {
    return isFinite() ? Measurement.of(info, accuracy) : Measurement.undefined(info, DIVERGED);
  }

  /** Adds up batches; means at the end. */
  public static final class Sum {
    private double loss;
    private long right;
    private long samples;

    public void add(double meanLoss, long rightOfBatch, int batchSize) {
      loss += meanLoss * batchSize;
      right += rightOfBatch;
      samples += batchSize;
    }

    public Score mean() {
      if (samples == 0) {
        throw new IllegalStateException("no samples were scored");
      }
      return new Score(loss / samples, (double) right / samples, samples);
    }
  }
}
