package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Matrix;
import java.util.BitSet;

/** Second pass: the pooled scatter (D,D) of chosen classes around their frozen means. */
public final class ScatterAccumulator implements Accumulator<LabeledBatch, Matrix> {
  private final ClassMoments basis;
  private final BitSet chosen;
  private final double[] scatter; // (D,D)

  public ScatterAccumulator(ClassMoments basis, BitSet chosen) {
    this.basis = basis;
    this.chosen = (BitSet) chosen.clone();
    scatter = new double[Math.multiplyExact(basis.width(), basis.width())];
  }

  @Override
  public void add(LabeledBatch batch) {
    int width = basis.width();
    double[] row = new double[width];
    double[] means = basis.means().array();
    for (int i = 0; i < batch.rows(); i++) {
      int label = BatchRows.label(batch, i, basis.classes());
      if (!chosen.get(label)) {
        continue;
      }
      BatchRows.copy(batch, i, row);
      for (int j = 0; j < width; j++) {
        row[j] -= means[label * width + j];
      }
      for (int a = 0; a < width; a++) {
        for (int b = 0; b < width; b++) {
          scatter[a * width + b] += row[a] * row[b];
        }
      }
    }
  }

  @Override
  public void merge(Matrix part) {
    for (int i = 0; i < scatter.length; i++) {
      scatter[i] += part.array()[i];
    }
  }

  @Override
  public Matrix snapshot() {
    return Matrix.of(basis.width(), basis.width(), scatter.clone());
  }
}
