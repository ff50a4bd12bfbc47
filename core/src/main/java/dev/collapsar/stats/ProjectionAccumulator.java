package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Matrix;
import java.util.BitSet;

/**
 * Second pass: the sum over the samples of chosen classes of ||Q (x - mu_y)||^2 for frozen means
 * and directions Q (R,D). That is tr(Q S Q^T) of their scatter S without forming it, at 2 N R D
 * flops.
 */
public final class ProjectionAccumulator implements Accumulator<LabeledBatch, Double> {
  private final ClassMoments basis;
  private final Matrix directions; // (R,D)
  private final BitSet chosen;
  private double sum;

  public ProjectionAccumulator(ClassMoments basis, Matrix directions, BitSet chosen) {
    this.basis = basis;
    this.directions = directions;
    this.chosen = (BitSet) chosen.clone();
  }

  @Override
  public void add(LabeledBatch batch) {
    int width = basis.width();
    double[] row = new double[width];
    double[] means = basis.means().array();
    double[] q = directions.array();
    for (int i = 0; i < batch.rows(); i++) {
      int label = BatchRows.label(batch, i, basis.classes());
      if (!chosen.get(label)) {
        continue;
      }
      BatchRows.copy(batch, i, row);
      for (int j = 0; j < width; j++) {
        row[j] -= means[label * width + j];
      }
      for (int r = 0; r < directions.rows(); r++) {
        double dot = 0;
        for (int j = 0; j < width; j++) {
          dot += q[r * width + j] * row[j];
        }
        sum += dot * dot;
      }
    }
  }

  @Override
  public void merge(Double part) {
    sum += part;
  }

  @Override
  public Double snapshot() {
    return sum;
  }
}
