package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Matrix;

/**
 * Second pass: decides every sample twice, by argmax over k of w_k . x + b_k and by argmin over the
 * classes seen of ||x - mu_k||; equal values go to the lowest class.
 */
public final class DecisionAccumulator implements Accumulator<LabeledBatch, Decisions> {
  private final ClassMoments basis;
  private final Matrix weights;
  private final double[] bias;
  private final Decisions counts;

  /**
   * @param basis the class means, frozen
   * @param weights W (K,D)
   * @param bias b (K), or null for none
   */
  public DecisionAccumulator(ClassMoments basis, Matrix weights, double[] bias) {
    this.basis = basis;
    this.weights = weights;
    this.bias = bias;
    this.counts = Decisions.none(basis.classes());
  }

  @Override
  public void add(LabeledBatch batch) {
    int width = basis.width();
    double[] row = new double[width];
    double[] means = basis.means().array();
    double[] w = weights.array();
    for (int i = 0; i < batch.rows(); i++) {
      int label = BatchRows.label(batch, i, basis.classes());
      BatchRows.copy(batch, i, row);
      int linear = 0;
      int nearest = -1;
      double best = Double.NEGATIVE_INFINITY;
      double least = Double.POSITIVE_INFINITY;
      for (int k = 0; k < basis.classes(); k++) {
        double score = bias == null ? 0 : bias[k];
        double distance = 0;
        for (int j = 0; j < width; j++) {
          score += w[k * width + j] * row[j];
          double d = row[j] - means[k * width + j];
          distance += d * d;
        }
        if (!Double.isFinite(score)) {
          throw BatchRows.notFinite(batch, i);
        }
        if (score > best) {
          best = score;
          linear = k;
        }
        if (distance < least) {
          least = distance;
          nearest = k;
        }
      }
      counts.samples()[label]++;
      if (linear == nearest) {
        counts.agreements()[label]++;
      }
      if (linear == label) {
        counts.linearHits()[label]++;
      }
      if (nearest == label) {
        counts.nearestMeanHits()[label]++;
      }
    }
  }

  @Override
  public void merge(Decisions part) {
    for (int k = 0; k < basis.classes(); k++) {
      counts.samples()[k] += part.samples()[k];
      counts.agreements()[k] += part.agreements()[k];
      counts.linearHits()[k] += part.linearHits()[k];
      counts.nearestMeanHits()[k] += part.nearestMeanHits()[k];
    }
  }

  @Override
  public Decisions snapshot() {
    return counts.copy();
  }
}
